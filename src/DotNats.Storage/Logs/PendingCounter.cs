namespace DotNats.Storage;

/// <summary>Counts messages from a sequence on that match, a little at a time.</summary>
/// <remarks>
/// What the index knows of a subject says mostly how many of its messages lie behind the sequence: all, or none. Of subjects with messages on both sides those on the
/// shorter side are counted, by the numbers of the subjects that blocks remember, and only where they do not, by reading.
/// </remarks>
// Owner: one FileLog, under its gate. What returns false wants to be called again: after the scan's missing block was loaded, or at once.
internal sealed class PendingCounter(LogContents contents)
{
    // Records looked at under one hold of the gate: some ten microseconds.
    private const int RecordsAtOnce = 256;
    private const int NumbersAtOnce = 8192;

    private readonly LogReader _reader = new(contents);
    private SubjectSweep? _sweep;

    // Made for the first who counts: nobody does in most logs.
    private SubjectSweep Sweep => _sweep ??= new SubjectSweep(contents.Subjects);

    /// <summary>Counts matching messages from a sequence on, and finds the first and the last of them.</summary>
    public bool TryCount(ref PendingScan count)
    {
        var match = new SubjectMatch(count.Filter);
        if (!count.IsStarted) Start(ref count);
        if (!count.IsCounted)
        {
            if (count.Split is not null && !TryCountSplit(ref count, match)) return false;
            // What cannot be read any more may have been counted; never take more than there is.
            ulong behind = count.IsBefore ? count.SplitMessages - Math.Min(count.SplitMessages, count.Counted) : count.Counted;
            count.State = new SubjectState(count.Sure + behind, 0, 0);
            count.IsCounted = true;
            count.Scan.At = count.Bounds.First;
        }

        return !count.WantsEnds || TryFindEnds(ref count, match);
    }

    private void Start(ref PendingScan count)
    {
        count.IsStarted = true;
        count.Last = contents.LastSequence;
        // Everything lies behind what is before the first.
        ulong from = count.From <= contents.FirstSequence ? 0 : count.From;
        count.Bounds = (Math.Max(from, contents.FirstSequence), contents.LastSequence);
        if (from > contents.LastSequence) return;
        if (MatchesAll(count.Filter)) count.Sure = from == 0 ? contents.Messages : contents.Blocks.CountFrom(from);
        else Sort(ref count, from);
    }

    // Cheap only where a filter is no more than the beginning of subjects: the tree knows how many there are behind it.
    private bool MatchesAll(in MessageFilter filter)
    {
        if (filter.Count == 0) return true;
        return filter.Count == 1 && filter[0][^1] == (byte)'>' && filter[0].IndexOf((byte)'*') < 0 && contents.Subjects.CountMatches(filter[0]) == contents.Subjects.Count;
    }

    private void Sort(ref PendingScan count, ulong from)
    {
        (ulong First, ulong Last) all = (ulong.MaxValue, 0);
        (ulong First, ulong Last) split = (ulong.MaxValue, 0);
        using SubjectSet? seen = count.Filter.Overlaps ? new SubjectSet(contents.Subjects.Numbers) : null;
        bool hasOthers = false;
        for (int i = 0; i < count.Filter.Count; i++)
        {
            Sweep.Start(count.Filter[i], from);
            while (Sweep.MoveNext())
            {
                ref SubjectEntry entry = ref Sweep.Entry;
                if (seen?.Add(entry.Number) == false) continue;
                bool isSplit = entry.First < from && entry.Last >= from;
                hasOthers |= !isSplit;
                if (entry.Last < from) continue;
                if (entry.First < all.First) (all.First, count.IsThere.First) = (entry.First, !entry.IsFirstStale);
                if (entry.Last > all.Last) (all.Last, count.IsThere.Last) = (entry.Last, !entry.IsLastStale);
                // Of two that are known, one lies on each side.
                bool isHalf = isSplit && entry is { Count: 2, IsFirstStale: false, IsLastStale: false };
                hasOthers |= isHalf;
                if (!isSplit || isHalf)
                {
                    count.Sure += isHalf ? 1 : entry.Count;
                    continue;
                }

                (count.Split ??= new SubjectSet(contents.Subjects.Numbers)).Add(entry.Number);
                count.SplitMessages += entry.Count;
                split = (Math.Min(split.First, entry.First), Math.Max(split.Last, entry.Last));
            }

            hasOthers |= Sweep.PassedBy;
        }

        count.IsAllSplit = !hasOthers;
        if (all.First < from) (all.First, count.IsThere.First) = (from, false);
        count.Bounds = all;
        if (count.Split is null) return;
        split = (Math.Max(split.First, contents.FirstSequence), Math.Min(split.Last, contents.LastSequence));
        count.IsBefore = from - split.First < split.Last + 1 - from;
        (count.Scan, count.UpTo) = count.IsBefore ? (new Scan(split.First), from - 1) : (new Scan(from), split.Last);
    }

    private bool TryCountSplit(ref PendingScan count, in SubjectMatch match)
    {
        count.Scan.Missing = null;
        ulong at = contents.Blocks.NextPresent(count.Scan.At);
        if (at == 0 || at > count.UpTo) return true;
        Block block = contents.Blocks[contents.Blocks.Find(at)];
        ulong end = Math.Min(count.UpTo, block.LastSequence);
        if (block.Numbers is { } numbers && at >= numbers.First && at <= numbers.Last)
        {
            end = Math.Min(end, numbers.Last);
            count.Counted += CountPresent(block, numbers, count.Split!, at, end);
            count.Scan.At = end + 1;
        }
        else if (contents.Active is { } active && ReferenceEquals(active.Block, block) && active.Speaks(at))
        {
            CountActive(ref count, active, at);
        }
        else
        {
            count.Scan.At = at;
            CountRecords(ref count, block, end, match);
        }

        return false;
    }

    private static ulong CountPresent(Block block, SubjectNumbers numbers, SubjectSet set, ulong at, ulong end)
    {
        if (block.Deleted.Count == 0) return numbers.Count(set, at, end);
        ulong sum = 0;
        while ((at = block.Deleted.NextAbsent(at)) <= end)
        {
            ulong stop = block.Deleted.TryNextRun(at, out ulong deleted, out _) ? Math.Min(end, deleted - 1) : end;
            sum += numbers.Count(set, at, stop);
            at = stop + 1;
        }

        return sum;
    }

    private static void CountActive(ref PendingScan count, ActiveBlock active, ulong at)
    {
        RecordIndex index = active.Index;
        ReadOnlySpan<uint> numbers = index.Numbers;
        int i = index.FindFrom(at);
        int stop = Math.Min(numbers.Length, i + NumbersAtOnce);
        for (; i < stop && index.SequenceAt(i) <= count.UpTo; i++)
        {
            if (count.Split!.Contains(numbers[i]) && active.Block.Has(index.SequenceAt(i))) count.Counted++;
        }

        count.Scan.At = i < numbers.Length ? index.SequenceAt(i) : active.Block.LastSequence + 1;
        if (i < stop) count.Scan.At = count.UpTo + 1;
    }

    // Where the block is to be loaded first, the scan says so.
    private void CountRecords(ref PendingScan count, Block block, ulong upTo, in SubjectMatch match)
    {
        ref Scan scan = ref count.Scan;
        if (!_reader.MayHave(block, match, ref scan))
        {
            scan.At = block.LastSequence + 1;
            return;
        }

        if (!_reader.TryOpen(block, scan.At, ref scan, out RecordRun run)) return;
        using (run)
        {
            if (TryNumber(ref count.Numbering, block, run)) return;
            // Records behind what the run speaks for are counted where they lie in memory.
            int end = run.Last >= run.Index.LastSequence ? run.Index.Count : run.Index.FindFrom(run.Last + 1);
            int at = run.Index.FindFrom(scan.At);
            int stop = Math.Min(end, at + RecordsAtOnce);
            for (; at < stop && run.Index.SequenceAt(at) <= upTo; at++)
            {
                if ((!match.IsLiteral || run.Index.Hashes[at] == match.Hash) && block.Has(run.Index.SequenceAt(at)) && Counts(count, match, run.SubjectAt(at))) count.Counted++;
            }

            scan.At = at < stop ? upTo + 1 : stop < end ? run.Index.SequenceAt(stop) : run.Last + 1;
        }
    }

    // Whoever counts in a block once will again: its subjects' numbers are looked up, where there is room for them. False where it is to be counted by its records.
    private bool TryNumber(ref BlockNumbering? numbering, Block block, in RecordRun run)
    {
        if (numbering?.IsOf(block, run.Index) == true)
        {
            if (numbering.IsDone) return false;
            numbering.Step(run);
            return true;
        }

        if (!contents.Numbers.Wants(block, run.Index)) return false;
        numbering = new BlockNumbering(contents, block, run.Index.Count);
        return true;
    }

    private bool Counts(in PendingScan count, in SubjectMatch match, ReadOnlySpan<byte> subject)
    {
        if (!match.Matches(subject)) return false;
        return count.IsAllSplit || (contents.Subjects.TryGet(subject, out SubjectEntry entry) && count.Split!.Contains(entry.Number));
    }

    private bool TryFindEnds(ref PendingScan count, in SubjectMatch match)
    {
        if (count.State.Messages == 0) return true;
        if (count.State.FirstSequence == 0)
        {
            if (!count.IsThere.First && !_reader.TryReadNext(ref count.Scan, match, null, out _)) return false;
            count.State = count.State with { FirstSequence = count.Scan.At };
            count.Scan.At = Math.Min(count.Bounds.Last, count.Last);
        }

        if (!count.IsThere.Last && !_reader.TryReadPrevious(ref count.Scan, match, null, out _)) return false;
        count.State = count.State with { LastSequence = count.Scan.At };
        return true;
    }
}
