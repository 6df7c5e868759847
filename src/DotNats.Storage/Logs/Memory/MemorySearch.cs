using System.Text;

namespace DotNats.Storage;

/// <summary>A search that goes on in portions, so that others get the gate between them.</summary>
internal struct SearchProgress(ulong from)
{
    /// <summary>What was not looked at yet starts here.</summary>
    public ulong At = from;

    /// <summary>Sequence of the message; 0 for none.</summary>
    public ulong Found;

    public bool IsDone;

    /// <summary>The index was asked, and there were too many subjects.</summary>
    public bool IsLinear;

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
/// shows when both are tried for a bounded time.
/// </summary>
// Owner: one MemoryLog, under its gate.
internal sealed class MemorySearch(MemoryMessages messages)
{
    // Messages looked at before the index is asked, and in each portion after it could not help.
    private const int FirstSteps = 64;
    private const int PortionSteps = 4096;

    // Subjects visited at most under one gate; about 5 ms where every one misses the caches.
    private const int MostVisits = 65536;
    private const int FewVisits = 512;

    private readonly SubjectWalk _walk = new(messages.Index);

    /// <summary>Looks for the first match from <see cref="SearchProgress.At"/> on.</summary>
    public void Next(ref SearchProgress progress, in MessageFilter filter)
    {
        if (filter.IsAll(messages.Index)) progress.Finish(messages.Map.NextFrom(progress.At));
        else if (filter.IsOneLiteral) NextOfSubject(ref progress, filter[0]);
        else if (progress.IsLinear) ScanForward(ref progress, filter, PortionSteps);
        else NextOfWildcards(ref progress, filter);
    }

    /// <summary>Looks for the last match up to <see cref="SearchProgress.At"/>.</summary>
    public void Previous(ref SearchProgress progress, in MessageFilter filter)
    {
        if (filter.IsAll(messages.Index)) progress.Finish(messages.Map.PreviousFrom(progress.At));
        else if (filter.IsOneLiteral) PreviousOfSubject(ref progress, filter[0]);
        else if (progress.IsLinear) ScanBackward(ref progress, filter, PortionSteps);
        else PreviousOfWildcards(ref progress, filter);
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
        ulong backward = entry.Last;
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

            backward = previous;
        }
    }

    private void PreviousOfSubject(ref SearchProgress progress, ReadOnlySpan<byte> subject)
    {
        if (!messages.Index.TryGet(subject, out SubjectEntry entry) || entry.First > progress.At)
        {
            progress.Finish(0);
            return;
        }

        ulong along = entry.Last;
        for (int steps = PortionSteps; steps > 0; steps--)
        {
            if (along <= progress.At)
            {
                progress.Finish(along);
                return;
            }

            along = messages[along].Header.PreviousOfSubject;
            ulong backward = messages.Map.PreviousFrom(progress.At);
            if (messages[backward].Subject.SequenceEqual(subject))
            {
                progress.Finish(backward);
                return;
            }

            progress.At = backward - 1;
        }
    }

    private void NextOfWildcards(ref SearchProgress progress, in MessageFilter filter)
    {
        if (ScanForward(ref progress, filter, FirstSteps)) return;
        progress.IsLinear = true;
        int visits = VisitsWorth(messages.Map.Last - progress.At);
        ulong best = 0;
        for (int i = 0; i < filter.Count; i++)
        {
            _walk.Start(filter[i], above: progress.At - 1);
            while (_walk.MoveNext())
            {
                SubjectEntry entry = _walk.Entry;
                ulong candidate = entry.First >= progress.At ? entry.First : entry.Last;
                while (entry.First < progress.At && messages[candidate].Header.PreviousOfSubject is var previous && previous >= progress.At && visits > 0)
                {
                    candidate = previous;
                    visits--;
                }

                if (visits-- <= 0) return;
                if (best == 0 || candidate < best) best = candidate;
            }
        }

        progress.Finish(best);
    }

    private void PreviousOfWildcards(ref SearchProgress progress, in MessageFilter filter)
    {
        if (ScanBackward(ref progress, filter, FirstSteps)) return;
        progress.IsLinear = true;
        ulong last = Last(filter);
        if (last <= progress.At)
        {
            progress.Finish(last);
            return;
        }

        int visits = VisitsWorth(progress.At - messages.Map.First);
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

    private bool ScanForward(ref SearchProgress progress, in MessageFilter filter, int steps)
    {
        for (; steps > 0; steps--)
        {
            ulong sequence = messages.Map.NextFrom(progress.At);
            if (sequence == 0 || filter.Match(messages[sequence].Subject)) progress.Finish(sequence);
            if (progress.IsDone) return true;
            progress.At = sequence + 1;
        }

        return false;
    }

    private bool ScanBackward(ref SearchProgress progress, in MessageFilter filter, int steps)
    {
        for (; steps > 0; steps--)
        {
            ulong sequence = messages.Map.PreviousFrom(progress.At);
            if (sequence == 0 || filter.Match(messages[sequence].Subject)) progress.Finish(sequence);
            if (progress.IsDone) return true;
            progress.At = sequence - 1;
        }

        return false;
    }

    private static int VisitsWorth(ulong messagesLeft) => (int)Math.Clamp(messagesLeft / 4, FewVisits, MostVisits);
}
