namespace DotNats.Storage;

/// <summary>Reads a message archive entry by entry, whatever lies in it: nothing is made room for before the reader's user has seen how long it says it is.</summary>
/// <param name="source">The archive, decompressed.</param>
// Owner: one reader at a time. Invariant: _left bytes of the entry's body are still in the source.
public sealed class ArchiveReader(PieceReader source)
{
    private byte[] _name = [];
    private byte[] _body = [];
    private int _nameLength;
    private long _left;
    private bool _isStarted;

    /// <summary>The entry that was read last.</summary>
    public ArchiveEntry Entry { get; private set; }

    /// <summary>Its name; valid until the next one.</summary>
    public ReadOnlySpan<byte> Name => _name.AsSpan(0, _nameLength);

    /// <summary>Goes on to the next entry, over what was not read of this one; false where the source ends behind it.</summary>
    /// <exception cref="ArchiveException">This is no archive, or not the one that was written.</exception>
    public async ValueTask<bool> MoveNextAsync(CancellationToken cancellationToken = default)
    {
        if (!await source.SkipAsync(_left, cancellationToken).ConfigureAwait(false)) throw ArchiveFormat.Invalid();
        _left = 0;
        if (!_isStarted && !await StartAsync(cancellationToken).ConfigureAwait(false)) return false;
        while (!TryReadHead())
        {
            if (await source.HoldMoreAsync(cancellationToken).ConfigureAwait(false)) continue;
            return source.Held.IsEmpty ? false : throw ArchiveFormat.Invalid();
        }

        if (_name.Length < _nameLength) _name = new byte[_nameLength];
        if (!await source.ReadAllAsync(_name.AsMemory(0, _nameLength), cancellationToken).ConfigureAwait(false)) throw ArchiveFormat.Invalid();
        return true;
    }

    /// <summary>Reads the entry's body, which the caller found not to be too long; valid until the next body.</summary>
    /// <exception cref="ArchiveException">It is shorter than it says.</exception>
    public async ValueTask<ReadOnlyMemory<byte>> ReadBodyAsync(CancellationToken cancellationToken = default)
    {
        int length = checked((int)_left);
        if (_body.Length < length) _body = GC.AllocateUninitializedArray<byte>(Math.Max(length, Math.Min(2 * _body.Length, Array.MaxLength)));
        Memory<byte> body = _body.AsMemory(0, length);
        if (!await source.ReadAllAsync(body, cancellationToken).ConfigureAwait(false)) throw ArchiveFormat.Invalid();
        _left = 0;
        return body;
    }

    private async ValueTask<bool> StartAsync(CancellationToken cancellationToken)
    {
        _isStarted = true;
        if (!await source.HoldAsync(ArchiveFormat.Magic.Length, cancellationToken).ConfigureAwait(false)) return false;
        if (!source.Held.StartsWith(ArchiveFormat.Magic)) throw ArchiveFormat.Invalid();
        source.Take(ArchiveFormat.Magic.Length);
        return true;
    }

    private bool TryReadHead()
    {
        int length = ArchiveFormat.ReadEntry(source.Held, out _nameLength, out ArchiveEntry entry);
        if (length == 0) return false;
        source.Take(length);
        (Entry, _left) = (entry, entry.BodyLength);
        return true;
    }
}
