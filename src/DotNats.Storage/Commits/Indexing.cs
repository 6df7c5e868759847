namespace DotNats.Storage;

/// <summary>Decides when a log's index is written: often enough to start quickly, seldom enough to cost little.</summary>
// Owner: one FileLog, under its gate.
internal sealed class Indexing
{
    // What was written behind the index is read at the next start: about a tenth of a second.
    private const long MaxBytesBehind = 64 * 1024 * 1024;

    // An index is rewritten only when so many times its size was written since.
    private const int MinBytesPerIndexByte = 8;

    // Collecting this many subjects holds the gate for a few milliseconds.
    private const int MaxSubjectsWhileBusy = 50_000;

    // Less than this is read faster than it is indexed.
    private const long MinBytesWhenQuiet = 4 * 1024 * 1024;

    private long _position = -1;
    private long _lastSeen;
    private int _quietTicks;
    private long _indexBytes;
    private bool _isWanted;
    private int _forbiddenFrom = int.MaxValue;

    /// <summary>Somebody wants one written at the next turn.</summary>
    public void Want() => _isWanted = true;

    /// <summary>Some seconds went by: true where a log that is quiet now is to be indexed.</summary>
    /// <param name="isIdle">It has been quiet for longer.</param>
    public bool Tick(LogContents contents, out bool isIdle)
    {
        _quietTicks = contents.Position == _lastSeen ? _quietTicks + 1 : 0;
        _lastSeen = contents.Position;
        isIdle = _quietTicks == 2;
        if (_quietTicks != 1 || contents.Pending.BytesSinceIndex < MinBytesWhenQuiet) return false;
        _isWanted = true;
        return true;
    }

    public bool IsDue(LogContents contents, bool isEnding)
    {
        if (contents.Position == _position || contents.IsGuessed || IsForbidden(contents)) return false;
        if (isEnding || _isWanted) return true;
        long behind = contents.Pending.BytesSinceIndex;
        return behind >= MaxBytesBehind && behind >= _indexBytes * MinBytesPerIndexByte && contents.Subjects.Count <= MaxSubjectsWhileBusy;
    }

    /// <summary>One may be written at any time.</summary>
    public bool IsCheap(LogContents contents) =>
        !contents.IsGuessed && !IsForbidden(contents) && (contents.Subjects.Count <= MaxSubjectsWhileBusy / 2 || contents.Pending.BytesSinceIndex >= _indexBytes * MinBytesPerIndexByte);

    private bool IsForbidden(LogContents contents) => contents.Subjects.Count > _forbiddenFrom;

    /// <summary>Has the index in the directory dropped where a plan overwrites what it counts, and where nobody knows the right counts.</summary>
    // It counts a message that was removed since, and only its record, which soon will not be there, tells what goes with it.
    public void DropFor(CommitPlan plan, LogContents contents)
    {
        foreach (Erasure erasure in plan.Erasures) plan.DropsIndex |= erasure.Block.IsIndexed;
        for (int i = 0; contents.IsGuessed && i < contents.Blocks.Count; i++) plan.DropsIndex |= contents.Blocks[i].IsIndexed;
        if (!plan.DropsIndex) return;
        plan.Index.ResetWrittenCount();
        _position = -1;
        contents.Pending.BytesSinceIndex = 0;
        for (int i = 0; i < contents.Blocks.Count; i++)
        {
            contents.Blocks[i].IsIndexed = false;
            contents.Pending.BytesSinceIndex += contents.Blocks[i].RawBytes;
        }
    }

    /// <summary>
    /// Puts an index into a plan. False where it would be larger than is allowed: then there is none until half of the subjects are gone, and the log is read as a
    /// whole if it is opened before.
    /// </summary>
    public bool TryWrite(CommitPlan plan, LogContents contents, string name, int mostBytes)
    {
        plan.Index.ResetWrittenCount();
        if (!IndexFormat.TryWrite(contents, name, plan.Index, mostBytes))
        {
            _forbiddenFrom = contents.Subjects.Count / 2;
            plan.DropsIndex = true;
            DropFor(plan, contents);
            return false;
        }

        _forbiddenFrom = int.MaxValue;
        (_position, _indexBytes, _isWanted) = (contents.Position, plan.Index.WrittenCount, false);
        contents.Pending.BytesSinceIndex = 0;
        for (int i = 0; i < contents.Blocks.Count; i++) contents.Blocks[i].IsIndexed = true;
        return true;
    }
}
