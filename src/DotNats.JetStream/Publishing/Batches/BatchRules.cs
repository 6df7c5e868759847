using System.Numerics;
using DotNats.JetStream.Publishing.Counters;
using DotNats.JetStream.Publishing.Headers;
using DotNats.JetStream.Publishing.Schedules;
using DotNats.Storage;

namespace DotNats.JetStream.Publishing.Batches;

/// <summary>Whether a stream takes a message of a batch: the rules of single publishes in another order, over what the batch has done already.</summary>
/// <remarks>As nats-server judges messages that are proposed before they are applied, so that all of a batch is good or nothing is stored.</remarks>
// Owner: the stream's runner. Lifetime: the stream's.
internal sealed class BatchRules
{
    private const string RollupSubjectInvalid = "batch rollup sub invalid";
    private const string RollupAllInvalid = "batch rollup all invalid";

    private readonly IMessageLog _log;
    private readonly PublishRules _rules;
    private readonly RuleScratch _scratch = new();

    /// <param name="rules">Of the same stream, for its policy and its ids.</param>
    public BatchRules(IMessageLog log, PublishRules rules)
    {
        _log = log;
        _rules = rules;
    }

    private PublishPolicy Policy => _rules.Policy;

    /// <summary>What comes before a batch is looked at, and the same for both kinds: sealed, limits of the server and account, size.</summary>
    /// <param name="resources">What the runner's own limits say; null where there is room.</param>
    public ApiError? CheckBefore(in Publication publication, ApiError? resources)
    {
        if (Policy.IsSealed) return ApiErrors.StreamSealed;
        if (resources is not null) return resources;
        return RoomRules.Exceeds(Policy.MaxMessageSize, in publication) ? ApiErrors.StreamMessageExceedsMaximum : null;
    }

    /// <summary>The message asks for a server that can do more than this one.</summary>
    public static bool IsBeyondLevel(in Publication publication, int level)
    {
        ReadOnlySpan<byte> required = publication.Read[PublishHeader.RequiredApiLevel];
        return !required.IsEmpty && (!HeaderNumbers.TryReadSigned(required, out long number) || number > level);
    }

    /// <summary>Judges the next message of a batch; changes the publication to what is to be stored.</summary>
    /// <param name="now">Nanoseconds since 1970.</param>
    public PublishVerdict Judge(BatchStage stage, ref Publication publication, long now)
    {
        if (RoomRules.IsTooLargeForLog(Policy, in publication)) return PublishVerdict.Refuse(ApiErrors.StreamStoreFailed, RoomRules.MessageTooLarge);
        PublishVerdict verdict = CheckBeforeCounting(stage, ref publication, now, out BigInteger? increment);
        CounterTotal? total = null;
        if (verdict.IsStore && Policy.AllowsCounters) verdict = Count(stage, ref publication, increment, out total);
        bool isSchedule = false;
        if (verdict.IsStore) verdict = CheckExpected(stage, in publication);
        if (verdict.IsStore) verdict = ScheduleRules.Check(Policy, _log, _scratch, ref publication, now, stage, out isSchedule);
        if (verdict.IsStore) verdict = CheckRollup(stage, ref publication);
        if (!verdict.IsStore) return verdict;
        if (publication.Read.HasValue(PublishHeader.Ttl)) TtlRules.TryApply(Policy, _scratch, ref publication);
        stage.Add(publication.Subject, RoomRules.SizeOf(Policy, in publication), isSchedule, total);
        return Policy.DiscardsNew ? CheckRoom(stage, in publication) : PublishVerdict.Store;
    }

    private PublishVerdict CheckBeforeCounting(BatchStage stage, ref Publication publication, long now, out BigInteger? increment)
    {
        increment = null;
        ref readonly PublishHeaders headers = ref publication.Read;
        if (publication.Headers.Length > RoomRules.MaxHeaders) return PublishVerdict.Refuse(ApiErrors.StreamHeaderExceedsMaximum);
        if (headers.IsEmpty) return PublishVerdict.Store;
        if (headers.Has(PublishHeader.RequestInfo)) _scratch.Remove(ref publication, HeaderNames.RequestInfo);
        PublishVerdict verdict = CounterRules.CheckIncrement(Policy, in publication, out increment);
        if (!verdict.IsStore) return verdict;
        if (!ExpectationRules.IsStream(Policy.Name, headers[PublishHeader.ExpectedStream])) return PublishVerdict.Refuse(ApiErrors.StreamNotMatch);
        verdict = CheckTtl(in publication);
        if (verdict.IsStore) verdict = CheckId(stage, in publication, now);
        if (!verdict.IsStore) return verdict;
        return !publication.IsFromStream && headers.HasValue(PublishHeader.StreamSource) ? PublishVerdict.Refuse(ApiErrors.MessageSourceHdrNotAllowed) : verdict;
    }

    private PublishVerdict CheckTtl(in Publication publication)
    {
        bool isValid = MessageTtl.TryRead(publication.Read[PublishHeader.Ttl], out MessageTtl ttl);
        if (publication.IsFromStream || (isValid && ttl.IsNone)) return PublishVerdict.Store;
        if (!Policy.AllowsTtl) return PublishVerdict.Refuse(ApiErrors.MessageTTLDisabled);
        return isValid ? PublishVerdict.Store : PublishVerdict.Refuse(ApiErrors.MessageTTLInvalid);
    }

    private PublishVerdict CheckId(BatchStage stage, in Publication publication, long now)
    {
        ReadOnlySpan<byte> id = publication.MessageId;
        if (id.IsEmpty) return PublishVerdict.Store;
        if (_rules.TryFindId(id, now, out ulong sequence)) return PublishVerdict.Duplicate(sequence);
        return stage.TryAddId(id) ? PublishVerdict.Store : PublishVerdict.Refuse(ApiErrors.AtomicPublishContainsDuplicateMessage);
    }

    private PublishVerdict Count(BatchStage stage, ref Publication publication, BigInteger? increment, out CounterTotal? total)
    {
        total = null;
        if (increment is not { } value) return PublishVerdict.Refuse(ApiErrors.MessageIncrMissing);
        total = stage.FindTotal(publication.Subject);
        if (total is null)
        {
            if (!CounterRules.TryLoad(_log, _scratch.Buffer, publication.Subject, out CounterTotal loaded)) return PublishVerdict.Refuse(ApiErrors.MessageCounterBroken);
            total = loaded;
        }

        PublishVerdict verdict = CounterRules.Count(_scratch, ref publication, total, value);
        if (!verdict.IsStore) return verdict;
        int limit = Policy.MaxMessageSize >= 0 ? Math.Min(Policy.MaxMessageSize, Policy.MaxPayload) : Policy.MaxPayload;
        return RoomRules.Exceeds(limit, in publication) ? PublishVerdict.Refuse(ApiErrors.StreamMessageExceedsMaximum) : verdict;
    }

    // Of the stream's sequence only a batch's first message can expect anything; of a subject's only the first of that subject.
    private PublishVerdict CheckExpected(BatchStage stage, in Publication publication)
    {
        PublishVerdict verdict = ExpectationRules.CheckStreamSequence(in publication, _log.State.LastSequence + stage.Messages);
        if (!verdict.IsStore) return verdict;
        if (stage.Messages > 0 && publication.Read.HasValue(PublishHeader.ExpectedLastSequence)) return PublishVerdict.Refuse(ApiErrors.StreamWrongLastSequenceConstant);
        if (!publication.Read.HasValue(PublishHeader.ExpectedLastSubjectSequence)) return ExpectationRules.CheckSubject(_log, in publication);
        ReadOnlySpan<byte> subject = ExpectationRules.SubjectOf(in publication);
        if (stage.Has(subject)) return PublishVerdict.Refuse(ApiErrors.StreamWrongLastSequenceConstant);
        ulong expected = HeaderNumbers.ReadExpected(publication.Read[PublishHeader.ExpectedLastSubjectSequence]);
        if (!stage.TryFindExpected(subject, out ulong last)) last = ExpectationRules.LastSequence(_log, subject);
        if (last != expected) return PublishVerdict.WrongLastSequence(last);
        stage.SetExpected(subject, last);
        return PublishVerdict.Store;
    }

    // What a rollup removes must not be of the same batch.
    private PublishVerdict CheckRollup(BatchStage stage, ref Publication publication)
    {
        PublishVerdict verdict = RollupRules.Check(Policy, ref publication);
        if (!verdict.IsStore) return verdict;
        if (publication.Rollup == Rollup.Subject && stage.Has(publication.Subject)) return PublishVerdict.Refuse(ApiErrors.StreamRollupFailed, RollupSubjectInvalid);
        return publication.Rollup == Rollup.All && stage.Messages > 0 ? PublishVerdict.Refuse(ApiErrors.StreamRollupFailed, RollupAllInvalid) : verdict;
    }

    // The message is staged already. Compat: unlike a single one, it finds no room in a full stream by replacing an older one.
    private PublishVerdict CheckRoom(BatchStage stage, in Publication publication)
    {
        LogState state = _log.State;
        if (Policy.MaxMessages > 0 && state.Messages + stage.Messages > (ulong)Policy.MaxMessages) return RoomRules.Full(RoomRules.TooManyMessages);
        if (Policy.MaxBytes > 0 && state.Bytes + stage.Bytes > (ulong)Policy.MaxBytes) return RoomRules.Full(RoomRules.TooManyBytes);
        if (!Policy.DiscardsNewPerSubject || Policy.MaxMessagesPerSubject <= 0 || !HeaderLookup.Find(publication.Headers, HeaderNames.Rollup).IsEmpty) return PublishVerdict.Store;
        ulong messages = _log.GetSubject(publication.Subject).Messages + stage.CountOf(publication.Subject);
        return messages > (ulong)Policy.MaxMessagesPerSubject ? RoomRules.Full(RoomRules.TooManyForSubject) : PublishVerdict.Store;
    }
}
