namespace DotNats.Storage;

/// <summary>How much memory subjects' numbers of all blocks of a store may take: whoever comes first has it.</summary>
// Owner: one store; any thread.
internal sealed class NumbersRoom(long maxBytes)
{
    private long _bytes;

    public long HeldBytes => Volatile.Read(ref _bytes);

    public bool HasRoom => HeldBytes < maxBytes;

    /// <summary>Gives a block numbers in the place of those it has; none where there is no room. Under the gate of the block's log.</summary>
    public void Put(Block block, SubjectNumbers? numbers)
    {
        if (numbers is not null && !HasRoom) numbers = null;
        Interlocked.Add(ref _bytes, (numbers?.HeldBytes ?? 0) - (block.Numbers?.HeldBytes ?? 0));
        block.Numbers = numbers;
    }
}
