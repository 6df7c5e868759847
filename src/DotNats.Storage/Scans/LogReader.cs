namespace DotNats.Storage;

/// <summary>Finds messages in what lies in memory, a little at a time.</summary>
// Owner: one FileLog, under its gate. What returns false wants to be called again: after the scan's missing block was loaded, or at once.
internal sealed class LogReader(LogContents contents)
{
    // Records looked at under one hold of the gate: some ten microseconds.
    private const int RecordsAtOnce = 256;

    // Hashes compared under one hold of the gate, eight at a time.
    private const int HashesAtOnce = 16 * 1024;

    private static readonly RecordIndex NoRecords = new();

    private SubjectWalk? _walk;

    /// <summary>Reads one message.</summary>
    public bool TryRead(ref Scan scan, MessageBuffer? target, out ReadStatus status)
    {
        scan.Missing = null;
        status = ReadStatus.NotFound;
        ulong sequence = scan.At;
        if (sequence < contents.FirstSequence || sequence > contents.LastSequence) return true;
        status = ReadStatus.Deleted;
        if (contents.Blocks.Holder(sequence) is not { } block) return true;
        if (!TryOpen(block, scan.At, ref scan, out RecordRun run)) return false;
        using (run) status = Read(run, run.Index.Find(sequence), target);
        return true;
    }

    /// <summary>Reads the first message from the scan's place on that matches.</summary>
    public bool TryReadNext(ref Scan scan, in SubjectMatch match, MessageBuffer? target, out ReadStatus status)
    {
        scan.Missing = null;
        status = ReadStatus.NotFound;
        if (!Advance(ref scan.At, match)) return true;
        int blockAt = contents.Blocks.Find(scan.At);
        Block block = contents.Blocks[blockAt];
        if (!MayHave(block, match, ref scan))
        {
            scan.At = block.LastSequence + 1;
            return false;
        }

        if (scan.At == block.FirstSequence) LookAhead(blockAt + 1, match, ref scan);
        if (!TryOpen(block, scan.At, ref scan, out RecordRun run)) return false;
        using (run)
        {
            int at = run.Index.FindFrom(scan.At);
            int stop = (int)Math.Min(run.Index.Count, (long)at + (match.IsLiteral ? HashesAtOnce : RecordsAtOnce));
            SearchForward(run, ref at, stop, match);
            if (at < stop)
            {
                scan.At = run.Index.SequenceAt(at);
                status = ReadStatus.Found;
                if (target is not null) ReadOn(run, at, match, target);
                return true;
            }

            scan.At = stop < run.Index.Count ? run.Index.SequenceAt(stop) : run.Last + 1;
        }

        return false;
    }

    /// <summary>Reads the last message up to the scan's place that matches.</summary>
    public bool TryReadPrevious(ref Scan scan, in SubjectMatch match, MessageBuffer? target, out ReadStatus status)
    {
        scan.Missing = null;
        status = ReadStatus.NotFound;
        if (!Retreat(ref scan.At, match)) return true;
        Block block = contents.Blocks[contents.Blocks.Find(scan.At)];
        if (!MayHave(block, match, ref scan))
        {
            scan.At = contents.Blocks.Before(block);
            return scan.At == 0;
        }

        if (!TryOpen(block, scan.At, ref scan, out RecordRun run)) return false;
        using (run)
        {
            int at = scan.At == ulong.MaxValue ? run.Index.Count - 1 : run.Index.FindFrom(scan.At + 1) - 1;
            int stop = SearchBackward(run, ref at, match);
            if (at > stop)
            {
                scan.At = run.Index.SequenceAt(at);
                status = Read(run, at, target);
                return true;
            }

            scan.At = stop >= 0 ? run.Index.SequenceAt(stop) : run.First == 0 ? contents.Blocks.Before(block) : run.First - 1;
        }

        return scan.At == 0;
    }

    /// <summary>Records of a block that speak for a sequence; false where the block has to be loaded first.</summary>
    public bool TryOpen(Block block, ulong sequence, ref Scan scan, out RecordRun run)
    {
        scan.Missing = null;
        if (contents.TryOpen(block, sequence, out run)) return true;
        if (scan.Filters is not null && contents.Cache.TryHold(block, scan.Filters) is { } part)
        {
            run = new RecordRun(block, part, 0, block.LastSequence, isFiltered: true);
            return true;
        }

        if (ReferenceEquals(scan.Unreadable, block))
        {
            run = new RecordRun(block, NoRecords, default, 0, block.LastSequence);
            return true;
        }

        scan.Miss(block, contents.LoadableBytes(block));
        return false;
    }

    /// <summary>Whether a block has to be looked into.</summary>
    // A filter with wildcards is asked for its subjects once a scan, and only where a block is not in memory.
    public bool MayHave(Block block, in SubjectMatch match, ref Scan scan)
    {
        if (match.IsAll) return true;
        if (match.IsLiteral) return block.MayHave(match.Hash);
        if (scan.Subjects is null && (IsInMemory(block, scan.At) || HasPart(block, scan.Filters))) return true;
        scan.Subjects ??= ScanSubjects.Find(_walk ??= new SubjectWalk(contents.Subjects), match.Filter, contents.LastSequence);
        return scan.Subjects.MayBeIn(block);
    }

    // What is looked at there costs less than to ask.
    private bool IsInMemory(Block block, ulong sequence)
    {
        if (block.Content is not null) return true;
        if (contents.Active is { } active && ReferenceEquals(active.Block, block)) return sequence >= active.Tail;
        return block.Unwritten is { Index.Count: > 0 } unwritten && sequence >= unwritten.Index.FirstSequence;
    }

    private bool HasPart(Block block, SubjectFilters? filters) => filters is not null && contents.Cache.Has(new BlockPart(block, filters));

    // Who enters a block at its first message reads on behind it, most often.
    private void LookAhead(int at, in SubjectMatch match, ref Scan scan)
    {
        if (at == contents.Blocks.Count || contents.Blocks[at] is not { Content: null } next || HasPart(next, scan.Filters) || !MayHave(next, match, ref scan)) return;
        if (contents.LoadableBytes(next) is > 0 and var bytes) scan.WantAhead(next, bytes);
    }

    // To the next sequence that may have a match; false where there is none.
    private bool Advance(ref ulong at, in SubjectMatch match)
    {
        if (match.IsLiteral)
        {
            if (!contents.Subjects.TryGet(match.Literal, out SubjectEntry entry) || at > entry.Last) return false;
            at = Math.Max(at, entry.First);
        }

        at = contents.Blocks.NextPresent(Math.Max(at, contents.FirstSequence));
        return at != 0;
    }

    private bool Retreat(ref ulong at, in SubjectMatch match)
    {
        if (match.IsLiteral)
        {
            if (!contents.Subjects.TryGet(match.Literal, out SubjectEntry entry) || at < entry.First) return false;
            at = Math.Min(at, entry.Last);
        }

        at = contents.Blocks.PreviousPresent(Math.Min(at, contents.LastSequence));
        return at >= contents.FirstSequence && at > 0;
    }

    // Moves to a match, or to where the search stops for now.
    private static void SearchForward(in RecordRun run, ref int at, int stop, in SubjectMatch match)
    {
        for (; at < stop; at++)
        {
            if (match.IsLiteral)
            {
                int ahead = run.Index.Hashes[at..stop].IndexOf(match.Hash);
                at = ahead < 0 ? stop : at + ahead;
                if (at == stop) break;
            }

            if ((match.IsAll || run.IsFiltered || match.Matches(run.SubjectAt(at))) && run.Block.Has(run.Index.SequenceAt(at))) break;
        }
    }

    private static int SearchBackward(in RecordRun run, ref int at, in SubjectMatch match)
    {
        int stop = Math.Max(-1, at - (match.IsLiteral ? HashesAtOnce : RecordsAtOnce));
        for (; at > stop; at--)
        {
            if (match.IsLiteral)
            {
                int found = run.Index.Hashes[(stop + 1)..(at + 1)].LastIndexOf(match.Hash);
                at = found < 0 ? stop : stop + 1 + found;
                if (at == stop) break;
            }

            if ((match.IsAll || match.Matches(run.SubjectAt(at))) && run.Block.Has(run.Index.SequenceAt(at))) break;
        }

        return stop;
    }

    // The message found, and those behind it that match, as far as they are wanted.
    private void ReadOn(in RecordRun run, int at, in SubjectMatch match, MessageBuffer target)
    {
        target.Begin(contents.Removals);
        int stop = Math.Min(run.Index.Count, at + RecordsAtOnce);
        do
        {
            RecordView record = run.At(at++);
            target.Add(record.Sequence, record.Timestamp, record.Subject, record.Headers, record.Payload);
            if (target.WantsMore) SearchForward(run, ref at, stop, match);
        }
        while (target.WantsMore && at < stop);
    }

    private static ReadStatus Read(in RecordRun run, int at, MessageBuffer? target)
    {
        if (at < 0) return ReadStatus.Damaged;
        if (target is null) return ReadStatus.Found;
        RecordView record = run.At(at);
        target.Set(record.Sequence, record.Timestamp, record.Subject, record.Headers, record.Payload);
        return ReadStatus.Found;
    }
}
