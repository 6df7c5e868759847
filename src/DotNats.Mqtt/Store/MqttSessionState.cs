using DotNats.Protocol.Mqtt;
using DotNats.Server.Routing;

namespace DotNats.Mqtt.Store;

/// <summary>A session: what outlives the connections of one client identifier.</summary>
/// <remarks>
/// Results are null, or a field <c>Error</c> is, where all is well; any other error closes the connection, without an answer unless said otherwise.
/// An operation that returns a task is the only one at a time: the connection receives nothing until it has ended, and detaches after that.
/// What a method is given as spans is read before it returns. With a context, what is published leaves with its batch; without one, at once
/// (and then the caller is inside no batch).
/// </remarks>
// Owner: the attached connection's operations, one at a time; packet identifiers are guarded by that connection's lock.
internal sealed class MqttSessionState(string clientId)
{
    public string ClientId { get; } = clientId;

    /// <summary>Listens to what the session had subscribed. Once, behind CONNACK.</summary>
    public Task<string?> RestoreAsync() => Task.FromResult<string?>(null);

    /// <summary>Subscribes, and stores the session.</summary>
    public Task<MqttSubscribed> SubscribeAsync(IReadOnlyList<MqttFilter> filters) => Task.FromResult(new MqttSubscribed([], [], null));

    /// <summary>Unsubscribes, and stores the session.</summary>
    public Task<string?> UnsubscribeAsync(IReadOnlyList<MqttFilter> filters) => Task.FromResult<string?>(null);

    /// <summary>Stores a message of QoS 1 or 2 for durable consumers, after it has been routed to everybody else. Then PUBACK or PUBCOMP is sent.</summary>
    /// <param name="subject">What it was delivered under.</param>
    /// <param name="headers"><see cref="MqttHeaderBlock.WritePublish"/>.</param>
    public Task<string?> StoreAsync(DeliveryContext? context, ReadOnlySpan<byte> subject, ReadOnlySpan<byte> headers, ReadOnlySpan<byte> payload) => Task.FromResult<string?>(null);

    /// <summary>Keeps a QoS 2 message until its sender releases it; one that is there already is left as it is. Then PUBREC is sent.</summary>
    /// <param name="headers"><see cref="MqttHeaderBlock.WriteStaged"/>.</param>
    public Task<string?> StageAsync(DeliveryContext? context, ushort packetId, ReadOnlySpan<byte> headers, ReadOnlySpan<byte> payload) => Task.FromResult<string?>(null);

    /// <summary>Takes out a QoS 2 message that is released: to be published as with QoS 1; PUBCOMP is sent in any case, behind that.</summary>
    public Task<MqttUnstaged> UnstageAsync(ushort packetId) => Task.FromResult(default(MqttUnstaged));

    /// <summary>Whether a message is to be retained before it is routed: it has the flag, or is a Sparkplug birth.</summary>
    public static bool MustRetain(ReadOnlySpan<byte> topic, bool retain) => retain;

    /// <summary>Retains a message, or with an empty payload forgets the one there is; what goes wrong is logged, and publishing goes on.</summary>
    /// <remarks>After permissions have been checked, before it is routed. Only where <see cref="MustRetain"/> says so.</remarks>
    public Task RetainAsync(ReadOnlySpan<byte> topic, ReadOnlySpan<byte> subject, ReadOnlySpan<byte> payload, int qos, bool duplicate, bool retain) => Task.CompletedTask;

    /// <summary>PUBACK came.</summary>
    public void OnPubAck(DeliveryContext context, ushort packetId)
    {
    }

    /// <summary>PUBREC came: PUBREL is on its way by the session's own consumer when the task has ended well.</summary>
    public Task<string?> OnPubRecAsync(DeliveryContext? context, ushort packetId) => Task.FromResult<string?>(null);

    /// <summary>PUBCOMP came.</summary>
    public void OnPubComp(DeliveryContext context, ushort packetId)
    {
    }

    /// <summary>What becomes of a message that came by an interest of kind <see cref="MqttInterestKind.Durable"/>. Under the peer's connection's lock.</summary>
    /// <param name="subject">What it came under, with the stream's prefix; <see cref="TopicSubject"/> is what it was published under.</param>
    public MqttDelivery Track(IMqttPeer peer, MqttInterest interest, ReadOnlySpan<byte> subject, ReadOnlySpan<byte> headers, ReadOnlySpan<byte> reply) => default;

    /// <summary>What a message in the stream of messages was published under; empty where it is no such message.</summary>
    public static ReadOnlySpan<byte> TopicSubject(ReadOnlySpan<byte> subject) => subject;

    /// <summary>Packet identifier of the PUBREL to be sent for a message of kind <see cref="MqttInterestKind.Release"/>; 0 for none. Under the peer's connection's lock.</summary>
    public ushort TrackRelease(IMqttPeer peer, ReadOnlySpan<byte> headers, ReadOnlySpan<byte> reply) => 0;

    /// <summary>Acknowledges a message that is not sent. Inside a batch, with no lock held.</summary>
    public void AcknowledgeUnsent(DeliveryContext context, ReadOnlySpan<byte> reply)
    {
    }

    /// <summary>The connection has ended; a clean session ends with it.</summary>
    /// <returns>False where another connection has the session: this one has nothing more to say, its will neither.</returns>
    public Task<bool> DetachAsync(IMqttPeer peer) => Task.FromResult(true);
}
