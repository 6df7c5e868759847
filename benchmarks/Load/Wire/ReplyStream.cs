using System.Buffers.Text;
using System.Text;

namespace Load.Wire;

/// <summary>Takes the replies that a <see cref="ReplyStream"/> reads.</summary>
internal interface IReplySink
{
    void OnReply(ReadOnlySpan<byte> subject, ReadOnlySpan<byte> headers, ReadOnlySpan<byte> payload);

    /// <summary>The same for whoever wants to know where to answer.</summary>
    /// <param name="reply">Empty for nowhere.</param>
    void OnMessage(ReadOnlySpan<byte> subject, ReadOnlySpan<byte> reply, ReadOnlySpan<byte> headers, ReadOnlySpan<byte> payload) => OnReply(subject, headers, payload);
}

/// <summary>Reads the messages of one connection whose bytes nobody can know beforehand, as acknowledgements of publishes.</summary>
// Owner: the worker's thread.
internal sealed class ReplyStream
{
    private const int LongestLine = 65536;

    private byte[] _rest = [];
    private int _restLength;

    /// <summary>PINGs nobody has answered yet; the owner answers and sets this to zero.</summary>
    internal int UnansweredPings { get; set; }

    /// <summary>Takes the next received bytes.</summary>
    /// <exception cref="InvalidRunException">The server sent what is no message, PING, PONG or INFO.</exception>
    internal void Accept(ReadOnlySpan<byte> chunk, IReplySink sink)
    {
        if (_restLength > 0)
        {
            Keep(chunk);
            int taken = AcceptAll(_rest.AsSpan(0, _restLength), sink);
            _rest.AsSpan(taken, _restLength - taken).CopyTo(_rest);
            _restLength -= taken;
            return;
        }

        Keep(chunk[AcceptAll(chunk, sink)..]);
    }

    private void Keep(ReadOnlySpan<byte> bytes)
    {
        if (_rest.Length < _restLength + bytes.Length) Array.Resize(ref _rest, Math.Max(4096, (_restLength + bytes.Length) * 2));
        bytes.CopyTo(_rest.AsSpan(_restLength));
        _restLength += bytes.Length;
    }

    private int AcceptAll(ReadOnlySpan<byte> bytes, IReplySink sink)
    {
        int taken = 0;
        for (int length = AcceptOne(bytes, sink); length > 0; length = AcceptOne(bytes[taken..], sink)) taken += length;
        return taken;
    }

    /// <returns>How long what was accepted is; 0 when more bytes are needed.</returns>
    private int AcceptOne(ReadOnlySpan<byte> bytes, IReplySink sink)
    {
        int end = bytes.IndexOf("\r\n"u8);
        if (end < 0) return bytes.Length < LongestLine ? 0 : throw new InvalidRunException("a control line without end");
        ReadOnlySpan<byte> line = bytes[..end];
        bool hasHeaders = line.StartsWith("HMSG "u8);
        if (hasHeaders || line.StartsWith("MSG "u8)) return AcceptMessage(bytes, line[(hasHeaders ? 5 : 4)..], end + 2, hasHeaders, sink);
        if (line.StartsWith("PING"u8)) UnansweredPings++;
        else if (!line.StartsWith("PONG"u8) && !line.StartsWith("INFO "u8)) throw new InvalidRunException($"the server sent: {Encoding.ASCII.GetString(line)}");
        return end + 2;
    }

    private static int AcceptMessage(ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> words, int start, bool hasHeaders, IReplySink sink)
    {
        ReadOnlySpan<byte> subject = words[..words.IndexOf((byte)' ')];
        int total = LastNumber(ref words);
        int headers = hasHeaders ? LastNumber(ref words) : 0;
        if (bytes.Length < start + total + 2) return 0;
        ReadOnlySpan<byte> content = bytes.Slice(start, total);
        if (!bytes[(start + total)..].StartsWith("\r\n"u8)) throw new InvalidRunException("a message is longer than it says");
        ReadOnlySpan<byte> rest = words[(subject.Length + 1)..];
        int afterId = rest.IndexOf((byte)' ');
        sink.OnMessage(subject, afterId < 0 ? default : rest[(afterId + 1)..], content[..headers], content[headers..]);
        return start + total + 2;
    }

    private static int LastNumber(ref ReadOnlySpan<byte> words)
    {
        int at = words.LastIndexOf((byte)' ');
        if (!Utf8Parser.TryParse(words[(at + 1)..], out int number, out _)) throw new InvalidRunException($"no length in: {Encoding.ASCII.GetString(words)}");
        words = words[..at];
        return number;
    }
}
