namespace DotNats.Storage;

/// <summary>Work on many messages that is done in portions, so that others get the gate between them.</summary>
// Owner: the log's writer. What it keeps between portions stays valid: nobody else changes which messages and subjects there are.
internal abstract class MemoryRemoval
{
    // Messages removed, or looked at, before others get the gate.
    protected const int PortionSteps = 1024;

    /// <summary>Does a portion under the gate; true where there is more to do.</summary>
    public abstract bool Continue(MemoryContents contents, RemovedMessages removed);
}

/// <summary>Removes the oldest messages until the limits hold.</summary>
internal sealed class LimitRemoval(LogOptions options) : MemoryRemoval
{
    public override bool Continue(MemoryContents contents, RemovedMessages removed)
    {
        while (contents.IsOver(options))
        {
            if (removed.Count >= PortionSteps) return true;
            contents.Remove(contents.FirstSequence, erase: false, RemovalReason.Limit, removed);
        }

        return false;
    }
}

/// <summary>Removes the oldest messages of each subject that has too many.</summary>
internal sealed class SubjectLimitRemoval : MemoryRemoval
{
    private readonly SubjectWalk _walk;
    private readonly long _most;

    // Each subject keeps a message, so the walk stays valid.
    public SubjectLimitRemoval(MemoryContents contents, long most)
    {
        _most = most;
        _walk = new SubjectWalk(contents.Messages.Index);
        _walk.Start(default);
    }

    public override bool Continue(MemoryContents contents, RemovedMessages removed)
    {
        for (int steps = 0; steps < PortionSteps && removed.Count < PortionSteps; steps++)
        {
            if (!_walk.MoveNext()) return false;
            contents.Shorten(_walk.Subject, _most, removed);
        }

        return true;
    }
}

/// <summary>Removes what is too old or past its own time, so many at most.</summary>
internal sealed class ExpiryRemoval(LogOptions options, long now, int most) : MemoryRemoval
{
    private int _left = most;

    /// <summary>Nanoseconds until messages are too old; 0 for never.</summary>
    public static long AgeOf(LogOptions options) => options.MaxAge.Ticks > long.MaxValue / 100 ? long.MaxValue : Math.Max(0, options.MaxAge.Ticks * 100);

    public override bool Continue(MemoryContents contents, RemovedMessages removed)
    {
        for (; _left > 0; _left--)
        {
            if (removed.Count >= PortionSteps) return true;
            if (!RemoveAged(contents, removed) && !RemoveDue(contents, removed)) return false;
        }

        return false;
    }

    private bool RemoveAged(MemoryContents contents, RemovedMessages removed)
    {
        long age = AgeOf(options);
        ulong sequence = age > 0 ? contents.NextToAge() : 0;
        if (sequence == 0 || contents.Messages[sequence].Header.Timestamp > now - age) return false;
        contents.Remove(sequence, erase: false, RemovalReason.Age, removed);
        return true;
    }

    private bool RemoveDue(MemoryContents contents, RemovedMessages removed)
    {
        ExpiryTable deadlines = contents.Messages.Deadlines;
        if (deadlines.Count == 0 || deadlines.Earliest > now) return false;
        contents.Remove(deadlines.EarliestSequence, erase: false, RemovalReason.Ttl, removed);
        return true;
    }
}

/// <summary>Removes everything below a sequence.</summary>
internal sealed class FrontRemoval(ulong before) : MemoryRemoval
{
    public override bool Continue(MemoryContents contents, RemovedMessages removed)
    {
        while (contents.Messages.Map.First is > 0 and var first && first < before)
        {
            if (removed.Count >= PortionSteps) return true;
            contents.Remove(first, erase: false, RemovalReason.Purged, removed);
        }

        return false;
    }
}

/// <summary>Removes everything behind a sequence and ends the log there.</summary>
internal sealed class TailRemoval(ulong lastSequence) : MemoryRemoval
{
    public override bool Continue(MemoryContents contents, RemovedMessages removed)
    {
        while (contents.Messages.Map.Last is var last && last > lastSequence)
        {
            if (removed.Count >= PortionSteps) return true;
            contents.Remove(last, erase: false, RemovalReason.Removed, removed);
        }

        contents.EndAt(lastSequence);
        return false;
    }
}

/// <summary>Notes which messages below a sequence a filter matches, then removes the first of them.</summary>
internal sealed class MatchRemoval : MemoryRemoval
{
    private readonly List<ulong> _sequences = [];
    private readonly SubjectWalk _walk;
    private readonly ulong _before;
    private readonly ulong _most;
    private bool _isNoting = true;
    private int _next;

    /// <param name="filter">Empty for all.</param>
    /// <param name="most">Removes so many at most.</param>
    public MatchRemoval(MemoryContents contents, ReadOnlySpan<byte> filter, ulong before, ulong most)
    {
        (_before, _most) = (before, most);
        _walk = new SubjectWalk(contents.Messages.Index);
        _walk.Start(filter);
    }

    public override bool Continue(MemoryContents contents, RemovedMessages removed)
    {
        if (_isNoting)
        {
            Note(contents);
            return true;
        }

        for (; _next < _sequences.Count && (ulong)_next < _most; _next++)
        {
            if (removed.Count >= PortionSteps) return true;
            contents.Remove(_sequences[_next], erase: false, RemovalReason.Purged, removed);
        }

        return false;
    }

    private void Note(MemoryContents contents)
    {
        for (int enough = _sequences.Count + PortionSteps; _sequences.Count < enough;)
        {
            if (!_walk.MoveNext())
            {
                _isNoting = false;
                _sequences.Sort();
                return;
            }

            MemoryMessages messages = contents.Messages;
            for (ulong sequence = _walk.Entry.First; sequence != 0 && sequence < _before; sequence = messages[sequence].Header.NextOfSubject)
                _sequences.Add(sequence);
        }
    }
}
