using System.IO.Compression;
using System.Text;
using DotNats.Primitives;

namespace DotNats.Server.InternalClients;

/// <summary>The forms in which events and answers may be published, asked for with <c>Accept-Encoding</c>.</summary>
internal static class ContentEncoding
{
    /// <summary>Name for <c>Content-Encoding</c>; null where nothing was asked for. Snappy wins over gzip; what is unknown gets <c>identity</c>.</summary>
    public static string? Choose(string? acceptEncoding)
    {
        if (string.IsNullOrEmpty(acceptEncoding)) return null;
        if (Mentions(acceptEncoding, "snappy") || Mentions(acceptEncoding, "s2")) return "snappy";
        return Mentions(acceptEncoding, "gzip") ? "gzip" : "identity";
    }

    /// <summary>Encodes content in a form <see cref="Choose"/> named.</summary>
    public static ReadOnlyMemory<byte> Encode(string? encoding, ReadOnlyMemory<byte> content) => encoding switch
    {
        "gzip" => Gzip(content.Span),
        "snappy" => SnappyFrames.Encode(content.Span),
        _ => content,
    };

    /// <summary>The header block that names the form; empty where nothing was asked for.</summary>
    public static byte[] HeaderOf(string? encoding) => encoding is null ? [] : Encoding.ASCII.GetBytes($"NATS/1.0\r\nContent-Encoding: {encoding}\r\n\r\n");

    private static bool Mentions(string acceptEncoding, string name) => acceptEncoding.Contains(name, StringComparison.OrdinalIgnoreCase);

    private static byte[] Gzip(ReadOnlySpan<byte> content)
    {
        var target = new MemoryStream();
        using (var gzip = new GZipStream(target, CompressionLevel.Fastest)) gzip.Write(content);
        return target.ToArray();
    }
}
