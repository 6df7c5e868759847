using System.Text;
using DotNats.JetStream.Publishing.Headers;
using DotNats.Protocol.Text;
using DotNats.Storage;

namespace DotNats.JetStream.Publishing.Schedules;

/// <summary>A schedule that fires.</summary>
/// <param name="Sequence">Of its message.</param>
/// <param name="Due">Nanoseconds since 1970: what it fires for, perhaps long ago.</param>
/// <param name="Key">Its place in the table.</param>
internal readonly record struct DueSchedule(ulong Sequence, long Due, string Key);

/// <summary>When each schedule of a stream fires next.</summary>
/// <remarks>
/// A schedule that fires is put off by <see cref="RetryDelay"/>. What it produces says, once it is stored, when it fires next or that it is
/// finished (<see cref="OnStored"/>, <see cref="OnRemoved"/>); where that could not be stored, it fires again.
/// </remarks>
// Owner: the stream's runner. Lifetime: the stream's; made again from marked messages when the log is opened (Rebuild).
// Invariant: one schedule for a subject; each has an entry in the queue for the time at which it is due, beside outdated ones.
internal sealed class ScheduleTable
{
    private const int SmallestQueue = 64;

    private readonly Dictionary<string, Entry> _schedules = new(StringComparer.Ordinal);
    private PriorityQueue<Queued, long> _queue = new();

    /// <summary>How soon a schedule fires again whose message could not be stored.</summary>
    public static TimeSpan RetryDelay => TimeSpan.FromSeconds(10);

    public int Count => _schedules.Count;

    /// <summary>When something fires at the earliest, in nanoseconds since 1970; <see cref="long.MaxValue"/> for never.</summary>
    public long NextDue
    {
        get
        {
            DropOutdated();
            return _queue.TryPeek(out _, out long due) ? due : long.MaxValue;
        }
    }

    /// <summary>A message was appended: it may be a schedule, end the one of its subject, or say when another one fires next.</summary>
    /// <param name="headers">As stored.</param>
    /// <param name="timestamp">Nanoseconds since 1970.</param>
    public void OnStored(ulong sequence, ReadOnlySpan<byte> subject, ReadOnlySpan<byte> headers, long timestamp)
    {
        var read = new PublishHeaders(headers);
        if (Count == 0 && !read.HasValue(PublishHeader.Schedule)) return;
        ReadOnlySpan<byte> scheduler = read[PublishHeader.Scheduler];
        if (ScheduleHeaders.Read(read, timestamp, timestamp, out ScheduleTime next) is null && !next.IsNone) Set(Key(subject), sequence, next.Due);
        else if (scheduler.IsEmpty) _schedules.Remove(Key(subject));
        if (!scheduler.IsEmpty && TryReadNext(read, out long due) && _schedules.TryGetValue(Key(scheduler), out Entry known)) Set(Key(scheduler), known.Sequence, due);
    }

    /// <summary>A message is gone.</summary>
    public void OnRemoved(ulong sequence, ReadOnlySpan<byte> subject)
    {
        if (Count == 0) return;
        string key = Key(subject);
        if (_schedules.TryGetValue(key, out Entry entry) && entry.Sequence == sequence) _schedules.Remove(key);
    }

    /// <summary>A schedule that fires no more: its log does not have it, or it says nothing that can be read.</summary>
    public void Forget(DueSchedule schedule)
    {
        if (_schedules.TryGetValue(schedule.Key, out Entry entry) && entry.Sequence == schedule.Sequence) _schedules.Remove(schedule.Key);
    }

    /// <summary>Adds what is due, in the order of sequences.</summary>
    /// <param name="now">Nanoseconds since 1970.</param>
    /// <param name="maxCount">At most so many; the others are still due.</param>
    public void TakeDue(long now, int maxCount, List<DueSchedule> target)
    {
        int first = target.Count;
        for (int taken = 0; taken < maxCount && NextDue <= now; taken++)
        {
            Queued queued = _queue.Dequeue();
            Entry entry = _schedules[queued.Key];
            target.Add(new DueSchedule(entry.Sequence, entry.Due, queued.Key));
            Set(queued.Key, entry.Sequence, now + (RetryDelay.Ticks * TimeSpan.NanosecondsPerTick));
        }

        target.Sort(first, target.Count - first, BySequence.Instance);
    }

    /// <summary>Makes the table of a log that was opened.</summary>
    /// <remarks>What a repeating schedule missed is made up for once; it goes on where the last message it produced says.</remarks>
    /// <param name="now">Nanoseconds since 1970.</param>
    public void Rebuild(IMessageLog log, long now)
    {
        Clear();
        var marked = new List<ulong>();
        log.CopyMarked(marked);
        var schedule = new MessageBuffer();
        var produced = new MessageBuffer();
        foreach (ulong sequence in marked)
        {
            if (log.TryRead(sequence, schedule) != ReadStatus.Found) continue;
            var read = new PublishHeaders(schedule.Headers);
            if (IsEnded(log, schedule, produced)) continue;
            if (ScheduleHeaders.Read(read, schedule.Timestamp, now, out ScheduleTime next) is not null || next.IsNone) continue;
            long due = next.Repeats && TryFindNext(log, schedule, read[PublishHeader.ScheduleTarget], produced, out long said) ? said : next.Due;
            Set(Key(schedule.Subject), sequence, due);
        }
    }

    public void Clear()
    {
        _schedules.Clear();
        _queue = new PriorityQueue<Queued, long>();
    }

    // By what came to its subject afterwards, unless another schedule produced that.
    private static bool IsEnded(IMessageLog log, MessageBuffer schedule, MessageBuffer last)
    {
        if (log.GetSubject(schedule.Subject).LastSequence == schedule.Sequence) return false;
        if (log.TryReadLast(schedule.Subject, last) != ReadStatus.Found) return false;
        var read = new PublishHeaders(last.Headers);
        return read.HasValue(PublishHeader.Schedule) || !read.HasValue(PublishHeader.Scheduler);
    }

    private static bool TryFindNext(IMessageLog log, MessageBuffer schedule, ReadOnlySpan<byte> target, MessageBuffer produced, out long due)
    {
        due = 0;
        if (target.IsEmpty || log.TryReadLast(target, produced) != ReadStatus.Found || produced.Sequence < schedule.Sequence) return false;
        var read = new PublishHeaders(produced.Headers);
        return read[PublishHeader.Scheduler].SequenceEqual(schedule.Subject) && TryReadNext(read, out due);
    }

    private static bool TryReadNext(in PublishHeaders headers, out long due)
    {
        due = 0;
        ReadOnlySpan<byte> text = headers[PublishHeader.ScheduleNext];
        if (text.IsEmpty || text.SequenceEqual(ScheduleHeaders.Purge) || !GoTime.TryParse(Encoding.UTF8.GetString(text), out GoTime time, out _)) return false;
        due = time.UnixNanoseconds;
        return true;
    }

    // One character for each byte: subjects are bytes of any kind.
    private static string Key(ReadOnlySpan<byte> subject) => Encoding.Latin1.GetString(subject);

    private void Set(string key, ulong sequence, long due)
    {
        _schedules[key] = new Entry(sequence, due);
        _queue.Enqueue(new Queued(key, sequence, due), due);
        if (_queue.Count > SmallestQueue && _queue.Count > 2 * _schedules.Count) Requeue();
    }

    private void DropOutdated()
    {
        while (_queue.TryPeek(out Queued queued, out _) && !IsCurrent(queued)) _queue.Dequeue();
    }

    private bool IsCurrent(Queued queued) => _schedules.TryGetValue(queued.Key, out Entry entry) && entry.Sequence == queued.Sequence && entry.Due == queued.Due;

    private void Requeue()
    {
        _queue = new PriorityQueue<Queued, long>(_schedules.Count);
        foreach ((string key, Entry entry) in _schedules) _queue.Enqueue(new Queued(key, entry.Sequence, entry.Due), entry.Due);
    }

    private readonly record struct Entry(ulong Sequence, long Due);

    private readonly record struct Queued(string Key, ulong Sequence, long Due);

    private sealed class BySequence : IComparer<DueSchedule>
    {
        public static BySequence Instance { get; } = new();

        public int Compare(DueSchedule x, DueSchedule y) => x.Sequence.CompareTo(y.Sequence);
    }
}
