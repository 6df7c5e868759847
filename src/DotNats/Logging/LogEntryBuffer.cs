using System.Buffers;
using System.Text;

namespace DotNats.Logging;

/// <summary>One log entry while it is put together: UTF-8 bytes that start on the caller's stack and move to a pooled array when they outgrow it.</summary>
// Owner: the logging call; lives no longer than it.
internal ref struct LogEntryBuffer(Span<byte> initial)
{
    private Span<byte> _bytes = initial;
    private byte[]? _rented;
    private int _length;

    public readonly ReadOnlySpan<byte> Written => _bytes[.._length];

    public void Append(scoped ReadOnlySpan<byte> utf8)
    {
        if (utf8.Length > _bytes.Length - _length) Grow(utf8.Length);
        utf8.CopyTo(_bytes[_length..]);
        _length += utf8.Length;
    }

    public void Append(byte value)
    {
        if (_length == _bytes.Length) Grow(1);
        _bytes[_length++] = value;
    }

    public void Append(string text)
    {
        int most = Encoding.UTF8.GetMaxByteCount(text.Length);
        // The exact count costs a pass over the text, so it is taken only where the cheap bound does not fit.
        if (most > _bytes.Length - _length) Reserve(Encoding.UTF8.GetByteCount(text));
        _length += Encoding.UTF8.GetBytes(text, _bytes[_length..]);
    }

    /// <summary>Room behind what is written, for values that write their own bytes; <see cref="Advance"/> takes it.</summary>
    public readonly Span<byte> Free => _bytes[_length..];

    public void Advance(int bytes) => _length += bytes;

    public void GrowFree() => Grow(_bytes.Length);

    /// <summary>Ends the entry with a line feed unless its text brought one.</summary>
    // Compat: the reload error of a configuration file ends in a line feed of its own and gets no second one.
    public void EndLine()
    {
        if (_length == 0 || _bytes[_length - 1] != (byte)'\n') Append((byte)'\n');
    }

    public void Dispose()
    {
        if (_rented is null) return;
        ArrayPool<byte>.Shared.Return(_rented);
        _rented = null;
    }

    private void Reserve(int bytes)
    {
        if (bytes > _bytes.Length - _length) Grow(bytes);
    }

    private void Grow(int needed)
    {
        byte[] larger = ArrayPool<byte>.Shared.Rent(Math.Max(_bytes.Length * 2, _length + needed));
        Written.CopyTo(larger);
        byte[]? old = _rented;
        _rented = larger;
        _bytes = larger;
        if (old is not null) ArrayPool<byte>.Shared.Return(old);
    }
}
