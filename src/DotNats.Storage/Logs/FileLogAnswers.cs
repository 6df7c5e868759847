using System.Runtime.InteropServices;

namespace DotNats.Storage;

/// <summary>What is asked of a file log beside its messages: how many there are, of which subjects, and where they begin.</summary>
// Owner: one FileLog, whose gate it takes; any thread asks.
internal sealed class FileLogAnswers(FileLog log, Lock gate, LogContents contents, LogReader reader, LogCounter counter)
{
    private readonly PendingCounter _pending = new(contents);

    /// <inheritdoc cref="IMessageLog.FirstSequenceSince"/>
    public ulong FirstSequenceSince(long time)
    {
        var scan = default(Scan);
        while (true)
        {
            lock (gate)
            {
                if (counter.TryFindTime(time, ref scan, out ulong sequence)) return sequence;
            }

            log.Load(ref scan);
        }
    }

    /// <summary>Messages from a sequence on that match.</summary>
    public PendingCount CountMessages(ulong from, SubjectFilters? filters)
    {
        var count = new PendingScan(from, new MessageFilter(filters), wantsEnds: false);
        Count(ref count);
        return new PendingCount(count.State.Messages, count.Last);
    }

    /// <summary>Subjects that match and whose last message is not before a sequence.</summary>
    public PendingCount CountSubjects(ulong from, SubjectFilters? filters)
    {
        var scan = default(Scan);
        while (true)
        {
            lock (gate)
            {
                if (counter.TryCountLasts(from, new MessageFilter(filters), ref scan, out ulong count)) return new PendingCount(count, contents.LastSequence);
            }

            log.Load(ref scan);
        }
    }

    /// <inheritdoc cref="IMessageLog.GetSubject"/>
    public SubjectState GetSubject(ReadOnlySpan<byte> subject)
    {
        var scan = default(Scan);
        while (true)
        {
            lock (gate)
            {
                if (counter.TryGet(subject, ref scan, out SubjectEntry entry)) return new SubjectState(entry.Count, entry.First, entry.Last);
            }

            log.Load(ref scan);
        }
    }

    /// <inheritdoc cref="IMessageLog.GetFiltered"/>
    public SubjectState GetFiltered(ulong from, ReadOnlySpan<byte> filter)
    {
        var count = new PendingScan(from, new MessageFilter(filter), wantsEnds: true);
        Count(ref count);
        return count.State;
    }

    /// <inheritdoc cref="IMessageLog.FindFirst"/>
    public ulong FindFirst(ReadOnlySpan<byte> filter, ulong enough)
    {
        lock (gate)
        {
            if (contents.Subjects.TryFindEarly(filter, enough, out ulong first)) return first;
        }

        return GetFiltered(0, filter).FirstSequence;
    }

    /// <inheritdoc cref="IMessageLog.FindLast"/>
    public ulong FindLast(SubjectFilters filters)
    {
        var scan = default(Scan);
        while (true)
        {
            lock (gate)
            {
                if (counter.TryFindLast(new MessageFilter(filters), ref scan, out ulong sequence)) return sequence;
            }

            log.Load(ref scan);
        }
    }

    /// <inheritdoc cref="IMessageLog.CopySubjects"/>
    public void CopySubjects(ReadOnlySpan<byte> filter, ICollection<KeyValuePair<string, ulong>> target)
    {
        var walk = new SubjectWalkPortion();
        while (!walk.IsDone)
        {
            lock (gate) counter.CopySubjects(filter, ref walk, target);
        }
    }

    /// <inheritdoc cref="IMessageLog.TryCopyLastSequences"/>
    public bool TryCopyLastSequences(SubjectFilters? filters, ulong upTo, int maxCount, List<ulong> target)
    {
        if (upTo == 0) upTo = ulong.MaxValue;
        var found = new List<ulong>();
        var later = new List<byte[]>();
        var scan = default(Scan);
        while (true)
        {
            lock (gate)
            {
                if (counter.TryCopyLasts(new MessageFilter(filters), upTo, maxCount, ref scan, found, later)) break;
            }

            log.Load(ref scan);
        }

        if (maxCount > 0 && found.Count > maxCount) return false;
        // Few subjects were written since: each is looked for from there backwards.
        foreach (byte[] subject in later)
        {
            var back = new Scan(upTo);
            if (ReadPrevious(ref back, SubjectMatch.Of(subject), null) == ReadStatus.Found) found.Add(back.At);
        }

        if (maxCount > 0 && found.Count > maxCount) return false;
        SequenceOrder.Sort(found);
        target.AddRange(found);
        return true;
    }

    /// <inheritdoc cref="IMessageLog.FindLastSequences"/>
    public SequenceList FindLastSequences(SubjectFilters? filters)
    {
        lock (gate)
        {
            if (counter.TryFindLasts(new MessageFilter(filters), out SequenceList found)) return found;
        }

        var sequences = new List<ulong>();
        TryCopyLastSequences(filters, 0, 0, sequences);
        return SequenceList.Of(CollectionsMarshal.AsSpan(sequences));
    }

    /// <inheritdoc cref="IMessageLog.CopyDeleted"/>
    public void CopyDeleted(List<ulong> target)
    {
        ulong from = 0;
        for (bool isDone = false; !isDone;)
        {
            lock (gate) isDone = counter.CopyDeleted(ref from, target);
        }
    }

    /// <summary>Looks for the last message up to the scan's place that matches, and loads what that takes.</summary>
    public ReadStatus ReadPrevious(ref Scan scan, in SubjectMatch match, MessageBuffer? target)
    {
        while (true)
        {
            lock (gate)
            {
                if (reader.TryReadPrevious(ref scan, match, target, out ReadStatus status)) return status;
            }

            log.Load(ref scan);
        }
    }

    private void Count(ref PendingScan count)
    {
        try
        {
            while (true)
            {
                lock (gate)
                {
                    if (_pending.TryCount(ref count)) return;
                }

                log.Load(ref count.Scan);
            }
        }
        finally
        {
            count.Dispose();
        }
    }
}
