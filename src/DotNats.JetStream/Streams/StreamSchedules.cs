using DotNats.JetStream.Publishing.Schedules;

namespace DotNats.JetStream.Streams;

/// <summary>Fires a stream's scheduled messages: each produces a message of the same stream.</summary>
// Owner: the stream's runner.
internal sealed class StreamSchedules(StreamMachine machine)
{
    // Fired before publishers get their turn.
    private const int MaxCount = 256;

    // Compat: what is overdue when it is stored, or when a stream is opened, waits so long, and what is due meanwhile fires with it.
    private static readonly long Shortest = TimeSpan.FromMilliseconds(250).Ticks * TimeSpan.NanosecondsPerTick;

    private readonly ScheduleTable _table = new();
    private readonly ScheduledMessage _message = new(machine.Log);
    private readonly List<DueSchedule> _due = [];
    private long _notBefore;

    /// <summary>In nanoseconds since 1970; <see cref="long.MaxValue"/> for never.</summary>
    public long NextDue => _table.Count == 0 ? long.MaxValue : Math.Max(_table.NextDue, _notBefore);

    /// <summary>Schedules that were stored before the log was opened.</summary>
    public void Rebuild(long now)
    {
        _table.Rebuild(machine.Log, now);
        _notBefore = now + Shortest;
    }

    public void OnStored(ulong sequence, ReadOnlySpan<byte> subject, ReadOnlySpan<byte> headers, long timestamp)
    {
        if (_table.Count == 0 && headers.IsEmpty) return;
        long planned = NextDue;
        _table.OnStored(sequence, subject, headers, timestamp);
        if (_table.Count > 0 && _table.NextDue < planned) _notBefore = Math.Min(planned, timestamp + Shortest);
    }

    public void OnRemoved(ulong sequence, ReadOnlySpan<byte> subject) => _table.OnRemoved(sequence, subject);

    /// <summary>Fires what is due.</summary>
    public void Fire(long now)
    {
        if (NextDue > now) return;
        _due.Clear();
        _table.TakeDue(now, MaxCount, _due);
        foreach (DueSchedule due in _due)
        {
            if (_message.TryMake(due, now)) machine.StoreOwn(machine.SubjectOf(_message.Subject), _message.Headers, _message.Payload, now);
            else _table.Forget(due);
        }
    }
}
