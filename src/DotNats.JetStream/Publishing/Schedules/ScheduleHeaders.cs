using System.Text;
using DotNats.JetStream.Publishing.Headers;
using DotNats.Primitives;

namespace DotNats.JetStream.Publishing.Schedules;

/// <summary>What the headers of a message say about when it fires.</summary>
internal static class ScheduleHeaders
{
    /// <summary>The value by which a message ends a schedule.</summary>
    public static ReadOnlySpan<byte> Purge => "purge"u8;

    /// <summary>Reads when a message fires after a time; what is wrong where it says nothing that can be read.</summary>
    /// <param name="after">Nanoseconds since 1970: when it was stored, or fired last.</param>
    /// <param name="now">Nanoseconds since 1970.</param>
    public static ApiError? Read(in PublishHeaders headers, long after, long now, out ScheduleTime next)
    {
        next = default;
        TimeZoneInfo? zone = null;
        if (headers.Has(PublishHeader.ScheduleTimeZone))
        {
            zone = ScheduleZones.Find(Encoding.UTF8.GetString(headers[PublishHeader.ScheduleTimeZone]));
            if (zone is null) return ApiErrors.MessageSchedulesTimeZoneInvalid;
        }

        if (!headers.HasValue(PublishHeader.Schedule)) return null;
        string pattern = Encoding.UTF8.GetString(headers[PublishHeader.Schedule]);
        return SchedulePattern.TryNext(pattern, zone, after, now, out next) ? null : ApiErrors.MessageSchedulesPatternInvalid;
    }

    /// <summary>A subject that messages can be published to: valid and without wildcards.</summary>
    public static bool IsSubject(ReadOnlySpan<byte> subject) => Subjects.IsValidFilter(subject) && Subjects.IsLiteral(subject);
}
