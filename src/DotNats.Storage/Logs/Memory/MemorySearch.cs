using System.Text;

namespace DotNats.Storage;

/// <summary>A search that goes on in portions, so that others get the gate between them.</summary>
internal struct SearchProgress(ulong from)
{
    /// <summary>What was not looked at yet starts here.</summary>
    public ulong At = from;

    /// <summary>Where a walk along the subject has come to; 0 before it began.</summary>
    public ulong Along;

    /// <summary>Messages looked at.</summary>
    public long Scanned;

    /// <summary>After so many the index is asked, again where it had too many subjects.</summary>
    public long AskAfter = MemorySearch.FirstSteps;

    /// <summary>Sequence of the message; 0 for none.</summary>
    public ulong Found;

    public bool IsDone;

    public void Finish(ulong found) => (Found, IsDone) = (found, true);
}

/// <summary>A visit of subjects that goes on in portions.</summary>
internal struct SubjectWalkPortion
{
    private byte[]? _after;

    public bool IsDone;

    public readonly bool IsStarted => _after is not null;

    /// <summary>The subject visited last.</summary>
    public readonly ReadOnlySpan<byte> After => _after;

    public void Stop(ReadOnlySpan<byte> after) => _after = after.ToArray();
}

/// <summary>
/// Finds the next or previous message that matches. Few subjects: by subject. Many messages that match: by walking over them. Which it is
/// shows when both are tried in turn, neither for much longer than the other.
/// </summary>
// Owner: one MemoryLog, under its gate.
internal sealed class MemorySearch(MemoryMessages messages)
{
    /// <summary>Messages looked at before the index is asked.</summary>
    public const int FirstSteps = 64;

    // Messages looked at under one gate.
    private const int PortionSteps = 4096;

    // Subjects and messages visited at most when the index is asked; about 5 ms where every one misses the caches.
    private const int MostVisits = 65536;
    private const int FewVisits = 64;

    private readonly SubjectWalk _walk = messages.Walk;

    /// <summary>Looks for the first match from <see cref="SearchProgress.At"/> on.</summary>
    public void Next(ref SearchProgress progress, in MessageFilter filter)
    {
        if (filter.IsAll(messages.Index)) progress.Finish(messages.Map.NextFrom(progress.At));
        else if (filter.IsOneLiteral) NextOfSubject(ref progress, filter[0]);
        else if (!ScanForward(ref progress, filter) && progress.Scanned >= progress.AskAfter) AskForNext(ref progress, filter);
    }

    /// <summary>Looks for the last match up to <see cref="SearchProgress.At"/>.</summary>
    public void Previous(ref SearchProgress progress, in MessageFilter filter)
    {
        if (filter.IsAll(messages.Index)) progress.Finish(messages.Map.PreviousFrom(progress.At));
        else if (filter.IsOneLiteral) PreviousOfSubject(ref progress, filter[0]);
        else if (!ScanBackward(ref progress, filter) && progress.Scanned >= progress.AskAfter) AskForPrevious(ref progress, filter);
    }

    /// <summary>The last message of a subject or of all that a wildcard matches; 0 for none.</summary>
    public ulong Last(in MessageFilter filter)
    {
        if (filter.IsAll(messages.Index)) return messages.Map.Last;
        if (filter.IsOneLiteral) return messages.Index.TryGet(filter[0], out SubjectEntry entry) ? entry.Last : 0;
        ulong last = 0;
        for (int i = 0; i < filter.Count; i++)
        {
            if (_walk.FindLast(filter[i])) last = Math.Max(last, _walk.Entry.Last);
        }

        return last;
    }

    /// <summary>Adds the last sequence up to a bound of each subject that matches, ascending; nothing and false where there are more than allowed.</summary>
    public bool TryCopyLast(in MessageFilter filter, ulong upTo, int maxCount, List<ulong> target)
    {
        int start = target.Count;
        // No filter is one that matches all.
        for (int i = 0; i < Math.Max(1, filter.Count); i++)
        {
            _walk.Start(filter.Count == 0 ? default : filter[i]);
            while (_walk.MoveNext())
            {
                if (_walk.Entry.First > upTo || filter.IsMatchedBefore(i, _walk.Subject)) continue;
                ulong last = _walk.Entry.Last;
                while (last > upTo) last = messages[last].Header.PreviousOfSubject;
                target.Add(last);
                if (maxCount <= 0 || target.Count - start <= maxCount) continue;
                target.RemoveRange(start, target.Count - start);
                return false;
            }
        }

        target.Sort(start, target.Count - start, null);
        return true;
    }

    /// <summary>Adds subjects with the number of their messages, a portion of them.</summary>
    public void CopySubjects(ReadOnlySpan<byte> filter, ref SubjectWalkPortion portion, ICollection<KeyValuePair<string, ulong>> target)
    {
        if (portion.IsStarted) _walk.Resume(filter, portion.After);
        else _walk.Start(filter);
        for (int left = PortionSteps; left > 0; left--)
        {
            if (!_walk.MoveNext())
            {
                portion.IsDone = true;
                return;
            }

            target.Add(new KeyValuePair<string, ulong>(Encoding.UTF8.GetString(_walk.Subject), _walk.Entry.Count));
        }

        portion.Stop(_walk.Subject);
    }

    private void NextOfSubject(ref SearchProgress progress, ReadOnlySpan<byte> subject)
    {
        if (!messages.Index.TryGet(subject, out SubjectEntry entry) || entry.Last < progress.At)
        {
            progress.Finish(0);
            return;
        }

        if (entry.First >= progress.At)
        {
            progress.Finish(entry.First);
            return;
        }

        // From here forward over all messages, from the last backward along the subject: one of them is near.
        ulong backward = Resume(progress.Along, subject, entry.Last);
        for (int steps = PortionSteps; steps > 0; steps--)
        {
            ulong forward = messages.Map.NextFrom(progress.At);
            if (messages[forward].Subject.SequenceEqual(subject))
            {
                progress.Finish(forward);
                return;
            }

            progress.At = forward + 1;
            ulong previous = messages[backward].Header.PreviousOfSubject;
            if (previous < progress.At)
            {
                progress.Finish(backward);
                return;
            }

            progress.Along = backward = previous;
        }
    }

    /// <summary>Where a walk along a subject was left, if that message is still there; else where it begins.</summary>
    private ulong Resume(ulong along, ReadOnlySpan<byte> subject, ulong start) =>
        along != 0 && messages.TryGet(along, out MemoryRecord record) && record.Subject.SequenceEqual(subject) ? along : start;

    private void PreviousOfSubject(ref SearchProgress progress, ReadOnlySpan<byte> subject)
    {
        if (!messages.Index.TryGet(subject, out SubjectEntry entry) || entry.First > progress.At)
        {
            progress.Finish(0);
            return;
        }

        ulong along = Resume(progress.Along, subject, entry.Last);
        for (int steps = PortionSteps; steps > 0; steps--)
        {
            if (along <= progress.At)
            {
                progress.Finish(along);
                return;
            }

            progress.Along = along = messages[along].Header.PreviousOfSubject;
            ulong backward = messages.Map.PreviousFrom(progress.At);
            if (messages[backward].Subject.SequenceEqual(subject))
            {
                progress.Finish(backward);
                return;
            }

            progress.At = backward - 1;
        }
    }

    /// <summary>Asks the index for the next match, unless that means too many visits.</summary>
    private void AskForNext(ref SearchProgress progress, in MessageFilter filter)
    {
        int visits = VisitsFor(ref progress);
        ulong best = 0;
        for (int i = 0; i < filter.Count; i++)
        {
            _walk.Start(filter[i], above: progress.At - 1);
            while (_walk.MoveNext())
            {
                SubjectEntry entry = _walk.Entry;
                ulong candidate = entry.First >= progress.At ? entry.First : FirstFrom(entry.Last, progress.At, ref visits);
                if (visits-- <= 0) return;
                if (best == 0 || candidate < best) best = candidate;
            }
        }

        progress.Finish(best);
    }

    private void AskForPrevious(ref SearchProgress progress, in MessageFilter filter)
    {
        ulong last = Last(filter);
        if (last <= progress.At)
        {
            progress.Finish(last);
            return;
        }

        int visits = VisitsFor(ref progress);
        ulong best = 0;
        for (int i = 0; i < filter.Count; i++)
        {
            _walk.Start(filter[i], above: best);
            while (_walk.MoveNext())
            {
                SubjectEntry entry = _walk.Entry;
                if (visits-- <= 0) return;
                if (entry.First > progress.At) continue;
                ulong candidate = entry.Last;
                for (; candidate > progress.At && visits > 0; visits--) candidate = messages[candidate].Header.PreviousOfSubject;
                if (candidate > progress.At) return;
                best = Math.Max(best, candidate);
            }
        }

        progress.Finish(best);
    }

    /// <summary>From the last message of a subject back to the first that is not before a sequence.</summary>
    private ulong FirstFrom(ulong last, ulong from, ref int visits)
    {
        while (messages[last].Header.PreviousOfSubject is var previous && previous >= from && visits-- > 0) last = previous;
        return last;
    }

    private bool ScanForward(ref SearchProgress progress, in MessageFilter filter)
    {
        for (int steps = StepsFor(ref progress); steps > 0; steps--)
        {
            ulong sequence = messages.Map.NextFrom(progress.At);
            if (sequence == 0 || filter.Match(messages[sequence].Subject)) progress.Finish(sequence);
            if (progress.IsDone) return true;
            progress.At = sequence + 1;
        }

        return false;
    }

    private bool ScanBackward(ref SearchProgress progress, in MessageFilter filter)
    {
        for (int steps = StepsFor(ref progress); steps > 0; steps--)
        {
            ulong sequence = messages.Map.PreviousFrom(progress.At);
            if (sequence == 0 || filter.Match(messages[sequence].Subject)) progress.Finish(sequence);
            if (progress.IsDone) return true;
            progress.At = sequence - 1;
        }

        return false;
    }

    private static int StepsFor(ref SearchProgress progress)
    {
        int steps = (int)Math.Min(PortionSteps, progress.AskAfter - progress.Scanned);
        progress.Scanned += steps;
        return steps;
    }

    /// <summary>
    /// A quarter of the messages looked at, which lie side by side while those visited lie anywhere; the index is asked again when as many more
    /// were looked at.
    /// </summary>
    private static int VisitsFor(ref SearchProgress progress)
    {
        progress.AskAfter = (2 * progress.Scanned) + FirstSteps;
        return (int)Math.Clamp(progress.Scanned / 4, FewVisits, MostVisits);
    }
}
