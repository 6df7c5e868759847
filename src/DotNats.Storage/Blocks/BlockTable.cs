namespace DotNats.Storage;

/// <summary>The blocks of a log in the order they were written; the last is the one being written.</summary>
// Owner: the log's LogContents, under its gate. Invariant: numbers and last sequences ascend.
internal sealed class BlockTable
{
    private readonly List<Block> _blocks = [];

    public int Count => _blocks.Count;

    public Block this[int index] => _blocks[index];

    public void Add(Block block) => _blocks.Add(block);

    public void RemoveAt(int index) => _blocks.RemoveAt(index);

    public void Clear() => _blocks.Clear();

    /// <summary>Position of the block a sequence was given away in; <see cref="Count"/> where it is greater than all.</summary>
    public int Find(ulong sequence)
    {
        int low = 0;
        int high = _blocks.Count;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            if (_blocks[middle].LastSequence < sequence) low = middle + 1;
            else high = middle;
        }

        return low;
    }

    /// <summary>The block that has a message; null where it is deleted or never was.</summary>
    public Block? Holder(ulong sequence)
    {
        int at = Find(sequence);
        return at < Count && _blocks[at].Has(sequence) ? _blocks[at] : null;
    }

    /// <summary>Number of messages from a sequence on.</summary>
    public ulong CountFrom(ulong from)
    {
        ulong count = 0;
        for (int at = Find(from); at < Count; at++)
        {
            Block block = _blocks[at];
            if (block.FirstSequence >= from) count += block.Messages;
            else count += block.LastSequence - from + 1 - block.Deleted.CountRange(from, block.LastSequence);
        }

        return count;
    }

    /// <summary>The first sequence from one on that has a message; 0 for none.</summary>
    public ulong NextPresent(ulong from)
    {
        for (int at = Find(from); at < Count; at++)
        {
            Block block = _blocks[at];
            if (block.Messages == 0) continue;
            ulong found = block.Deleted.NextAbsent(Math.Max(from, block.FirstSequence));
            if (found <= block.LastSequence) return found;
        }

        return 0;
    }

    /// <summary>The last sequence up to one that has a message; 0 for none.</summary>
    public ulong PreviousPresent(ulong from)
    {
        for (int at = Math.Min(Find(from), Count - 1); at >= 0; at--)
        {
            Block block = _blocks[at];
            if (block.Messages == 0) continue;
            ulong found = block.Deleted.PreviousAbsent(Math.Min(from, block.LastSequence));
            if (found >= block.FirstSequence) return found;
        }

        return 0;
    }

    /// <summary>The last sequence that was given away before a block.</summary>
    public ulong Before(Block block)
    {
        for (int at = Count - 1; at > 0; at--)
        {
            if (ReferenceEquals(_blocks[at], block)) return _blocks[at - 1].LastSequence;
        }

        return 0;
    }

    /// <summary>Some record that a tombstone of a block is about lies in an earlier block, also before the first message.</summary>
    public bool HasTombstonesInUse(int at)
    {
        Block block = _blocks[at];
        if (block.LastForeignTombstone == 0) return false;
        for (int earlier = 0; earlier < at; earlier++)
        {
            if (_blocks[earlier].LastSequence >= block.FirstForeignTombstone && _blocks[earlier].StartSequence <= block.LastForeignTombstone) return true;
        }

        return false;
    }

    /// <summary>Position of the first block whose last record is not older than a time; <see cref="Count"/> for none.</summary>
    public int FindTime(long time)
    {
        int at = 0;
        while (at < _blocks.Count && (_blocks[at].LastTime < time || _blocks[at].Messages == 0)) at++;
        return at;
    }
}
