namespace DotNats.Storage;

/// <summary>A count that goes on in portions, so that others get the gate between them.</summary>
/// <param name="from">Messages count from here on.</param>
/// <param name="upTo">And up to here (included).</param>
internal struct SumProgress(ulong from, ulong upTo)
{
    public readonly ulong From = from;
    public readonly ulong UpTo = upTo;
    public ulong At = from;
    public ulong Messages;
    public ulong First;
    public ulong Last;
    public bool IsDone;

    public readonly SubjectState State => new(Messages, First, Last);

    public void Add(ulong messages, ulong first, ulong last)
    {
        Messages += messages;
        if (First == 0 || first < First) First = first;
        if (last > Last) Last = last;
    }

    public void Finish() => IsDone = true;
}

/// <summary>Counts messages that match, by their subjects or, where those are many, by walking over the messages.</summary>
// Owner: one MemoryLog, under its gate.
internal sealed class MemorySums(MemoryMessages messages)
{
    private const int PortionSteps = 4096;

    // About 50 ms where every visit misses the caches.
    private const int MostVisits = 1 << 20;
    private const int FewVisits = 512;

    private readonly SubjectWalk _walk = messages.Walk;

    /// <summary>Number, first and last of the messages that match; where asked, of the last of each subject only.</summary>
    public SumProgress Start(ulong from, in MessageFilter filter, bool lastPerSubject)
    {
        var progress = new SumProgress(Math.Max(from, 1), messages.Map.Last);
        if (progress.At > progress.UpTo) progress.Finish();
        else if (filter.IsAll(messages.Index) && !lastPerSubject) SumAll(ref progress);
        else if (filter.IsOneLiteral ? !TrySumSubject(ref progress, filter[0], lastPerSubject) : !TrySumSubjects(ref progress, filter, lastPerSubject))
            progress = new SumProgress(progress.From, progress.UpTo);
        return progress;
    }

    public void Continue(ref SumProgress progress, in MessageFilter filter, bool lastPerSubject)
    {
        for (int steps = PortionSteps; steps > 0; steps--)
        {
            ulong sequence = messages.Map.NextFrom(progress.At);
            if (sequence == 0 || sequence > progress.UpTo)
            {
                progress.Finish();
                return;
            }

            MemoryRecord record = messages[sequence];
            bool counts = !lastPerSubject || record.Header.NextOfSubject == 0 || record.Header.NextOfSubject > progress.UpTo;
            if (counts && filter.Match(record.Subject)) progress.Add(1, sequence, sequence);
            progress.At = sequence + 1;
        }
    }

    private void SumAll(ref SumProgress progress)
    {
        ulong count = messages.Map.CountFrom(progress.From);
        if (count > 0) progress.Add(count, messages.Map.NextFrom(progress.From), messages.Map.Last);
        progress.Finish();
    }

    private bool TrySumSubject(ref SumProgress progress, ReadOnlySpan<byte> subject, bool lastPerSubject)
    {
        int visits = MostVisits;
        if (messages.Index.TryGet(subject, out SubjectEntry entry) && entry.Last >= progress.From) AddSubject(ref progress, entry, lastPerSubject, ref visits);
        progress.Finish();
        return visits > 0;
    }

    private bool TrySumSubjects(ref SumProgress progress, in MessageFilter filter, bool lastPerSubject)
    {
        int visits = (int)Math.Clamp(messages.Map.CountFrom(progress.From), FewVisits, MostVisits);
        // No filter is one that matches all.
        for (int i = 0; i < Math.Max(1, filter.Count); i++)
        {
            _walk.Start(filter.Count == 0 ? default : filter[i], above: progress.From - 1);
            while (_walk.MoveNext())
            {
                if (visits-- <= 0) return false;
                if (filter.IsMatchedBefore(i, _walk.Subject)) continue;
                AddSubject(ref progress, _walk.Entry, lastPerSubject, ref visits);
                if (visits <= 0) return false;
            }
        }

        progress.Finish();
        return true;
    }

    private void AddSubject(ref SumProgress progress, SubjectEntry entry, bool lastPerSubject, ref int visits)
    {
        if (lastPerSubject)
        {
            progress.Add(1, entry.Last, entry.Last);
            return;
        }

        // From both ends along the subject to the place where counting starts: one of them is nearer.
        (ulong forward, ulong backward) = (entry.First, entry.Last);
        ulong skipped = 0;
        ulong counted = 1;
        while (forward < progress.From && visits-- > 0)
        {
            ulong previous = messages[backward].Header.PreviousOfSubject;
            if (previous < progress.From)
            {
                progress.Add(counted, backward, entry.Last);
                return;
            }

            (backward, counted) = (previous, counted + 1);
            (forward, skipped) = (messages[forward].Header.NextOfSubject, skipped + 1);
        }

        progress.Add(entry.Count - skipped, forward, entry.Last);
    }
}
