using DotNats.Protocol.Mqtt;

namespace DotNats.Mqtt.Store;

/// <summary>An account's store, or why there is none, in nats-server's words.</summary>
internal readonly record struct MqttOpened(MqttAccount? Account, string? Error);

/// <summary>How a connection came to its session.</summary>
/// <param name="Session">Null where it did not.</param>
/// <param name="Code">For CONNACK. Compat: where there is an error, it is sent only if it is not <see cref="MqttConnectCode.Accepted"/>.</param>
/// <param name="IsPresent">There was a session, and it goes on.</param>
/// <param name="IsFlapping">Two clients fight for the identifier: close with "Duplicate Client ID", without a word. It has been held up already.</param>
/// <param name="Error">Why not; null for no reason to be told.</param>
internal readonly record struct MqttAttached(MqttSessionState? Session, MqttConnectCode Code, bool IsPresent, bool IsFlapping, string? Error);

/// <summary>What became of a SUBSCRIBE.</summary>
/// <param name="Codes">For SUBACK: what was granted for each filter, or 0x80.</param>
/// <param name="Interests">
/// Where retained messages may wait (<see cref="MqttInterest.Retained"/>), in the order in which they are sent behind SUBACK.
/// </param>
/// <param name="Error">The session could not be stored: close without SUBACK; null for nothing wrong.</param>
internal readonly record struct MqttSubscribed(byte[] Codes, IReadOnlyList<MqttInterest> Interests, string? Error);

/// <summary>A QoS 2 message that its sender released.</summary>
/// <param name="Subject">Null where none is there: nothing to do but to answer.</param>
/// <param name="Mapped">The subject before a mapping; empty where there was none.</param>
/// <param name="Error">Answer, then close; null for nothing wrong.</param>
internal readonly record struct MqttUnstaged(byte[]? Subject, byte[] Mapped, ReadOnlyMemory<byte> Payload, bool Retain, string? Error);

/// <summary>What becomes of a message a durable consumer delivered.</summary>
internal enum MqttVerdict : byte
{
    /// <summary>Nothing: it is not for this client now, or comes again.</summary>
    Skip,

    /// <summary>Sent with <see cref="MqttDelivery.PacketId"/>.</summary>
    Send,

    /// <summary>The client may not have it: acknowledge it in its place (<see cref="MqttSessionState.AcknowledgeUnsent"/>, with no lock held).</summary>
    Acknowledge,
}

/// <summary>How a message a durable consumer delivered goes out.</summary>
internal readonly record struct MqttDelivery(MqttVerdict Verdict, int Qos, ushort PacketId, bool Duplicate);
