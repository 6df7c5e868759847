using System.Buffers;

namespace DotNats.Server.Transport;

/// <summary>The start of a command whose rest has not arrived.</summary>
// Owner: the receive side of one connection. Lifetime: memory is held only while bytes wait.
// Invariant: Length <= Buffer.Length; no buffer without bytes in it.
internal sealed class PartialCommand
{
    // A command up to this size is finished in the loop's own buffer: copying so little back costs less than a buffer of its own.
    private const int SmallBytes = 2048;

    // A large message gets room for what follows it too, so that a stream of large messages is read in place.
    private const int LargestExtra = 192 * 1024;

    private byte[]? _buffer;

    public int Length { get; private set; }

    /// <summary>Room to read the rest right behind the bytes that wait; empty when they are to be moved to the loop's buffer first.</summary>
    public Span<byte> FreeSpace => IsSmall || _buffer is null ? default : _buffer.AsSpan(Length);

    public bool IsSmall { get; private set; }

    public ReadOnlySpan<byte> Bytes => _buffer.AsSpan(0, Length);

    /// <summary><paramref name="count"/> bytes were read into <see cref="FreeSpace"/>.</summary>
    public void Grow(int count) => Length += count;

    /// <summary>Moves the bytes to <paramref name="target"/> and lets go of the memory; returns how many.</summary>
    public int MoveTo(Span<byte> target)
    {
        int length = Length;
        Bytes.CopyTo(target);
        Release();
        return length;
    }

    /// <summary>Keeps what a session left over; <paramref name="neededBytes"/> is the size of the unfinished command, 0 while unknown.</summary>
    public void Keep(ReadOnlySpan<byte> rest, int neededBytes)
    {
        bool small = rest.Length <= SmallBytes && neededBytes <= SmallBytes * 2;
        int capacity = small ? rest.Length : Math.Max(rest.Length * 2, neededBytes + Math.Min(neededBytes * 2, LargestExtra));
        if (_buffer is { } same && !small && same.Length >= Math.Max(neededBytes, rest.Length + 1))
        {
            // rest may be the end of this very buffer: CopyTo moves overlapping bytes correctly.
            rest.CopyTo(same);
        }
        else
        {
            byte[] buffer = ArrayPool<byte>.Shared.Rent(capacity);
            rest.CopyTo(buffer);
            Release();
            _buffer = buffer;
        }

        Length = rest.Length;
        IsSmall = small;
    }

    public void Release()
    {
        if (_buffer is not null) ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = null;
        Length = 0;
        IsSmall = false;
    }
}
