namespace DotNats.Storage;

/// <summary>What a file log knows in memory: its blocks, its subjects, its counters, and what waits to be written.</summary>
// Owner: one FileLog, under its gate; nothing here touches a file. Lifetime: from recovery to the log's end.
// Invariant: Messages and Bytes are the sums over the blocks; the last block is the active one; bytes appended are in the active block or
// in the list of sealed ones that wait, in the order of their records.
internal sealed class LogContents(string name, BlockCache cache, BlockBuffers buffers, NumbersRoom room)
{
    private readonly PendingWork _pending = new();
    private readonly LogNumbers _numbers = new(room);
    private readonly List<Block> _full = [];
    private uint _lastNumber;
    private long _removals;
    private uint[] _spareNumbers = []; // Room for subjects' numbers, between two blocks.

    public BlockTable Blocks { get; } = new();

    public SubjectIndex Subjects { get; } = new();

    public BlockCache Cache => cache;

    public LogNumbers Numbers => _numbers;

    public LogFacts Facts { get; } = new();

    public LogState State => new(Messages, Bytes, FirstSequence, FirstTime, LastSequence, LastTime, Subjects.Count, Deleted, Lost);

    public PendingWork Pending => _pending;

    /// <summary>What keeps the log from taking more.</summary>
    public LogStatus Status { get; set; }

    public ActiveBlock? Active { get; private set; }

    public ulong Messages { get; private set; }

    public ulong Bytes { get; private set; }

    /// <summary>First sequence with a message; one behind the last for none, and 0 where nothing ever was.</summary>
    public ulong FirstSequence { get; private set; }

    /// <summary>Time of the first message; 0 for none, and until somebody looked for it.</summary>
    public long FirstTime { get; set; }

    /// <summary>The first message that age removes; 0 for none.</summary>
    public ulong AgingSequence { get; private set; }

    /// <summary>Time of the first message that age removes; 0 for none, and until somebody looked for it.</summary>
    public long AgingTime { get; set; }

    public ulong LastSequence { get; private set; }

    public long LastTime { get; set; }

    public ulong Lost { get; set; }

    /// <summary>Something could not be read that was to be counted: no index says so until the log is read anew.</summary>
    public bool IsGuessed { get; set; }

    /// <summary>No file has a record of a sequence before this one, not even a deleted one: tombstones before it are of no use.</summary>
    public ulong FirstStored => Blocks.Count == 0 ? LastSequence + 1 : Blocks[0].StartSequence;

    /// <summary>Sequences between first and last without a message; none where there is no message at all.</summary>
    public ulong Deleted => Messages == 0 ? 0 : LastSequence - FirstSequence + 1 - Messages;

    /// <summary>Counts changes.</summary>
    public long Position { get; private set; }

    /// <summary>Changes whenever a message goes that was there. Any thread.</summary>
    public long Removals => Volatile.Read(ref _removals);

    /// <summary>Some block has no messages left, and perhaps no use.</summary>
    public bool HasEmptied { get; private set; }

    // ---- Changes ----

    /// <summary>Stores a message behind the last; returns what its subject has now.</summary>
    public SubjectEntry Append(ulong sequence, in NewMessage message, int blockBytes)
    {
        int bytes = (int)BlockFormat.RecordBytes(message.Subject.Length, message.Headers.Length, message.Payload.Length);
        ActiveBlock active = MakeRoom(bytes, blockBytes);
        active.Append(sequence, message, bytes);
        active.Block.Add(sequence, message.Timestamp, bytes);
        Count(sequence, message.Timestamp, bytes);
        _pending.Count(bytes);
        Position++;
        SubjectEntry entry = Subjects.Add(message.Subject, sequence, out _, out uint number);
        active.Index.Number(number);
        return entry;
    }

    /// <summary>Keeps what is known of a message beside its bytes; those before it were noted.</summary>
    public void Note(ulong sequence, MessageFacts facts, long timestamp)
    {
        Facts.Note(sequence, facts);
        if (AgingSequence == 0 && facts.ExpiresAt != long.MaxValue) (AgingSequence, AgingTime) = (sequence, timestamp);
    }

    /// <summary>Nothing is known of any message beside its bytes.</summary>
    public void ForgetFacts()
    {
        Facts.Clear();
        (AgingSequence, AgingTime) = (0, 0);
    }

    /// <summary>Gives sequences away without messages.</summary>
    public void Skip(ulong last, long timestamp, int blockBytes)
    {
        ActiveBlock active = MakeRoom(BlockFormat.EmptyRecordBytes, blockBytes);
        active.AppendEmpty(last | BlockFormat.ErasedBit, timestamp);
        active.Block.Skip(last, timestamp);
        SkipTo(last, timestamp);
        _pending.Count(BlockFormat.EmptyRecordBytes);
        Position++;
    }

    /// <summary>Takes a message out; its record stays until its block is compacted.</summary>
    /// <returns>What its subject has left.</returns>
    public SubjectEntry Remove(Block block, ulong sequence, ReadOnlySpan<byte> subject, int bytes)
    {
        Uncount(block, sequence, bytes);
        Position++;
        SubjectEntry left = Subjects.Remove(subject, sequence);
        _numbers.Follow(this);
        return left;
    }

    /// <summary>Takes a message out whose record cannot be read.</summary>
    /// <param name="subject">Empty where it is not known.</param>
    public void RemoveUnreadable(Block block, ulong sequence, ReadOnlySpan<byte> subject)
    {
        Uncount(block, sequence, 0);
        if (!subject.IsEmpty) Subjects.Remove(subject, sequence);
        _numbers.Follow(this);
        IsGuessed = true;
        Position++;
    }

    /// <summary>Has the record of a message overwritten, after it is safe that it is deleted.</summary>
    public void Erase(Block block, ulong sequence) => _pending.Add(new Erasure(block, sequence));

    /// <summary>Has it remembered in the file that a message is gone.</summary>
    public void WriteTombstone(ulong sequence, long timestamp, int blockBytes)
    {
        ActiveBlock active = MakeRoom(BlockFormat.EmptyRecordBytes, blockBytes);
        active.AppendEmpty(sequence | BlockFormat.TombstoneBit, timestamp);
        _pending.Count(BlockFormat.EmptyRecordBytes);
        Block own = active.Block;
        if (Blocks[Blocks.Find(sequence)] != own) own.AddForeignTombstone(sequence);
    }

    /// <summary>Has it remembered in the file that what went without a tombstone is gone, as far as a file still has its record.</summary>
    public void RecordRemovals(int blockBytes)
    {
        SequenceSet unrecorded = Facts.Unrecorded;
        if (unrecorded.Count == 0) return;
        for (ulong at = FirstStored; unrecorded.TryNextRun(at, out ulong first, out ulong last); at = last + 1)
        {
            for (ulong sequence = Math.Max(at, first); sequence <= last; sequence++) WriteTombstone(sequence, LastTime, blockBytes);
        }

        unrecorded.Clear();
        Position++;
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
            _pending.Count(BlockFormat.EmptyRecordBytes);
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

    // ---- What recovery tells ----

    /// <summary>A block file is there.</summary>
    public void AddBlock(Block block)
    {
        Blocks.Add(block);
        _lastNumber = Math.Max(_lastNumber, block.Number);
    }

    /// <summary>No new block gets a number up to this one.</summary>
    public void ReserveNumber(uint number) => _lastNumber = Math.Max(_lastNumber, number);

    /// <summary>A number no block has or had.</summary>
    public uint TakeNumber() => ++_lastNumber;

    /// <summary>Takes the numbers an index kept; blocks, subjects and facts are there already.</summary>
    public void Restore(LogCounters counters)
    {
        (Messages, Bytes, Lost) = (counters.Messages, counters.Bytes, counters.Lost);
        (FirstSequence, FirstTime) = (counters.FirstSequence, counters.FirstTime);
        (LastSequence, LastTime) = (counters.LastSequence, counters.LastTime);
        (AgingSequence, AgingTime) = (counters.AgingSequence, counters.AgingTime);
    }

    /// <summary>Forgets everything: what was read was not true.</summary>
    public void Clear()
    {
        Blocks.Clear();
        Subjects.Clear();
        Facts.Clear();
        Active?.Discard();
        Active = null;
        Restore(default);
    }

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

    /// <summary>Hands out everything that waits to be done, in order, with leases.</summary>
    public void TakeWork(CommitPlan plan)
    {
        plan.Position = Position;
        _pending.TakeAll(Active, plan);
    }

    /// <summary>What was handed out lies in files.</summary>
    public void WorkIsDone(CommitPlan plan)
    {
        _pending.IsDone();
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
            if (ReferenceEquals(erasure.Block, Active?.Block)) Active.Erase(erasure.Sequence);
        }
    }

    /// <summary>Takes the blocks without messages, whose files nobody needs any more, out of the table.</summary>
    /// <param name="canIndex">An index that does not speak of them may be written first.</param>
    /// <returns>Such an index has to be written.</returns>
    public bool TakeEmptied(List<Block> target, int blockBytes, bool canIndex)
    {
        HasEmptied = false;
        bool needsIndex = false;
        // The oldest first: what a block's tombstones speak of may go with the blocks before it.
        for (int at = 0; at < Blocks.Count - 1;)
        {
            Block block = Blocks[at];
            if (block.Messages > 0 || Blocks.HasTombstonesInUse(at) || (block.IsIndexed && !canIndex && !block.IsPurged))
            {
                HasEmptied |= block.Messages == 0;
                at++;
                continue;
            }

            // Nothing but a record says what the last sequence was.
            if (block.LastSequence == LastSequence && Blocks.Holder(LastSequence) is null) WriteTombstone(LastSequence, LastTime, blockBytes);
            needsIndex |= block.IsIndexed;
            Blocks.RemoveAt(at);
            block.IsGone = true;
            cache.Remove(block);
            _numbers.Put(block, null);
            target.Add(block);
        }

        return needsIndex;
    }

    /// <summary>Gives back memory that holds only what was written.</summary>
    public void Park()
    {
        if (Active is not { } active || active.Block.WrittenBytes != active.Block.RawBytes) return;
        _numbers.Keep(active);
        active.Park();
    }

    /// <summary>Gives back all memory; the log is closed, and empty for whoever still reads it.</summary>
    public void Release()
    {
        Active?.Discard();
        Active = null;
        for (int i = 0; i < Blocks.Count; i++)
        {
            Blocks[i].IsGone = true;
            cache.Remove(Blocks[i]);
            _numbers.Put(Blocks[i], null);
        }

        _removals++;
        Blocks.Clear();
        Subjects.Clear();
        Facts.Clear();
        Restore(new LogCounters { FirstSequence = LastSequence + 1, LastSequence = LastSequence, LastTime = LastTime, Lost = Lost });
    }

    /// <summary>Passes on the blocks that became full.</summary>
    public void TakeFull(LogChores chores, bool compresses)
    {
        foreach (Block block in _full)
        {
            if (compresses && !block.IsGone) chores.AddFull(block);
        }

        _full.Clear();
    }

    // ---- Looking into blocks ----

    /// <summary>Records of a block that lie in memory and speak for a sequence; false where the block has to be loaded first.</summary>
    public bool TryOpen(Block block, ulong sequence, out RecordRun run)
    {
        ulong last = block.LastSequence;
        if (Active is { } active && ReferenceEquals(active.Block, block))
        {
            run = active.Run;
            if (sequence >= run.First) return true;
            last = run.First - 1;
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
            _numbers.Put(other, null);
            Blocks.RemoveAt(Blocks.Count - 1);
        }

        block.Cut(last, bytes);
        block.LastForeignTombstone = lastForeignTombstone;
        if (block.FirstForeignTombstone == 0) block.FirstForeignTombstone = Math.Min(1, lastForeignTombstone);
        cache.Remove(block);
        // Its sequences are given to other messages.
        _numbers.Put(block, null);
        Active?.Discard();
        OpenActive();
        EndAt(last);
    }

    /// <summary>The last sequence is one that is not there any more.</summary>
    public void EndAt(ulong last)
    {
        LastSequence = last;
        _removals++;
        if (Messages == 0) FirstSequence = last == 0 ? 0 : last + 1;
        Facts.RemoveAbove(last);
        Position++;
    }

    /// <summary>Bytes at the start of a block's file that a content made now has to have.</summary>
    public long LoadableBytes(Block block) =>
        Active is { } active && ReferenceEquals(active.Block, block) ? active.Start
            : block.WrittenBytes < block.RawBytes ? block.WrittenBytes
            : long.MaxValue;

    private ActiveBlock MakeRoom(int bytes, int blockBytes)
    {
        ActiveBlock? before = Active;
        if (before is not null)
        {
            if (before.IsCrowdedBy(bytes)) Park();
            if (before.Block.RawBytes == 0 || before.Block.RawBytes + bytes <= blockBytes) return before;
            Seal(before);
        }

        uint number = TakeNumber();
        var block = new Block(number) { StartSequence = LastSequence + 1, FirstSequence = LastSequence + 1, LastSequence = LastSequence, LastTime = LastTime };
        Blocks.Add(block);
        Active = new ActiveBlock(block, BlockFormat.HashOfBlock(name, number), buffers);
        if (before is { Start: 0 } && before.Length > blockBytes / 2) Active.Expect(before);
        Active.Index.GiveNumbers(_spareNumbers);
        _spareNumbers = [];
        return Active;
    }

    private void Seal(ActiveBlock active)
    {
        _full.Add(active.Block);
        if (active.Waiting > 0) _pending.Add(active.Take());
        // What was loaded of a block that was begun earlier is not the whole of it any more.
        bool isWhole = active.Start == 0;
        _numbers.Keep(active);
        // A fresh array for each block would be garbage of the large kind.
        _spareNumbers = active.Index.TakeNumbers();
        if (!isWhole) active.Block.Version++;
        if (active.Seal() is { } content)
        {
            if (active.Block.WrittenBytes < active.Block.RawBytes)
            {
                content.Hold();
                active.Block.Unwritten = content;
            }

            if (isWhole) active.Block.Map = BlockMap.Of(content.Index, content.Bytes);
            if (isWhole) cache.Add(new BlockPart(active.Block, null), content);
            else content.Release();
        }

        if (active.Block.Messages == 0) HasEmptied = true;
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
        _removals++;
        Facts.Expiries.Remove(sequence);
        if (sequence == FirstSequence) MoveFirst();
        if (sequence == AgingSequence) MoveAging();
        if (block.Messages == 0 && !ReferenceEquals(block, Active?.Block)) HasEmptied = true;
    }

    private void MoveFirst()
    {
        FirstTime = 0;
        FirstSequence = Messages == 0 ? LastSequence + 1 : Blocks.NextPresent(FirstSequence);
    }

    private void MoveAging()
    {
        AgingTime = 0;
        ulong next = AgingSequence;
        do next = Blocks.NextPresent(Facts.Ageless.NextAbsent(next + 1));
        while (next != 0 && Facts.Ageless.Contains(next));
        AgingSequence = next;
    }
}
