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

    // Subjects whose words are looked at to see whether it is worth it to look at all: up to 64 of each, which takes 20 µs.
    private const int SampledWords = 64;

    // A subject is looked at in 5 to 20 ns, a message's number in less than one.
    private const ulong MessagesPerSubject = 8;

    private readonly LogReader _reader = new(contents);

    /// <summary>Counts matching messages from a sequence on, and finds the first and the last of them.</summary>
    public bool TryCount(ref PendingScan count)
    {
        var match = new SubjectMatch(count.Filter);
        if (count.Split is not null && count.Order != contents.Subjects.Numbering) count.Restart();
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
        (count.IsStarted, count.Order) = (true, contents.Subjects.Numbering);
        count.Last = contents.LastSequence;
        // Everything lies behind what is before the first.
        ulong from = count.From <= contents.FirstSequence ? 0 : count.From;
        count.Bounds = (Math.Max(from, contents.FirstSequence), contents.LastSequence);
        if (from > contents.LastSequence) return;
        if (MatchesAll(count.Filter))
        {
            CountAll(ref count, from);
            return;
        }

        SubjectSet wanted = contents.Subjects.Select(count.Filter);
        if (from > 0 && wanted.Count < contents.Subjects.Count && !count.WantsEnds && IsQuickerUnsorted(wanted, from))
        {
            (count.Split, count.IsAllSplit) = (wanted, true);
            (count.Scan, count.UpTo) = (new Scan(from), count.Last);
            return;
        }

        using (wanted)
        {
            if (wanted.Count == contents.Subjects.Count) CountAll(ref count, from);
            else if (from == 0) Sum(ref count, wanted);
            else Sort(ref count, wanted, from);
        }
    }

    // What some of the subjects are tells how many messages are looked at at the least after all subjects were: where that is hardly less than all from the sequence on,
    // those are looked at without it.
    private bool IsQuickerUnsorted(SubjectSet wanted, ulong from)
    {
        var order = new PendingOrder(from);
        ulong split = 0;
        ReadOnlySpan<ulong> words = wanted.UsedWords;
        for (int word = 0; word < words.Length; word += (words.Length / SampledWords) + 1)
        {
            if (words[word] != 0) split |= order.Add(contents.Subjects.Tree.EntriesOf(word / SubjectSet.WordsOfPage)[(word % SubjectSet.WordsOfPage << 6)..], words[word]);
        }

        if (split == 0) return false;
        ulong sorted = Math.Min(from - Math.Max(order.SplitFirst, contents.FirstSequence), order.SplitLast + 1 - from);
        return contents.LastSequence + 1 - from <= sorted + (MessagesPerSubject * (ulong)wanted.Count) && HasNumbers(from);
    }

    private bool HasNumbers(ulong from)
    {
        for (int i = contents.Blocks.Find(from); i < contents.Blocks.Count; i++)
        {
            if (contents.Blocks[i].Numbers is null && !ReferenceEquals(contents.Blocks[i], contents.Active?.Block)) return false;
        }

        return true;
    }

    // Where a filter is no more than the beginning of subjects, the tree knows how many there are behind it.
    private bool MatchesAll(in MessageFilter filter)
    {
        if (filter.Count == 0) return true;
        for (int i = 0; i < filter.Count; i++)
        {
            if (filter[i][^1] == (byte)'>' && filter[i].IndexOf((byte)'*') < 0 && contents.Subjects.CountMatches(filter[i]) == contents.Subjects.Count) return true;
        }

        return false;
    }

    private void CountAll(ref PendingScan count, ulong from) => count.Sure = from == 0 ? contents.Messages : contents.Blocks.CountFrom(from);

    private void Sum(ref PendingScan count, SubjectSet wanted)
    {
        // A bucket without history: no subject has to be looked at.
        if (!count.WantsEnds && !contents.IsGuessed && contents.Messages == (ulong)contents.Subjects.Count)
        {
            count.Sure = (ulong)wanted.Count;
            return;
        }

        var sum = new SubjectSum(contents.Subjects, wanted);
        count.Sure = sum.Messages;
        count.Bounds = (sum.First, sum.Last);
        count.IsThere = (!sum.IsFirstStale, !sum.IsLastStale);
    }

    private void Sort(ref PendingScan count, SubjectSet wanted, ulong from)
    {
        var order = new PendingOrder(from);
        var split = new SubjectSet(contents.Subjects.Numbers);
        var walk = new EntryWalk(contents.Subjects.Tree, wanted);
        while (walk.MoveNext()) split.AddWord(walk.Word, order.Add(walk.Entries, walk.Subjects));

        count.Sure = order.Sure;
        count.IsAllSplit = split.Count == wanted.Count;
        count.Bounds = (Math.Max(order.First, from), order.Last);
        count.IsThere = (order.First >= from && !order.IsFirstStale, !order.IsLastStale);
        if (split.Count == 0)
        {
            split.Dispose();
            return;
        }

        (count.Split, count.SplitMessages) = (split, order.SplitMessages);
        ulong first = Math.Max(order.SplitFirst, contents.FirstSequence);
        ulong last = Math.Min(order.SplitLast, contents.LastSequence);
        count.IsBefore = from - first < last + 1 - from;
        (count.Scan, count.UpTo) = count.IsBefore ? (new Scan(first), from - 1) : (new Scan(from), last);
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
        return count.IsAllSplit || (contents.Subjects.TryGetNumber(subject, out uint number) && count.Split!.Contains(number));
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
