namespace DotNats.Storage;

/// <summary>Counts messages and subjects with the help of the subject index, a little at a time.</summary>
// Owner: one FileLog, under its gate. What returns false wants to be called again: after the scan's missing block was loaded, or at once.
internal sealed class LogCounter(LogContents contents)
{
    // Looked at under one hold of the gate: less than a millisecond.
    private const int SubjectsAtOnce = 4096;
    private const int SequencesAtOnce = 16 * 1024;

    private readonly LogReader _reader = new(contents);
    private readonly SubjectWalk _walk = new(contents.Subjects);

    /// <summary>What a subject has, with its first and last looked up where that is to be done.</summary>
    public bool TryGet(ReadOnlySpan<byte> subject, ref Scan scan, out SubjectEntry entry)
    {
        scan.Missing = null;
        while (contents.Subjects.TryGet(subject, out entry))
        {
            if (entry.IsFirstStale)
            {
                scan.At = entry.First;
                if (!_reader.TryReadNext(ref scan, SubjectMatch.Of(subject), null, out ReadStatus status)) return Keep(subject, scan.At, isFirst: true);
                contents.IsGuessed |= scan.Unreadable is not null;
                contents.Subjects.SetFirst(subject, status == ReadStatus.NotFound ? entry.Last : scan.At);
            }
            else if (entry.IsLastStale)
            {
                scan.At = entry.Last;
                if (!_reader.TryReadPrevious(ref scan, SubjectMatch.Of(subject), null, out ReadStatus status)) return Keep(subject, scan.At, isFirst: false);
                contents.IsGuessed |= scan.Unreadable is not null;
                contents.Subjects.SetLast(subject, status == ReadStatus.NotFound ? entry.First : scan.At);
            }
            else
            {
                return true;
            }
        }

        return true;
    }

    /// <summary>The last sequence among the subjects that match; 0 for none.</summary>
    public bool TryFindLast(in MessageFilter filter, ref Scan scan, out ulong sequence)
    {
        scan.Missing = null;
        if (TryFindLast(filter, out sequence)) return true;
        sequence = 0;
        for (int i = 0; i < filter.Count; i++)
        {
            while (_walk.FindLast(filter[i]))
            {
                if (!_walk.Entry.IsLastStale)
                {
                    sequence = Math.Max(sequence, _walk.Entry.Last);
                    break;
                }

                if (!TryGet(_walk.Subject, ref scan, out _)) return false;
            }
        }

        return true;
    }

    /// <summary>Adds subjects with the number of their messages, a portion of them.</summary>
    public void CopySubjects(ReadOnlySpan<byte> filter, ref SubjectWalkPortion portion, ICollection<KeyValuePair<string, ulong>> target)
    {
        if (portion.IsStarted) _walk.Resume(filter, portion.After);
        else _walk.Start(filter);
        for (int left = SubjectsAtOnce; left > 0; left--)
        {
            if (!_walk.MoveNext())
            {
                portion.IsDone = true;
                return;
            }

            target.Add(new KeyValuePair<string, ulong>(System.Text.Encoding.UTF8.GetString(_walk.Subject), _walk.Entry.Count));
        }

        portion.Stop(_walk.Subject);
    }

    /// <summary>Adds the subjects that have more than so many messages.</summary>
    public void CopySubjectsOver(ulong most, List<byte[]> target)
    {
        _walk.Start(default);
        while (_walk.MoveNext())
        {
            if (_walk.Entry.Count > most) target.Add(_walk.Subject.ToArray());
        }
    }

    /// <summary>Number of matching subjects whose last message is not before a sequence.</summary>
    public bool TryCountLasts(ulong from, in MessageFilter filter, ref Scan scan, out ulong count)
    {
        scan.Missing = null;
        using (SubjectSet found = contents.Subjects.Select(filter))
        {
            if (new LastSequences(contents.Subjects, found).TryCount(from, out count)) return true;
        }

        count = 0;
        for (int i = 0; i < Math.Max(1, filter.Count); i++)
        {
            _walk.Start(filter.Count == 0 ? default : filter[i], above: Math.Max(from, 1) - 1);
            while (_walk.MoveNext())
            {
                if (filter.IsMatchedBefore(i, _walk.Subject)) continue;
                if (!TryResolve(ref scan, out SubjectEntry entry)) return false;
                if (entry.Last >= from) count++;
            }
        }

        return true;
    }

    /// <summary>Finds the last sequence of each matching subject, unordered; subjects with later messages than asked for are added to the other list.</summary>
    /// <param name="most">Ends once there are more; 0 for never.</param>
    public bool TryCopyLasts(in MessageFilter filter, ulong upTo, int most, ref Scan scan, List<ulong> target, List<byte[]> later)
    {
        scan.Missing = null;
        later.Clear();
        target.Clear();
        for (int i = 0; i < Math.Max(1, filter.Count); i++)
        {
            _walk.Start(filter.Count == 0 ? default : filter[i]);
            while (_walk.MoveNext())
            {
                if (filter.IsMatchedBefore(i, _walk.Subject)) continue;
                if (!TryResolve(ref scan, out SubjectEntry entry)) return false;
                if (entry.Last <= upTo) target.Add(entry.Last);
                else if (entry.First <= upTo) later.Add(_walk.Subject.ToArray());
                if (most > 0 && target.Count > most) return true;
            }
        }

        return true;
    }

    /// <summary>The last sequence of each matching subject; false where one has to be looked for.</summary>
    public bool TryFindLasts(in MessageFilter filter, out SequenceList sequences)
    {
        sequences = SequenceList.Empty;
        using SubjectSet found = contents.Subjects.Select(filter);
        return found.Count == 0 || new LastSequences(contents.Subjects, found).TryList(contents.FirstSequence, contents.LastSequence, out sequences);
    }

    /// <summary>The first sequence whose message is not older than a time; one behind the last for none.</summary>
    public bool TryFindTime(long time, ref Scan scan, out ulong sequence)
    {
        sequence = contents.LastSequence + 1;
        for (int at = contents.Blocks.FindTime(time); at < contents.Blocks.Count; at++)
        {
            Block block = contents.Blocks[at];
            for (ulong from = block.FirstSequence; from <= block.LastSequence && block.Messages > 0;)
            {
                if (!_reader.TryOpen(block, from, ref scan, out RecordRun run)) return false;
                using (run)
                {
                    int found = FindTime(run, time);
                    if (found < run.Index.Count)
                    {
                        ulong present = contents.Blocks.NextPresent(Math.Max(run.Index.SequenceAt(found), contents.FirstSequence));
                        if (present != 0) sequence = present;
                        return true;
                    }

                    from = run.Last + 1;
                }
            }
        }

        return true;
    }

    /// <summary>Adds the deleted sequences between first and last, a portion of them; true where those were the last.</summary>
    /// <param name="from">Where it goes on.</param>
    public bool CopyDeleted(ref ulong from, List<ulong> target)
    {
        if (contents.Messages == 0) return true;
        from = Math.Max(from, contents.FirstSequence);
        for (int left = SequencesAtOnce; left > 0; left--)
        {
            if (from > contents.LastSequence) return true;
            ulong present = contents.Blocks.NextPresent(from);
            ulong end = present == 0 ? contents.LastSequence + 1 : present;
            for (; from < end && left > 0; from++, left--) target.Add(from);
            if (from == present) from++;
        }

        return false;
    }

    /// <summary>Adds the sequences of marked messages.</summary>
    public void CopyMarked(List<ulong> target)
    {
        contents.Facts.Marked.RemoveBelow(contents.FirstSequence);
        ulong from = 0;
        while (contents.Facts.Marked.TryNextRun(from, out ulong first, out ulong last))
        {
            for (from = first; from <= last; from++)
            {
                if (contents.Blocks.Holder(from) is not null) target.Add(from);
            }
        }
    }

    /// <summary>Takes from a block that was loaded what is to be remembered of it; returns how many of its messages are missing, the first time.</summary>
    /// <param name="loaded">Bytes that were asked for.</param>
    /// <param name="last">The last sequence that could be there.</param>
    public ulong TakeLoaded(Block block, BlockContent content, long loaded, out ulong last)
    {
        last = loaded == long.MaxValue ? block.LastSequence : content.Index.LastSequence;
        if (block.IsGone || content.Version != block.Version) return 0;
        if (content.Map is { } map) block.Map = map;
        if (block.IsDamageCounted || last < block.FirstSequence) return 0;
        ulong lost = content.CountMissing(block, last);
        block.IsDamageCounted = lost > 0;
        contents.Lost += lost;
        return lost;
    }

    // Times ascend with sequences.
    private static int FindTime(in RecordRun run, long time)
    {
        int low = 0;
        int high = run.Index.Count;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            if (run.At(middle).Timestamp < time) low = middle + 1;
            else high = middle;
        }

        return low;
    }

    // Where it takes long to find by the tree, all that match are looked at. False where a last one has to be looked for.
    private bool TryFindLast(in MessageFilter filter, out ulong sequence)
    {
        SubjectIndex subjects = contents.Subjects;
        int most = subjects.Columns is null ? int.MaxValue : subjects.FewVisits;
        sequence = 0;
        for (int i = 0; i < filter.Count; i++)
        {
            bool isFound = _walk.FindLast(filter[i], most);
            if (_walk.IsSpent) return TrySumLast(filter, out sequence);
            if (!isFound || _walk.Entry.Last <= sequence) continue;
            if (_walk.Entry.IsLastStale) return false;
            sequence = _walk.Entry.Last;
        }

        return true;
    }

    private bool TrySumLast(in MessageFilter filter, out ulong sequence)
    {
        using SubjectSet found = contents.Subjects.Select(filter);
        var sum = new SubjectSum(contents.Subjects, found);
        sequence = sum.Last;
        return !sum.IsLastStale;
    }

    // Corrects the entry the walk has arrived at; the walk goes on only where that needed no block that is not here.
    private bool TryResolve(ref Scan scan, out SubjectEntry entry)
    {
        entry = _walk.Entry;
        while (entry.IsFirstStale || entry.IsLastStale)
        {
            if (!TryGet(_walk.Subject, ref scan, out entry) && scan.Missing is not null) return false;
        }

        return true;
    }

    // The bound that was reached is one as well: the next call goes on from there.
    private bool Keep(ReadOnlySpan<byte> subject, ulong reached, bool isFirst)
    {
        contents.Subjects.Narrow(subject, reached, isFirst);
        return false;
    }
}
