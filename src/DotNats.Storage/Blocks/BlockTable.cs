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

    /// <summary>Position of the first block whose last record is not older than a time; <see cref="Count"/> for none.</summary>
    public int FindTime(long time)
    {
        int at = 0;
        while (at < _blocks.Count && (_blocks[at].LastTime < time || _blocks[at].Messages == 0)) at++;
        return at;
    }
}
