using System.Text;
using DotNats.JetStream.Publishing.Batches;
using DotNats.JetStream.Publishing.Headers;
using DotNats.Storage;

namespace DotNats.JetStream.Publishing.Schedules;

/// <summary>Messages that are schedules, and messages that end one (ADR-51).</summary>
internal static class ScheduleRules
{
    /// <summary>Judges a message as a schedule, which rolls up its subject, and as one that ends a schedule.</summary>
    /// <param name="batch">The batch it is part of; null for none.</param>
    /// <param name="isSchedule">It is one.</param>
    public static PublishVerdict Check(PublishPolicy policy, IMessageLog log, RuleScratch scratch, ref Publication publication, long now, BatchStage? batch, out bool isSchedule)
    {
        isSchedule = false;
        if (!publication.IsFromStream)
        {
            ApiError? error = CheckSchedule(policy, scratch, ref publication, now, out isSchedule);
            if (error is not null) return PublishVerdict.Refuse(error);
            error = CheckEnd(policy, log, scratch, in publication, batch);
            if (error is not null) return PublishVerdict.Refuse(error);
        }

        // Schedules go only where rollups may be carried out.
        if (policy.RollsUp && publication.Read[PublishHeader.ScheduleNext].SequenceEqual(ScheduleHeaders.Purge))
            publication.FinishedSchedule = publication.Read[PublishHeader.Scheduler];
        return PublishVerdict.Store;
    }

    private static ApiError? CheckSchedule(PublishPolicy policy, RuleScratch scratch, ref Publication publication, long now, out bool isSchedule)
    {
        ref readonly PublishHeaders headers = ref publication.Read;
        ApiError? error = ScheduleHeaders.Read(headers, now, now, out ScheduleTime next);
        isSchedule = !next.IsNone;
        if (!isSchedule && error is null) return null;
        if (!policy.AllowsSchedules) return ApiErrors.MessageSchedulesDisabled;
        error ??= CheckProduced(policy, headers) ?? CheckSubjects(policy, in publication);
        if (error is not null) return error;
        if (!headers.HasValue(PublishHeader.Rollup)) scratch.Add(ref publication, HeaderNames.Rollup, "sub"u8);
        else if (!Ascii.EqualsIgnoreCase(headers[PublishHeader.Rollup], "sub"u8)) return ApiErrors.MessageSchedulesRollupInvalid;
        return null;
    }

    // What the messages it produces are to have.
    private static ApiError? CheckProduced(PublishPolicy policy, in PublishHeaders headers)
    {
        if (!MessageTtl.TryRead(headers[PublishHeader.ScheduleTtl], out _)) return ApiErrors.MessageSchedulesTTLInvalid;
        if (headers.HasValue(PublishHeader.ScheduleRollup) && !headers[PublishHeader.ScheduleRollup].SequenceEqual("sub"u8)) return ApiErrors.MessageSchedulesRollupInvalid;
        return headers.HasValue(PublishHeader.ScheduleTtl) && !policy.AllowsTtl ? ApiErrors.MessageTTLDisabled : null;
    }

    private static ApiError? CheckSubjects(PublishPolicy policy, in Publication publication)
    {
        ReadOnlySpan<byte> target = publication.Read[PublishHeader.ScheduleTarget];
        ReadOnlySpan<byte> source = publication.Read[PublishHeader.ScheduleSource];
        if (!ScheduleHeaders.IsSubject(target) || target.SequenceEqual(publication.Subject)) return ApiErrors.MessageSchedulesTargetInvalid;
        if (!source.IsEmpty && (source.SequenceEqual(target) || source.SequenceEqual(publication.Subject) || !ScheduleHeaders.IsSubject(source)))
            return ApiErrors.MessageSchedulesSourceInvalid;
        if (policy.Subjects?.Match(target) != true) return ApiErrors.MessageSchedulesTargetInvalid;
        return source.IsEmpty || policy.Subjects.Match(source) ? null : ApiErrors.MessageSchedulesSourceInvalid;
    }

    // Publishers name a schedule only to end it; only the stream itself says when one fires next.
    private static ApiError? CheckEnd(PublishPolicy policy, IMessageLog log, RuleScratch scratch, in Publication publication, BatchStage? batch)
    {
        ref readonly PublishHeaders headers = ref publication.Read;
        ReadOnlySpan<byte> scheduler = headers[PublishHeader.Scheduler];
        if (!headers.HasValue(PublishHeader.ScheduleNext)) return scheduler.IsEmpty ? null : ApiErrors.MessageSchedulesSchedulerInvalid;
        if (!headers[PublishHeader.ScheduleNext].SequenceEqual(ScheduleHeaders.Purge)) return ApiErrors.MessageSchedulesSchedulerInvalid;
        if (!ScheduleHeaders.IsSubject(scheduler) || scheduler.SequenceEqual(publication.Subject)) return ApiErrors.MessageSchedulesSchedulerInvalid;
        if (!policy.AllowsSchedules) return ApiErrors.MessageSchedulesDisabled;
        return IsNoSchedule(log, scratch.Buffer, scheduler, batch) ? ApiErrors.MessageSchedulesSchedulerInvalid : null;
    }

    // A subject without messages is let through.
    private static bool IsNoSchedule(IMessageLog log, MessageBuffer buffer, ReadOnlySpan<byte> subject, BatchStage? batch)
    {
        if (batch is not null && batch.TryFindSchedule(subject, out bool isSchedule)) return !isSchedule;
        return log.TryReadLast(subject, buffer) == ReadStatus.Found && HeaderLookup.Find(buffer.Headers, HeaderNames.Schedule).IsEmpty;
    }
}
