using System.Buffers.Text;
using System.Text;
using DotNats.Storage;

namespace Storage.Tests.Conformance;

/// <summary>Reads <c>T: nanoseconds</c> or <c>T: never</c> and <c>M: 1</c> from headers.</summary>
internal sealed class HeaderInspector : IMessageInspector
{
    public MessageFacts Inspect(ReadOnlySpan<byte> subject, ReadOnlySpan<byte> headers, long timestamp)
    {
        long expires = 0;
        int at = headers.IndexOf("\r\nT: "u8);
        if (at >= 0)
        {
            ReadOnlySpan<byte> value = headers[(at + 5)..];
            if (value.StartsWith("never"u8)) expires = long.MaxValue;
            else if (Utf8Parser.TryParse(value, out long nanoseconds, out _)) expires = timestamp + nanoseconds;
        }

        return new MessageFacts(expires, headers.IndexOf("\r\nM: "u8) >= 0);
    }

    public static byte[] Headers(string? time, bool isMarked = false) =>
        Encoding.UTF8.GetBytes($"NATS/1.0\r\n{(time is null ? "" : $"T: {time}\r\n")}{(isMarked ? "M: 1\r\n" : "")}\r\n");
}
