using System.Text;
using DotNats.JetStream.Consumers.State;
using DotNats.Primitives;
using DotNats.Storage;

namespace DotNats.JetStream.Consumers;

/// <summary>What one consumer wants of its stream, and what the stream counts for it.</summary>
// Owner: counters that begin with the stream's name are the stream's runner's, those of the consumer its own runner's; the other side reads.
// Lifetime: from being added to the stream's ConsumerWakeups to being removed; a consumer whose filters change gets another.
internal sealed class ConsumerInterest
{
    private long _stored;
    private long _removed;
    private ulong _next;
    private ulong _floor;
    private int _pendingCount;
    private ulong _firstExhausted;
    private ulong _lastExhausted;
    private int _isWaiting;
    private int _isUnsure;
    private ulong _lastRemoved;
    private SequenceList? _skipList;
    private ulong _resume;
    private ConsumerNeeds _needs;

    public ConsumerInterest(LiveConsumer consumer, IReadOnlyList<string> filters, bool isForCopies = false)
    {
        Consumer = consumer;
        IsForCopies = isForCopies;
        // What matches everything needs no matching.
        bool isAll = filters.Count == 0 || filters.Contains(">");
        if (isAll) return;
        byte[][] subjects = [.. filters.Select(Encoding.UTF8.GetBytes)];
        Filters = new SubjectFilters(subjects);
        Entries = [.. subjects.Select(subject => new FilterEntry(subject, this))];
    }

    public LiveConsumer Consumer { get; }

    /// <summary>It is given nothing before that is safe.</summary>
    public bool IsForCopies { get; }

    /// <summary>Null for everything.</summary>
    public SubjectFilters? Filters { get; }

    /// <summary>One for each filter.</summary>
    public FilterEntry[] Entries { get; } = [];

    /// <summary>Which messages the consumer still needs; the stream's runner's.</summary>
    public ref ConsumerNeeds Needs => ref _needs;

    /// <summary>The stream's runner found something for it since it last told consumers.</summary>
    public bool IsTouched { get; set; }

    /// <summary>Matching messages that were stored since it was added; of one without filters the stream counts for all.</summary>
    public long StoredIn(ConsumerWakeups wakeups) => Filters is null ? wakeups.AllStored : Volatile.Read(ref _stored);

    /// <summary>Matching messages that went before the consumer looked at them.</summary>
    public long Removed => Volatile.Read(ref _removed);

    /// <summary>The sequence that went last of those.</summary>
    public ulong LastRemoved => Volatile.Read(ref _lastRemoved);

    /// <summary>Where the consumer looks next.</summary>
    public ulong Next => Volatile.Read(ref _next);

    /// <summary>What the consumer has delivered and not settled, as of its last turn.</summary>
    public int PendingCount => Volatile.Read(ref _pendingCount);

    /// <summary>Nobody can say how many of its messages went: they are to be counted again.</summary>
    public bool IsUnsure => Volatile.Read(ref _isUnsure) != 0;

    /// <summary>Begins at a place. Whoever makes it, before anyone else has it.</summary>
    public void Begin(in StartingPoint point)
    {
        _next = point.Sequence;
        (_skipList, _resume) = (point.SkipList, point.Resume);
    }

    /// <summary>Goes on with what the consumer still needs. The stream's runner.</summary>
    public void TakeNeeds(ConsumerInterest before) => _needs = before._needs;

    /// <summary>A consumer needs what was delivered as often as allowed, and everything behind its floor as far as is known. The stream's runner.</summary>
    public void BeginNeeds(ConsumerDebts debts)
    {
        Needs.Begin(debts.Floor);
        foreach (ulong sequence in debts.Exhausted) Needs.Keep(sequence);
    }

    /// <summary>Works out what a consumer still needs. The stream's runner.</summary>
    public void RestoreNeeds(IMessageLog log, ConsumerDebts debts)
    {
        BeginNeeds(debts);
        var buffer = new MessageBuffer();
        for (ulong at = debts.Floor + 1; at < debts.Next && log.TryReadNext(at, Filters, buffer) == ReadStatus.Found; at = buffer.Sequence + 1)
        {
            if (buffer.Sequence < debts.Next && Array.BinarySearch(debts.Pending, buffer.Sequence) < 0) Needs.Settle(buffer.Sequence);
        }
    }

    /// <summary>Begins again: the list of messages that were wanted counts no more. The consumer's runner.</summary>
    public void Restart(ulong next)
    {
        Volatile.Write(ref _skipList, null);
        MoveTo(next);
        MarkUnsure();
    }

    /// <summary>Counts what is still to be delivered, less what the counters say: it is sure then. The stream's runner.</summary>
    /// <param name="lastPerSubject">Only the last message of each subject counts.</param>
    public long Count(IMessageLog log, ConsumerWakeups wakeups, bool lastPerSubject = false)
    {
        Volatile.Write(ref _isUnsure, 0);
        ulong next = Next;
        SequenceList? skipList = Volatile.Read(ref _skipList);
        long count = skipList is null || next > _resume
            ? (long)log.CountPending(next, Filters, lastPerSubject).Messages
            : CountSkipList(log, skipList, next) + (long)log.CountPending(_resume + 1, Filters, lastPerSubject: false).Messages;
        return count - StoredIn(wakeups) + Removed;
    }

    /// <summary>Everything it wants is matched by a filter.</summary>
    public bool IsInside(ReadOnlySpan<byte> filter)
    {
        foreach (FilterEntry entry in Entries)
        {
            if (!Subjects.IsSubsetMatch(entry.Subject, filter)) return false;
        }

        return true;
    }

    /// <summary>Something it wants is matched by a filter.</summary>
    public bool Overlaps(ReadOnlySpan<byte> filter)
    {
        if (Filters is null) return true;
        foreach (FilterEntry entry in Entries)
        {
            if (Subjects.Overlaps(entry.Subject, filter)) return true;
        }

        return false;
    }

    /// <summary>The stream stored a matching message. The stream's runner.</summary>
    public void CountStored() => Volatile.Write(ref _stored, _stored + 1);

    /// <summary>A matching message is gone. The stream's runner.</summary>
    /// <returns>True where the consumer may have delivered it and wait for its acknowledgement, or remember that it gave up: then it has to be told.</returns>
    public bool CountRemoved(ulong sequence)
    {
        Needs.Forget(sequence);
        if (sequence >= Next)
        {
            // Passed over anyway.
            if (Volatile.Read(ref _skipList) is { } skipList && sequence <= _resume && !skipList.Contains(sequence)) return false;
            Volatile.Write(ref _lastRemoved, sequence);
            Volatile.Write(ref _removed, _removed + 1);
            return false;
        }

        bool mayBePending = Volatile.Read(ref _pendingCount) > 0 && sequence > Volatile.Read(ref _floor);
        return mayBePending || (sequence >= Volatile.Read(ref _firstExhausted) && sequence <= Volatile.Read(ref _lastExhausted));
    }

    /// <summary>What went was not looked at one by one. Any thread.</summary>
    public void MarkUnsure() => Volatile.Write(ref _isUnsure, 1);

    /// <summary>The consumer looked at everything before a sequence. Its runner.</summary>
    public void MoveTo(ulong next)
    {
        // Whoever removes a message from here on sees that it is too late, or is seen by whoever compares Removed next.
        Interlocked.Exchange(ref _next, next);
    }

    /// <summary>What the consumer has delivered and not settled. Its runner.</summary>
    public void Publish(ConsumerState state)
    {
        Volatile.Write(ref _floor, state.AckFloor.Stream);
        Volatile.Write(ref _pendingCount, state.UnsettledCount);
        (ulong first, ulong last) = state.ExhaustedRange;
        Volatile.Write(ref _firstExhausted, first);
        Volatile.Write(ref _lastExhausted, last);
    }

    /// <summary>The floor it published last: it is done with everything up to there.</summary>
    public ulong PublishedFloor => Volatile.Read(ref _floor);

    /// <summary>The consumer has looked at everything and wants to be woken. Its runner, which then looks whether something came meanwhile.</summary>
    public void Wait() => Interlocked.Exchange(ref _isWaiting, 1);

    /// <summary>The consumer looks by itself.</summary>
    public void DoNotWait() => Volatile.Write(ref _isWaiting, 0);

    /// <summary>Takes the wish to be woken. The stream's runner.</summary>
    public bool TakeWaiting() => Interlocked.Exchange(ref _isWaiting, 0) != 0;

    private long CountSkipList(IMessageLog log, SequenceList list, ulong next)
    {
        // Nothing went before it begins.
        if (Removed == 0 && next <= list.First) return list.Count;
        var message = new MessageBuffer();
        long count = 0;
        for (ulong at = list.NextFrom(next); at != 0; at = list.NextFrom(at + 1))
        {
            if (log.TryRead(at, message) == ReadStatus.Found) count++;
        }

        return count;
    }
}

/// <summary>One filter of a consumer, as it stands among those of the stream's other consumers.</summary>
internal sealed class FilterEntry(byte[] subject, ConsumerInterest interest) : ISubjectEntry
{
    public byte[] Subject { get; } = subject;

    public ConsumerInterest Interest { get; } = interest;
}
