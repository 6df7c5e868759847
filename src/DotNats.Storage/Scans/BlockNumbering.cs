namespace DotNats.Storage;

/// <summary>Looks up the subjects' numbers of a block's messages, a little at a time.</summary>
// Owner: who counts or reads the block; each step under the log's gate.
internal sealed class BlockNumbering(LogContents contents, Block block, int records)
{
    // Subjects looked up under one hold of the gate: some fifty microseconds.
    private const int RecordsAtOnce = 256;

    private readonly uint[] _numbers = new uint[records];
    private readonly int _version = block.Version;
    private readonly int _order = contents.Subjects.Numbering;
    private int _done;

    /// <summary>It is about these records. Those of one version are the same, however often they are loaded.</summary>
    public bool IsOf(Block other, RecordIndex loaded) => ReferenceEquals(block, other) && block.Version == _version && contents.Subjects.Numbering == _order && loaded.Count == records;

    /// <summary>It came to its end, whether the block has numbers now or not.</summary>
    public bool IsDone { get; private set; }

    /// <summary>Looks up some more; gives the block its numbers at the end.</summary>
    public void Step(in RecordRun run)
    {
        if (block.IsGone || block.Version != _version || contents.Subjects.Numbering != _order)
        {
            IsDone = true;
            return;
        }

        int stop = Math.Min(records, _done + RecordsAtOnce);
        for (; _done < stop; _done++)
        {
            // One that is not known has been deleted.
            if (contents.Subjects.TryGetNumber(run.SubjectAt(_done), out uint number)) _numbers[_done] = number;
        }

        IsDone = _done == records;
        if (IsDone) contents.Numbers.Put(block, SubjectNumbers.Of(null, run.Index, _numbers));
    }
}
