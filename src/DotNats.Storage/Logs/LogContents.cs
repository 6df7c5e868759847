namespace DotNats.Storage;

/// <summary>What a file log knows in memory: its blocks, its subjects, its counters, and what waits to be written.</summary>
// Owner: one FileLog, under its gate; nothing here touches a file. Lifetime: from recovery to the log's end.
// Invariant: Messages and Bytes are the sums over the blocks; the last block is the active one; bytes appended are in the active block or
// in the list of sealed ones that wait, in the order of their records.
internal sealed class LogContents(string name, BlockCache cache, BlockBuffers buffers)
{
    private readonly List<BlockWrite> _sealedWrites = [];
    private readonly List<Erasure> _erasures = [];
    private readonly SequenceSet _ageless = new();
    private bool _hasEmptied;
    private long _takenBytes;

    public BlockTable Blocks { get; } = new();

    public SubjectIndex Subjects { get; } = new();

    public BlockCache Cache => cache;

    /// <summary>Sequences of marked messages, also of some that are gone.</summary>
    public SequenceSet Marked { get; } = new();

    /// <summary>Deadlines of messages with a time of their own.</summary>
    public ExpiryTable Expiries { get; } = new();

    /// <summary>What keeps the log from taking more.</summary>
    public LogStatus Status { get; set; }

    public ActiveBlock? Active { get; private set; }

    public ulong Messages { get; private set; }

    public ulong Bytes { get; private set; }

    /// <summary>First sequence with a message; one behind the last for none, and 0 where nothing ever was.</summary>
    public ulong FirstSequence { get; private set; }

    /// <summary>Time of the first message; 0 for none, and until somebody looked for it.</summary>
    public long FirstTime { get; private set; }

    /// <summary>The first message that age removes; 0 for none.</summary>
    public ulong AgingSequence { get; private set; }

    /// <summary>Time of the first message that age removes; 0 for none, and until somebody looked for it.</summary>
    public long AgingTime { get; private set; }

    public ulong LastSequence { get; private set; }

    public long LastTime { get; set; }

    public ulong Lost { get; set; }

    /// <summary>Sequences between first and last without a message; none where there is no message at all.</summary>
    public ulong Deleted => Messages == 0 ? 0 : LastSequence - FirstSequence + 1 - Messages;

    /// <summary>Counts changes.</summary>
    public long Position { get; private set; }

    /// <summary>Bytes that were appended and are not safe yet, also those being written.</summary>
    public long UnsafeBytes => _takenBytes + WaitingBytes;

    /// <summary>A time of the first message, or the first that age removes, has to be looked up.</summary>
    public bool IsTimeMissing => (FirstTime == 0 && Messages > 0) || (AgingTime == 0 && AgingSequence != 0);

    private long WaitingBytes { get; set; }

    // ---- Changes ----

    /// <summary>Stores a message behind the last; returns what its subject has now.</summary>
    public SubjectEntry Append(ulong sequence, in NewMessage message, int blockBytes)
    {
        int bytes = (int)BlockFormat.RecordBytes(message.Subject.Length, message.Headers.Length, message.Payload.Length);
        ActiveBlock active = MakeRoom(bytes, blockBytes);
        active.Append(sequence, message, bytes);
        active.Block.Add(sequence, message.Timestamp, bytes);
        Count(sequence, message.Timestamp, bytes);
        WaitingBytes += bytes;
        Position++;
        return Subjects.Add(message.Subject, sequence);
    }

    /// <summary>Keeps what is known of the last message beside its bytes.</summary>
    public void Note(ulong sequence, MessageFacts facts)
    {
        if (facts.ExpiresAt == long.MaxValue) _ageless.Add(sequence);
        else if (facts.ExpiresAt != 0) Expiries.Set(sequence, facts.ExpiresAt);
        if (facts.IsMarked) Marked.Add(sequence);
        if (AgingSequence == 0 && facts.ExpiresAt != long.MaxValue) (AgingSequence, AgingTime) = (sequence, LastTime);
    }

    /// <summary>Gives sequences away without messages.</summary>
    public void Skip(ulong last, int blockBytes)
    {
        ActiveBlock active = MakeRoom(BlockFormat.EmptyRecordBytes, blockBytes);
        active.AppendEmpty(last | BlockFormat.ErasedBit, LastTime);
        active.Block.Skip(last, LastTime);
        SkipTo(last, LastTime);
        WaitingBytes += BlockFormat.EmptyRecordBytes;
        Position++;
    }

    /// <summary>Takes a message out; its record stays until its block is compacted.</summary>
    /// <returns>What its subject has left.</returns>
    public SubjectEntry Remove(Block block, ulong sequence, ReadOnlySpan<byte> subject, int bytes)
    {
        Uncount(block, sequence, bytes);
        Position++;
        return Subjects.Remove(subject, sequence);
    }

    /// <summary>Takes a message out whose record cannot be read.</summary>
    public void RemoveUnreadable(Block block, ulong sequence)
    {
        Uncount(block, sequence, 0);
        Position++;
    }

    /// <summary>Has the record of a message overwritten, after it is safe that it is deleted.</summary>
    public void Erase(in RecordRun run, int at, int length, ulong sequence)
    {
        long start = ReferenceEquals(run.Index, Active?.Index) ? Active.Start : run.Block.Unwritten is { } tail && ReferenceEquals(run.Index, tail.Index) ? run.Block.RawBytes - tail.Bytes.Length : 0;
        _erasures.Add(new Erasure(run.Block, start + run.Index.OffsetAt(at), length, sequence));
    }

    /// <summary>Has it remembered in the file that a message is gone.</summary>
    public void WriteTombstone(ulong sequence, long timestamp, int blockBytes)
    {
        ActiveBlock active = MakeRoom(BlockFormat.EmptyRecordBytes, blockBytes);
        active.AppendEmpty(sequence | BlockFormat.TombstoneBit, timestamp);
        WaitingBytes += BlockFormat.EmptyRecordBytes;
        Block own = active.Block;
        if (Blocks[Blocks.Find(sequence)] != own) own.LastForeignTombstone = Math.Max(own.LastForeignTombstone, sequence);
    }

    /// <summary>A stale bound of a subject is known to be closer.</summary>
    public void NarrowSubject(ReadOnlySpan<byte> subject, ulong bound, bool isFirst)
    {
        ref SubjectEntry entry = ref Subjects.Tree.Find(subject);
        if (isFirst) entry.First = bound;
        else entry.Last = bound;
    }

    /// <summary>Starts a new block, so that all messages lie in others.</summary>
    public void StartBlock(int blockBytes)
    {
        if (Active is { Block.RawBytes: > 0 }) MakeRoom(int.MaxValue, blockBytes);
    }

    /// <summary>All messages are gone and sequences up to one given away; the file has to remember it.</summary>
    public void PurgedUpTo(ulong last, int blockBytes)
    {
        if (last > 0)
        {
            ActiveBlock active = MakeRoom(BlockFormat.EmptyRecordBytes, blockBytes);
            active.AppendEmpty(last | BlockFormat.TombstoneBit, LastTime);
            active.Block.Skip(last, LastTime);
            WaitingBytes += BlockFormat.EmptyRecordBytes;
        }

        SkipTo(last, LastTime);
        Position++;
    }

    /// <summary>An empty log was emptied: the next sequence is its first.</summary>
    public void MarkStarted()
    {
        FirstSequence = LastSequence + 1;
        Position++;
    }

    // ---- Times ----

    /// <summary>Takes the missing times from records that lie in memory.</summary>
    public void TakeTimes(in RecordRun run)
    {
        if (FirstTime == 0 && run.Index.Find(FirstSequence) is >= 0 and var first) FirstTime = run.At(first).Timestamp;
        if (AgingTime == 0 && AgingSequence != 0 && run.Index.Find(AgingSequence) is >= 0 and var aging) AgingTime = run.At(aging).Timestamp;
    }

    /// <summary>Takes the missing times from wherever they are; false where a block has to be loaded first.</summary>
    public bool TryFindTimes(ref Scan scan)
    {
        while (IsTimeMissing)
        {
            ulong sequence = FirstTime == 0 ? FirstSequence : AgingSequence;
            Block block = Find(sequence)!;
            if (TryOpen(block, sequence, out RecordRun run))
            {
                using (run) TakeTimes(run);
            }
            else if (!ReferenceEquals(scan.Unreadable, block))
            {
                scan.Miss(block, LoadableBytes(block));
                return false;
            }

            // Its record is damaged: it is not younger than its block.
            if (FirstTime == 0) FirstTime = block.LastTime;
            if (AgingTime == 0 && AgingSequence == sequence) AgingTime = block.LastTime;
        }

        return true;
    }

    // ---- What recovery tells ----

    public void AddBlock(Block block) => Blocks.Add(block);

    /// <summary>Counts a message that lies in a block already.</summary>
    public void Recover(Block block, ulong sequence, long timestamp, int bytes, ReadOnlySpan<byte> subject)
    {
        block.Add(sequence, timestamp, bytes);
        Count(sequence, timestamp, bytes);
        Subjects.Add(subject, sequence);
    }

    /// <summary>Sequences up to one were given away, whether there are messages or not.</summary>
    public void SkipTo(ulong last, long timestamp)
    {
        LastSequence = last;
        LastTime = timestamp;
        if (Messages == 0) FirstSequence = last + 1;
    }

    /// <summary>Goes on writing the last block.</summary>
    public void OpenActive()
    {
        Block block = Blocks[Blocks.Count - 1];
        Active = new ActiveBlock(block, BlockFormat.HashOfBlock(name, block.Number), buffers);
    }

    // ---- What waits to be written ----

    /// <summary>Hands out everything that waits to be written, in order, with leases.</summary>
    public void TakeWork(CommitPlan plan)
    {
        plan.Position = Position;
        plan.Writes.AddRange(_sealedWrites);
        _sealedWrites.Clear();
        if (Active is { Waiting: > 0 }) plan.Writes.Add(Active.Take());
        plan.Erasures.AddRange(_erasures);
        _erasures.Clear();
        _takenBytes += WaitingBytes;
        WaitingBytes = 0;
    }

    /// <summary>What was handed out lies in files.</summary>
    public void WorkIsDone(CommitPlan plan)
    {
        _takenBytes = 0;
        foreach (BlockWrite write in plan.Writes)
        {
            Block block = write.Block;
            block.WrittenBytes = Math.Max(block.WrittenBytes, write.Offset + write.Length);
            if (block.WrittenBytes < block.RawBytes || block.Unwritten is not { } tail) continue;
            if (!ReferenceEquals(block.Content, tail)) block.Version++;
            block.Unwritten = null;
            tail.Release();
        }

        foreach (Erasure erasure in plan.Erasures)
        {
            erasure.Block.Version++;
            cache.Remove(erasure.Block);
            if (ReferenceEquals(erasure.Block, Active?.Block)) Active.Erase(erasure);
        }
    }

    /// <summary>Takes the blocks without messages, whose files nobody needs any more, out of the table.</summary>
    public void TakeEmptied(List<Block> target, int blockBytes)
    {
        if (!_hasEmptied) return;
        _hasEmptied = false;
        for (int at = Blocks.Count - 2; at >= 0; at--)
        {
            Block block = Blocks[at];
            if (block.Messages > 0) continue;
            if (block.LastForeignTombstone >= FirstSequence)
            {
                _hasEmptied = true;
                continue;
            }

            // Nothing but a record says what the last sequence was.
            if (block.LastSequence == LastSequence) WriteTombstone(LastSequence, LastTime, blockBytes);
            Blocks.RemoveAt(at);
            block.IsGone = true;
            cache.Remove(block);
            target.Add(block);
        }
    }

    // ---- Looking into blocks ----

    /// <summary>The block that has a message; null where it is deleted or never was.</summary>
    public Block? Find(ulong sequence)
    {
        int at = Blocks.Find(sequence);
        return at < Blocks.Count && Blocks[at].Has(sequence) ? Blocks[at] : null;
    }

    /// <summary>The first sequence from one on that has a message; one behind the last for none.</summary>
    public ulong NextPresent(ulong from)
    {
        for (int at = Blocks.Find(from); at < Blocks.Count; at++)
        {
            Block block = Blocks[at];
            if (block.Messages == 0) continue;
            from = block.Deleted.NextAbsent(Math.Max(from, block.FirstSequence));
            if (from <= block.LastSequence) return from;
        }

        return LastSequence + 1;
    }

    /// <summary>The last sequence up to one that has a message; 0 for none.</summary>
    public ulong PreviousPresent(ulong from)
    {
        for (int at = Math.Min(Blocks.Find(from), Blocks.Count - 1); at >= 0; at--)
        {
            Block block = Blocks[at];
            if (block.Messages == 0) continue;
            ulong found = block.Deleted.PreviousAbsent(Math.Min(from, block.LastSequence));
            if (found >= block.FirstSequence) return found;
        }

        return 0;
    }

    /// <summary>The last sequence that was given away before a block.</summary>
    public ulong BeforeBlock(Block block)
    {
        for (int at = Blocks.Count - 1; at > 0; at--)
        {
            if (ReferenceEquals(Blocks[at], block)) return Blocks[at - 1].LastSequence;
        }

        return 0;
    }

    /// <summary>Records of a block that lie in memory and speak for a sequence; false where the block has to be loaded first.</summary>
    public bool TryOpen(Block block, ulong sequence, out RecordRun run)
    {
        ulong last = block.LastSequence;
        if (Active is { } active && ReferenceEquals(active.Block, block))
        {
            ulong tail = active.Start == 0 ? 0 : active.Index.Count == 0 ? ulong.MaxValue : active.Index.FirstSequence;
            if (sequence >= tail)
            {
                run = new RecordRun(block, active.Index, active.Bytes, tail, last);
                return true;
            }

            last = tail - 1;
        }
        else if (block.Unwritten is { } unwritten && unwritten.Index.Count > 0)
        {
            if (sequence >= unwritten.Index.FirstSequence)
            {
                unwritten.Hold();
                run = new RecordRun(block, unwritten, unwritten.Index.FirstSequence, last);
                return true;
            }

            last = unwritten.Index.FirstSequence - 1;
        }

        BlockContent? content = cache.TryHold(block);
        run = content is null ? default : new RecordRun(block, content, 0, Math.Min(last, block.LastSequence));
        return content is not null;
    }

    /// <summary>The log was cut: a block is the last again, with so many bytes, and its records end with a sequence.</summary>
    public void EndAt(Block block, long bytes, ulong last, ulong lastForeignTombstone)
    {
        while (Blocks[Blocks.Count - 1] is var other && !ReferenceEquals(other, block))
        {
            other.IsGone = true;
            cache.Remove(other);
            Blocks.RemoveAt(Blocks.Count - 1);
        }

        block.Cut(last, bytes);
        block.LastForeignTombstone = lastForeignTombstone;
        cache.Remove(block);
        Active!.Discard();
        OpenActive();
        EndAt(last);
    }

    /// <summary>The last sequence is one that is not there any more.</summary>
    public void EndAt(ulong last)
    {
        LastSequence = last;
        if (Messages == 0) FirstSequence = last == 0 ? 0 : last + 1;
        Marked.RemoveAbove(last);
        _ageless.RemoveAbove(last);
        Position++;
    }

    /// <summary>Bytes at the start of a block's file that a content made now has to have.</summary>
    public long LoadableBytes(Block block) =>
        Active is { } active && ReferenceEquals(active.Block, block) ? active.Start : block.WrittenBytes;

    private ActiveBlock MakeRoom(int bytes, int blockBytes)
    {
        if (Active is { } active)
        {
            if (active.Block.RawBytes == 0 || active.Block.RawBytes + bytes <= blockBytes) return active;
            Seal(active);
        }

        uint number = Blocks.Count == 0 ? 1 : Blocks[Blocks.Count - 1].Number + 1;
        var block = new Block(number) { FirstSequence = LastSequence + 1, LastSequence = LastSequence, LastTime = LastTime };
        Blocks.Add(block);
        return Active = new ActiveBlock(block, BlockFormat.HashOfBlock(name, number), buffers);
    }

    private void Seal(ActiveBlock active)
    {
        if (active.Waiting > 0) _sealedWrites.Add(active.Take());
        // What was loaded of a block that was begun earlier is not the whole of it any more.
        bool isWhole = active.Start == 0;
        if (!isWhole) active.Block.Version++;
        if (active.Seal() is { } content)
        {
            if (active.Block.WrittenBytes < active.Block.RawBytes)
            {
                content.Hold();
                active.Block.Unwritten = content;
            }

            if (isWhole) cache.Add(active.Block, content);
            else content.Release();
        }

        if (active.Block.Messages == 0) _hasEmptied = true;
    }

    private void Count(ulong sequence, long timestamp, int bytes)
    {
        if (Messages == 0) (FirstSequence, FirstTime) = (sequence, timestamp);
        (LastSequence, LastTime) = (sequence, timestamp);
        Messages++;
        Bytes += (ulong)bytes;
    }

    private void Uncount(Block block, ulong sequence, int bytes)
    {
        Bytes -= block.Remove(sequence, bytes);
        Messages--;
        Expiries.Remove(sequence);
        if (sequence == FirstSequence) MoveFirst();
        if (sequence == AgingSequence) MoveAging();
        if (block.Messages == 0 && !ReferenceEquals(block, Active?.Block)) _hasEmptied = true;
    }

    private void MoveFirst()
    {
        FirstTime = 0;
        FirstSequence = Messages == 0 ? LastSequence + 1 : NextPresent(FirstSequence);
    }

    private void MoveAging()
    {
        AgingTime = 0;
        ulong next = AgingSequence;
        do next = NextPresent(_ageless.NextAbsent(next + 1));
        while (_ageless.Contains(next));
        AgingSequence = next > LastSequence ? 0 : next;
    }
}
