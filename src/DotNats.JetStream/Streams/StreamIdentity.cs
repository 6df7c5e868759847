using System.Text;
using DotNats.Server.SystemAccount;

namespace DotNats.JetStream.Streams;

/// <summary>What tells a stream from one of the same name that was there before or comes after: who copies it wants to know.</summary>
internal static class StreamIdentity
{
    public static ReadOnlySpan<byte> Header => "Nats-Stream-Identity"u8;

    public static string Of(LiveStream stream) => ServerHash.Of(stream.Created.ToString());

    /// <summary>Header block of answers.</summary>
    public static byte[] HeadersOf(LiveStream stream) => Encoding.ASCII.GetBytes($"NATS/1.0\r\nNats-Stream-Identity: {Of(stream)}\r\n\r\n");
}
