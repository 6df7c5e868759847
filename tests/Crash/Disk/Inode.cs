namespace Crash.Disk;

/// <summary>One file without its name: what processes see of it, what is on the device for sure, and the changes between.</summary>
// Owner: FaultyFiles, under its gate. Invariant: _safe with all of _unsynced applied is Live, unless a sync failed.
internal sealed class Inode
{
    private readonly List<Change> _unsynced = [];
    private readonly FileBytes _safe = new();

    public Inode()
    {
    }

    /// <summary>A file whose content is safe.</summary>
    public Inode(FileBytes content) => (Live, _safe) = (content, content.Copy());

    public FileBytes Live { get; private set; } = new();

    public void Write(ReadOnlySpan<byte> bytes, long offset)
    {
        _unsynced.Add(new Change(offset, bytes.ToArray()));
        Live.Write(bytes, offset);
    }

    public void SetLength(long length)
    {
        _unsynced.Add(new Change(length, null));
        Live.SetLength(length);
    }

    public void Sync()
    {
        foreach (Change change in _unsynced) change.Apply(_safe);
        _unsynced.Clear();
    }

    /// <summary>What is not synced lies behind what is.</summary>
    public bool NeedsRoom => Live.Length > _safe.Length;

    // A failed sync reports once; later ones have nothing to do any more and succeed, as Linux has it.
    public void ForgetUnsynced() => _unsynced.Clear();

    public void FlipBit(long bit)
    {
        Live.FlipBit(bit);
        if (bit / 8 < _safe.Length) _safe.FlipBit(bit);
    }

    public bool MayHold(byte[] sought) => _safe.Span.IndexOf(sought) >= 0 || _unsynced.Exists(change => change.Bytes.AsSpan().IndexOf(sought) >= 0);

    /// <summary>Of what was not synced anything may have got to the device: nothing, all, the first of it, or sectors here and there.</summary>
    public void LosePower(Random random)
    {
        if (_unsynced.Count > 0)
        {
            switch (random.Next(5))
            {
                case 0:
                    break;
                case 1:
                    Sync();
                    break;
                case 2:
                    KeepFront(random);
                    break;
                default:
                    KeepSectors(random);
                    break;
            }
        }

        _unsynced.Clear();
        Live = _safe.Copy();
    }

    private void KeepFront(Random random)
    {
        int whole = random.Next(_unsynced.Count);
        for (int i = 0; i < whole; i++) _unsynced[i].Apply(_safe);
        Change torn = _unsynced[whole];
        if (torn.Bytes is not null) _safe.Write(torn.Bytes.AsSpan(0, EndOfSector(torn, random)), torn.Offset);
    }

    private void KeepSectors(Random random)
    {
        int sectorBytes = random.Next(2) == 0 ? 512 : 4096;
        foreach (Change change in _unsynced)
        {
            if (change.Bytes is not { } bytes)
            {
                if (random.Next(2) == 0) change.Apply(_safe);
                continue;
            }

            for (int at = 0; at < bytes.Length;)
            {
                int length = (int)Math.Min(bytes.Length - at, sectorBytes - ((change.Offset + at) % sectorBytes));
                if (random.Next(2) == 0) _safe.Write(bytes.AsSpan(at, length), change.Offset + at);
                at += length;
            }
        }

        // The length can be known to the device before the bytes are.
        if (random.Next(3) == 0 && _safe.Length < Live.Length) _safe.SetLength(Live.Length);
    }

    private static int EndOfSector(Change change, Random random)
    {
        int end = random.Next(change.Bytes!.Length + 1);
        return (int)Math.Max(0, end - ((change.Offset + end) % 512));
    }

    // Bytes at a place; without bytes a length.
    private readonly record struct Change(long Offset, byte[]? Bytes)
    {
        public void Apply(FileBytes target)
        {
            if (Bytes is null) target.SetLength(Offset);
            else target.Write(Bytes, Offset);
        }
    }
}
