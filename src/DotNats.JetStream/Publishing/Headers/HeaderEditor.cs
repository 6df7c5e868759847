namespace DotNats.JetStream.Publishing.Headers;

/// <summary>Changes header blocks in a buffer of its own, which is used again for the next block.</summary>
// Owner: whoever made it. Lifetime: what Block returns is good until the next change. Invariant: the block is empty or ends with an empty line.
internal sealed class HeaderEditor
{
    private const int SmallestBuffer = 256;

    // A larger one made for a rare block is not kept.
    private const int LargestKept = 64 * 1024;

    private byte[] _buffer = [];
    private int _length;

    /// <summary>The block as it is now; empty where no header is left.</summary>
    public ReadOnlySpan<byte> Block => _buffer.AsSpan(0, _length);

    private static ReadOnlySpan<byte> StatusLine => "NATS/1.0\r\n"u8;

    private static ReadOnlySpan<byte> LineEnd => "\r\n"u8;

    /// <summary>Begins with a copy of a block; goes on where that is the block it made last.</summary>
    public HeaderEditor Load(scoped ReadOnlySpan<byte> block)
    {
        if (block == Block) return this;
        if (_buffer.Length > LargestKept && block.Length <= LargestKept) _buffer = [];
        _length = 0;
        Reserve(block.Length);
        block.CopyTo(_buffer);
        _length = block.Length;
        return this;
    }

    /// <summary>Takes out every header of that name.</summary>
    public HeaderEditor Remove(scoped ReadOnlySpan<byte> name)
    {
        for (int at = HeaderLookup.IndexOf(Block, name); at >= 0; at = HeaderLookup.IndexOf(Block, name))
        {
            if (!RemoveLine(at)) break;
        }

        return this;
    }

    /// <summary>Takes out every header whose name begins so.</summary>
    public HeaderEditor RemovePrefixed(scoped ReadOnlySpan<byte> prefix)
    {
        int at = 0;
        while (at < _length)
        {
            int end = _buffer.AsSpan(at, _length - at).IndexOf(LineEnd);
            if (end < 0) break;
            if (at > 0 && _buffer.AsSpan(at, _length - at).StartsWith(prefix) && RemoveLine(at)) continue;
            at += end + LineEnd.Length;
        }

        return this;
    }

    /// <summary>Takes the code and description out of a status line, so that only the protocol's name stays.</summary>
    public HeaderEditor RemoveStatus()
    {
        ReadOnlySpan<byte> name = StatusLine[..^2];
        int end = Block.IndexOf((byte)'\r');
        if (end > name.Length && Block.StartsWith(name)) Cut(name.Length, end - name.Length);
        return this;
    }

    /// <summary>Adds a header behind the others.</summary>
    /// <remarks>Blanks around the value do not count, and CR and LF in it become blanks, as Go's HTTP headers are written.</remarks>
    public HeaderEditor Add(scoped ReadOnlySpan<byte> name, scoped ReadOnlySpan<byte> value)
    {
        value = value.Trim(" \t\r\n"u8);
        Open();
        Append(name);
        Append(": "u8);
        int start = _length;
        Append(value);
        Span<byte> written = _buffer.AsSpan(start, value.Length);
        written.Replace((byte)'\r', (byte)' ');
        written.Replace((byte)'\n', (byte)' ');
        Append("\r\n\r\n"u8);
        return this;
    }

    /// <summary>Gives the first header of that name another value, or adds it.</summary>
    public HeaderEditor Set(scoped ReadOnlySpan<byte> name, scoped ReadOnlySpan<byte> value)
    {
        int at = HeaderLookup.IndexOf(Block, name);
        if (at < 0) return Add(name, value);
        int start = at + name.Length + 1;
        if (start < _length && _buffer[start] == ' ') start++;
        int old = _buffer.AsSpan(start, _length - start).IndexOf((byte)'\r');
        if (old < 0) return this;
        Reserve(_length + value.Length);
        Buffer.BlockCopy(_buffer, start + old, _buffer, start + value.Length, _length - start - old);
        value.CopyTo(_buffer.AsSpan(start));
        _length += value.Length - old;
        return this;
    }

    // Takes off the empty line at the end, or begins with a status line.
    private void Open()
    {
        if (_length <= LineEnd.Length)
        {
            _length = 0;
            Append(StatusLine);
            return;
        }

        // A damaged block may end without an empty line: then its last line keeps its end.
        if (Block.EndsWith("\r\n\r\n"u8)) _length -= LineEnd.Length;
        else if (!Block.EndsWith(LineEnd)) Append(LineEnd);
    }

    private bool RemoveLine(int at)
    {
        int length = _buffer.AsSpan(at, _length - at).IndexOf(LineEnd);
        if (length < 0) return false;
        Cut(at, length + LineEnd.Length);
        return true;
    }

    // A block without headers is none.
    private void Cut(int at, int count)
    {
        Buffer.BlockCopy(_buffer, at + count, _buffer, at, _length - at - count);
        _length -= count;
        if (_length <= StatusLine.Length + LineEnd.Length) _length = 0;
    }

    private void Append(scoped ReadOnlySpan<byte> bytes)
    {
        Reserve(_length + bytes.Length);
        bytes.CopyTo(_buffer.AsSpan(_length));
        _length += bytes.Length;
    }

    private void Reserve(int size)
    {
        if (size <= _buffer.Length) return;
        Array.Resize(ref _buffer, Math.Max(size, Math.Max(SmallestBuffer, 2 * _length)));
    }
}
