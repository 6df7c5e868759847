using System.Buffers;

namespace DotNats.Storage;

/// <summary>Reads another stream a little ahead of whoever parses it. The stream stays open.</summary>
// Owner: who reads an archive, and the one reader over it. Lifetime: Dispose returns the buffer. Invariant: 0 <= _start <= _end <= _buffer.Length.
public sealed class PieceReader(Stream source) : IDisposable
{
    private const int UsualBytes = 64 * 1024;

    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(UsualBytes);
    private int _start;
    private int _end;

    /// <summary>What was read and nobody took; valid until the next call.</summary>
    public ReadOnlySpan<byte> Held => _buffer.AsSpan(_start, _end - _start);

    /// <summary>Takes so much of what is held.</summary>
    public void Take(int count) => _start += count;

    /// <summary>Reads until so many bytes are held; false where the source ends before.</summary>
    public async ValueTask<bool> HoldAsync(int count, CancellationToken cancellationToken)
    {
        while (_end - _start < count)
        {
            if (!await ReadMoreAsync(count, cancellationToken).ConfigureAwait(false)) return false;
        }

        return true;
    }

    /// <summary>Reads one piece more than is held; false at the source's end.</summary>
    public ValueTask<bool> HoldMoreAsync(CancellationToken cancellationToken) => HoldAsync(_end - _start + 1, cancellationToken);

    /// <summary>Takes some bytes; 0 at the source's end.</summary>
    public async ValueTask<int> ReadAsync(Memory<byte> target, CancellationToken cancellationToken)
    {
        int held = Math.Min(Held.Length, target.Length);
        if (held == 0) return target.Length == 0 ? 0 : await source.ReadAsync(target, cancellationToken).ConfigureAwait(false);
        Held[..held].CopyTo(target.Span);
        Take(held);
        return held;
    }

    /// <summary>Takes as many bytes as there is room for; false where the source ends before.</summary>
    public async ValueTask<bool> ReadAllAsync(Memory<byte> target, CancellationToken cancellationToken)
    {
        while (target.Length > 0)
        {
            int read = await ReadAsync(target, cancellationToken).ConfigureAwait(false);
            if (read == 0) return false;
            target = target[read..];
        }

        return true;
    }

    /// <summary>Passes bytes over; false where the source ends before.</summary>
    public async ValueTask<bool> SkipAsync(long count, CancellationToken cancellationToken)
    {
        while (count > 0)
        {
            if (Held.IsEmpty && !await HoldMoreAsync(cancellationToken).ConfigureAwait(false)) return false;
            int some = (int)Math.Min(count, Held.Length);
            Take(some);
            count -= some;
        }

        return true;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_buffer.Length > 0) ArrayPool<byte>.Shared.Return(_buffer);
        (_buffer, _start, _end) = ([], 0, 0);
    }

    private async ValueTask<bool> ReadMoreAsync(int wanted, CancellationToken cancellationToken)
    {
        if (_start > 0)
        {
            Held.CopyTo(_buffer);
            (_start, _end) = (0, _end - _start);
        }

        if (_buffer.Length < wanted)
        {
            byte[] larger = ArrayPool<byte>.Shared.Rent(wanted);
            Held.CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = larger;
        }

        int read = await source.ReadAsync(_buffer.AsMemory(_end), cancellationToken).ConfigureAwait(false);
        _end += read;
        return read > 0;
    }
}
