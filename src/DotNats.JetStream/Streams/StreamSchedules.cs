using DotNats.JetStream.Publishing.Schedules;

namespace DotNats.JetStream.Streams;

/// <summary>Fires a stream's scheduled messages: each produces a message of the same stream.</summary>
// Owner: the stream's runner.
internal sealed class StreamSchedules(StreamMachine machine)
{
    // Fired before publishers get their turn.
    private const int MaxCount = 256;

    private readonly ScheduleTable _table = new();
    private readonly ScheduledMessage _message = new(machine.Log);
    private readonly List<DueSchedule> _due = [];

    /// <summary>In nanoseconds since 1970; <see cref="long.MaxValue"/> for never.</summary>
    public long NextDue => _table.Count == 0 ? long.MaxValue : _table.NextDue;

    /// <summary>Schedules that were stored before the log was opened.</summary>
    public void Rebuild(long now) => _table.Rebuild(machine.Log, now);

    public void OnStored(ulong sequence, ReadOnlySpan<byte> subject, ReadOnlySpan<byte> headers, long timestamp)
    {
        if (_table.Count > 0 || !headers.IsEmpty) _table.OnStored(sequence, subject, headers, timestamp);
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
