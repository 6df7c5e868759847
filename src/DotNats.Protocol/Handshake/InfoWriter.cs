using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace DotNats.Protocol;

/// <summary>Writes INFO lines into memory it keeps: every connection gets two, ten thousand at once leave no garbage.</summary>
// Owner: one thread at a time. Lifetime: the returned bytes hold until the next line is written.
public sealed class InfoWriter : IDisposable
{
    // What one line takes without long lists of URLs.
    private const int UsualBytes = 1024;

    private readonly ArrayBufferWriter<byte> _buffer = new(UsualBytes);
    private readonly Utf8JsonWriter _json;

    public InfoWriter()
    {
        // Relaxed escaping: the line is never HTML, and clients parse either form.
        _json = new Utf8JsonWriter(_buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
    }

    /// <summary>The line for <paramref name="info"/>, valid until the next call.</summary>
    public ReadOnlySpan<byte> Write(ServerInfo info)
    {
        _buffer.ResetWrittenCount();
        _buffer.Write("INFO "u8);
        _json.Reset(_buffer);
        info.WriteFields(_json);
        _json.Flush();
        _buffer.Write(" \r\n"u8);
        return _buffer.WrittenSpan;
    }

    public void Dispose() => _json.Dispose();
}
