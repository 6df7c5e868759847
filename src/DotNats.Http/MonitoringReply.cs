using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace DotNats.Http;

/// <summary>One HTTP reply, made before anything is sent.</summary>
internal abstract class MonitoringReply
{
    public const string JsonType = "application/json";
    public const string TextType = "text/plain; charset=utf-8";
    public const string HtmlType = "text/html; charset=utf-8";

    public int StatusCode { get; init; } = 200;

    public string? ContentType { get; init; }

    /// <summary>True for monitoring data, which any web page may read (<c>Access-Control-Allow-Origin: *</c>).</summary>
    public bool AllowAnyOrigin { get; init; }

    /// <summary>Tells browsers to believe the content type.</summary>
    public bool NoSniff { get; init; }

    /// <summary>Tells profiling tools that the text is meant for their user.</summary>
    public bool IsProfileError { get; init; }

    public string? Location { get; init; }

    /// <summary>Ask the client to close.</summary>
    public bool Close { get; init; }

    /// <summary>The body if it is small enough to be made at once; null for one that is written as it is made.</summary>
    public abstract ReadOnlyMemory<byte>? ToBytes();

    /// <summary>Writes the body bit by bit, no faster than the client takes it.</summary>
    public abstract Task WriteAsync(PipeWriter body, CancellationToken cancellationToken);

    /// <summary>Monitoring data.</summary>
    /// <param name="items">Entries of the list inside: long lists are streamed.</param>
    public static MonitoringReply Json<T>(T value, JsonTypeInfo<T> type, int items = 0, int statusCode = 200) =>
        new JsonReply<T>(value, type, items) { StatusCode = statusCode, ContentType = JsonType, AllowAnyOrigin = true };

    public static MonitoringReply Data(ReadOnlyMemory<byte> bytes) => new BytesReply(bytes) { ContentType = JsonType, AllowAnyOrigin = true };

    public static MonitoringReply Text(int statusCode, string text) =>
        new BytesReply(Encoding.UTF8.GetBytes(text)) { StatusCode = statusCode, ContentType = TextType };

    public static MonitoringReply Raw(ReadOnlyMemory<byte> bytes, string contentType) => new BytesReply(bytes) { ContentType = contentType };

    /// <summary>Text of the diagnostics port.</summary>
    public static MonitoringReply Profile(string text) =>
        new BytesReply(Encoding.UTF8.GetBytes(text)) { ContentType = TextType, NoSniff = true };

    /// <summary>A page of the diagnostics port.</summary>
    public static MonitoringReply Page(string html) => new BytesReply(Encoding.UTF8.GetBytes(html)) { ContentType = HtmlType, NoSniff = true };

    /// <summary>Why there is no such profile.</summary>
    public static MonitoringReply NoProfile(int statusCode, string text) =>
        new BytesReply(Encoding.UTF8.GetBytes(text + "\n")) { StatusCode = statusCode, ContentType = TextType, NoSniff = true, IsProfileError = true };

    public static MonitoringReply NotFound() =>
        new BytesReply("404 page not found\n"u8.ToArray()) { StatusCode = 404, ContentType = TextType, NoSniff = true };

    public static MonitoringReply Empty(int statusCode, bool close = false) => new BytesReply(default) { StatusCode = statusCode, Close = close };

    public static MonitoringReply Moved(string location, ReadOnlyMemory<byte> page) =>
        new BytesReply(page) { StatusCode = 301, ContentType = page.IsEmpty ? null : HtmlType, Location = location };

    private sealed class BytesReply(ReadOnlyMemory<byte> bytes) : MonitoringReply
    {
        public override ReadOnlyMemory<byte>? ToBytes() => bytes;

        public override async Task WriteAsync(PipeWriter body, CancellationToken cancellationToken) => await body.WriteAsync(bytes, cancellationToken);
    }

    private sealed class JsonReply<T>(T value, JsonTypeInfo<T> type, int items) : MonitoringReply
    {
        // Some 500 bytes each: above this a reply would need a buffer for large objects.
        private const int MaxBufferedItems = 64;

        public override ReadOnlyMemory<byte>? ToBytes()
        {
            if (items > MaxBufferedItems) return null;
            ArrayBufferWriter<byte> buffer = new(2048);
            JsonWriterOptions options = new()
            {
                Encoder = type.Options.Encoder,
                Indented = type.Options.WriteIndented,
                IndentSize = type.Options.IndentSize,
                NewLine = type.Options.NewLine,
            };
            using (Utf8JsonWriter writer = new(buffer, options)) JsonSerializer.Serialize(writer, value, type);
            return buffer.WrittenMemory;
        }

        public override Task WriteAsync(PipeWriter body, CancellationToken cancellationToken) =>
            JsonSerializer.SerializeAsync(body, value, type, cancellationToken);
    }
}
