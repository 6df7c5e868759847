using System.Text;
using DotNats.JetStream.Publishing.Headers;
using DotNats.Storage;

namespace DotNats.JetStream.Publishing.Schedules;

/// <summary>Makes the message that a schedule produces: its own content or that of its source, without the headers that made it a schedule.</summary>
// Owner: the stream's runner. Lifetime: the stream's. Invariant: what it shows is good until the next Make.
internal sealed class ScheduledMessage
{
    private readonly IMessageLog _log;
    private readonly MessageBuffer _schedule = new();
    private readonly MessageBuffer _source = new();
    private readonly HeaderEditor _editor = new();
    private MessageBuffer _content;

    public ScheduledMessage(IMessageLog log)
    {
        _log = log;
        _content = _schedule;
    }

    /// <summary>Where it goes, before the stream's transform.</summary>
    public ReadOnlySpan<byte> Subject => new PublishHeaders(_schedule.Headers)[PublishHeader.ScheduleTarget];

    public ReadOnlySpan<byte> Headers => _editor.Block;

    public ReadOnlySpan<byte> Payload => _content.Payload;

    /// <summary>Makes what a schedule produces; false where there is nothing to fire any more.</summary>
    /// <param name="now">Nanoseconds since 1970.</param>
    public bool TryMake(DueSchedule due, long now)
    {
        _content = _schedule;
        if (_log.TryRead(due.Sequence, _schedule) != ReadStatus.Found) return false;
        var headers = new PublishHeaders(_schedule.Headers);
        if (ScheduleHeaders.Read(headers, due.Due, now, out ScheduleTime next) is not null || next.IsNone) return false;
        if (!headers.HasValue(PublishHeader.ScheduleTarget) || !MessageTtl.TryRead(headers[PublishHeader.ScheduleTtl], out _)) return false;
        ReadOnlySpan<byte> source = headers[PublishHeader.ScheduleSource];
        if (!source.IsEmpty && _log.TryReadLast(source, _source) == ReadStatus.Found) _content = _source;
        Write(headers, next);
        return true;
    }

    private void Write(in PublishHeaders schedule, ScheduleTime next)
    {
        _editor.Load(default).Load(_content.Headers)
            .RemovePrefixed(HeaderNames.SchedulePrefix)
            .RemovePrefixed(HeaderNames.ExpectedPrefix)
            .Remove(HeaderNames.MessageId)
            .Remove(HeaderNames.Ttl)
            .Remove(HeaderNames.Rollup)
            .Add(HeaderNames.Scheduler, _schedule.Subject)
            .Add(HeaderNames.ScheduleNext, next.Repeats ? Encoding.ASCII.GetBytes(next.At.ToString()) : ScheduleHeaders.Purge);
        if (schedule.HasValue(PublishHeader.ScheduleTtl)) _editor.Add(HeaderNames.Ttl, schedule[PublishHeader.ScheduleTtl]);
        if (schedule.HasValue(PublishHeader.ScheduleRollup)) _editor.Add(HeaderNames.Rollup, schedule[PublishHeader.ScheduleRollup]);
    }
}
