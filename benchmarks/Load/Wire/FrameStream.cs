using System.Text;

namespace Load.Wire;

/// <summary>Checks what one connection receives: an endless repetition of one known message with control lines in between.</summary>
// Owner: the worker's thread. Invariant: 0 <= _offset < frame length; a control line can only start at _offset 0.
// Most chunks are checked by their last bytes only: the payload repeats nowhere, so a lost, added or shifted byte shows there. Every
// sixteenth is compared whole, which also catches changed bytes, and so is every chunk whose end does not fit (a control line inside).
internal sealed class FrameStream
{
    private const int TailBytes = 64;
    private const int WholeEvery = 16;

    private byte[] _frame = [];
    private byte[] _pattern = [];
    private byte[] _line = [];
    private int _lineLength;
    private int _offset;
    private int _chunks;
    private long _frameBytes;

    /// <summary>Complete messages received since <see cref="Expect"/>.</summary>
    internal long Frames => _frame.Length == 0 ? 0 : _frameBytes / _frame.Length;

    /// <summary>Whether the stream stands between two messages and two control lines.</summary>
    internal bool AtBoundary => _offset == 0 && _lineLength == 0;

    /// <summary>PONGs received since the beginning.</summary>
    internal long Pongs { get; private set; }

    /// <summary>INFO lines received since the beginning.</summary>
    internal int Infos { get; private set; }

    /// <summary>PINGs nobody has answered yet; the owner answers and sets this to zero.</summary>
    internal int UnansweredPings { get; set; }

    /// <summary>
    /// Starts counting messages equal to <paramref name="frame"/>; <paramref name="pattern"/> is <see cref="Pattern.Repeat"/> of it,
    /// shareable.
    /// </summary>
    internal void Expect(byte[] frame, byte[] pattern)
    {
        if (!AtBoundary) throw new InvalidRunException("the stream was inside a message when the expected message changed");
        _frame = frame;
        _pattern = pattern;
        _frameBytes = 0;
    }

    /// <summary>Takes the next received bytes.</summary>
    /// <exception cref="InvalidRunException">They are not what must come here.</exception>
    internal void Accept(ReadOnlySpan<byte> chunk)
    {
        if (_lineLength == 0 && _frame.Length > 0 && ++_chunks % WholeEvery != 0 && TailFits(chunk))
        {
            Advance(chunk.Length);
            return;
        }
        while (!chunk.IsEmpty) chunk = chunk[AcceptSome(chunk)..];
    }

    private bool TailFits(ReadOnlySpan<byte> chunk)
    {
        int tail = Math.Min(chunk.Length, TailBytes);
        int start = (int)((_offset + (long)chunk.Length - tail) % _frame.Length);
        return start + tail <= _pattern.Length && chunk[^tail..].SequenceEqual(_pattern.AsSpan(start, tail));
    }

    // The slow, exact way: as many message bytes as fit, else one control line.
    private int AcceptSome(ReadOnlySpan<byte> chunk)
    {
        if (_lineLength > 0 || _frame.Length == 0) return AcceptLine(chunk);
        int most = Math.Min(chunk.Length, _pattern.Length - _offset);
        int same = chunk[..most].CommonPrefixLength(_pattern.AsSpan(_offset, most));
        if (same > 0)
        {
            Advance(same);
            return same;
        }
        if (_offset == 0) return AcceptLine(chunk);
        throw new InvalidRunException($"after {Frames} messages, at byte {_offset} of a message, came: {Show(chunk)}");
    }

    private void Advance(int count)
    {
        _frameBytes += count;
        _offset = (int)(_frameBytes % _frame.Length);
    }

    private int AcceptLine(ReadOnlySpan<byte> chunk)
    {
        int end = chunk.IndexOf((byte)'\n');
        int taken = end < 0 ? chunk.Length : end + 1;
        if (_line.Length < _lineLength + taken) Array.Resize(ref _line, _lineLength + taken + 64);
        chunk[..taken].CopyTo(_line.AsSpan(_lineLength));
        _lineLength += taken;
        if (_lineLength > 65536) throw new InvalidRunException($"a control line without end: {Show(_line)}");
        if (end >= 0)
        {
            OnLine(_line.AsSpan(0, _lineLength));
            _lineLength = 0;
        }
        return taken;
    }

    private void OnLine(ReadOnlySpan<byte> line)
    {
        if (line.StartsWith("PING"u8)) UnansweredPings++;
        else if (line.StartsWith("PONG"u8)) Pongs++;
        else if (line.StartsWith("INFO "u8)) Infos++;
        else throw new InvalidRunException($"after {Frames} messages the server sent: {Show(line)}");
    }

    private static string Show(ReadOnlySpan<byte> bytes) =>
        Encoding.ASCII.GetString(bytes[..Math.Min(bytes.Length, 80)])
            .Replace("\r", "\\r", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
}
