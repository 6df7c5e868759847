namespace DotNats.Storage;

/// <summary>What nats-server left beside a log's blocks and is not in them: which of their messages are deleted.</summary>
/// <remarks>
/// Each opening reads it until an index of the log's own is there, which knows the same: what a crash has kept from being written down is found
/// again. index.db gets another name before anything is changed, since nats-server would believe it.
/// </remarks>
// Owner: the log's recovery. Lifetime: one opening.
internal sealed class ForeignIndexes(IStorageFiles files, BlockCoder coder, string stream, string directory)
{
    private const string BlockSuffix = ".idx";
    /// <summary>Of what nats-server knew of a stream.</summary>
    public const string StateName = "index.db";
    private const string KeptName = "index.db.read";

    private readonly Dictionary<uint, ForeignIndex?> _indexes = [];
    private bool _hasState;

    /// <summary>Messages that are in blocks and deleted.</summary>
    public SortedSet<ulong> Deleted { get; } = [];

    /// <summary>The last sequence that had a message in a block that has none any more, with its time; 0 for none.</summary>
    public ulong LastSequence { get; private set; }

    public long LastTime { get; private set; }

    /// <summary>Nothing was ever stored, whatever a tombstone says of a time.</summary>
    public bool IsUnused { get; private set; }

    /// <summary>Looks at a file of the log's directory.</summary>
    public void Note(string file)
    {
        if (file == StateName) files.Move(Path.Combine(directory, StateName), Path.Combine(directory, KeptName));
        if (file is StateName or KeptName) _hasState = true;
        else if (Recovery.TryParse(file, BlockSuffix, out uint block)) _indexes[block] = null;
    }

    /// <summary>Before blocks are put under other keys: these stay under theirs.</summary>
    // One that cannot be read is none: nats-server made it anew from the blocks then.
    public void Read()
    {
        var formers = new uint[_indexes.Count];
        _indexes.Keys.CopyTo(formers, 0);
        foreach (uint block in formers) _indexes[block] = TryReadFormer(block);
        if (!_hasState || SafeFiles.ReadAll(files, Path.Combine(directory, KeptName)) is not { } file) return;
        ReadOnlySpan<byte> body = ForeignState.Open(file, stream);
        if (body.IsEmpty || coder.OpenIndex(body.ToArray()) is not { } opened) return;
        Dictionary<uint, ForeignIndex> blocks = ForeignState.Read(opened, out bool isUnused);
        foreach ((uint block, ForeignIndex index) in blocks) _indexes[block] = index;
        IsUnused = isUnused;
    }

    /// <summary>A block was read.</summary>
    public void Apply(Block block)
    {
        if (_indexes.GetValueOrDefault(block.Number) is not { } index) return;
        if (index.IsEmpty && index.LastSequence > LastSequence) (LastSequence, LastTime) = (index.LastSequence, index.LastTime);
        if (block.Messages == 0) return;
        for (ulong sequence = block.FirstSequence; sequence < index.FirstSequence && sequence <= block.LastSequence; sequence++) Delete(block, sequence);
        for (ulong from = block.FirstSequence; index.Deleted.TryNextRun(from, out ulong first, out ulong last) && first <= block.LastSequence; from = last + 1)
        {
            for (ulong sequence = Math.Max(first, from); sequence <= last && sequence <= block.LastSequence; sequence++) Delete(block, sequence);
        }
    }

    /// <summary>They are not needed any more.</summary>
    public void Discard()
    {
        foreach (uint block in _indexes.Keys) coder.DeleteFormerIndex(block);
        if (_hasState && files.FileExists(Path.Combine(directory, KeptName))) files.DeleteFile(Path.Combine(directory, KeptName));
        _indexes.Clear();
    }

    private void Delete(Block block, ulong sequence)
    {
        if (block.Has(sequence)) Deleted.Add(sequence);
    }

    private ForeignIndex? TryReadFormer(uint block)
    {
        try
        {
            return coder.ReadFormerIndex(block);
        }
        catch (IOException)
        {
            return null;
        }
    }
}
