using System.Numerics;
using System.Text;
using DotNats.JetStream.Publishing.Counters;
using DotNats.JetStream.Publishing.Headers;
using DotNats.JetStream.Publishing.Schedules;
using DotNats.Storage;

namespace DotNats.JetStream.Publishing;

/// <summary>Whether one stream takes a message and as what: the rules of single publishes, in nats-server's order.</summary>
/// <remarks>
/// For each message: <see cref="Check"/>, then the runner's own limits (server, account), then <see cref="CheckRoom"/>, append, and
/// <see cref="OnStored(in Publication, ulong, long)"/>. Nothing is stored between.
/// </remarks>
// Previous stop: StreamRunner, one message of its batch. Next stop: IMessageLog.Append.
// Owner: the stream's runner. Lifetime: the stream's. Invariant: what it knows of ids is what OnStored and Recover told it.
internal sealed class PublishRules
{
    private readonly IMessageLog _log;
    private readonly RuleScratch _scratch = new();
    private readonly DuplicateRecovery _recovery;
    private byte[] _lastId = [];
    private int _lastIdLength;
    private bool _isRecovered;
    private bool _hasStored;

    /// <param name="log">The stream's log; read only.</param>
    /// <param name="ids">The stream's ids.</param>
    public PublishRules(PublishPolicy policy, IMessageLog log, DuplicateWindow ids)
    {
        Policy = policy;
        Ids = ids;
        _log = log;
        _recovery = new DuplicateRecovery(log, ids);
    }

    /// <summary>Replaced whole when the stream's configuration changes.</summary>
    public PublishPolicy Policy { get; set; }

    public DuplicateWindow Ids { get; }

    /// <summary>Id of the last message stored; empty where that had none.</summary>
    public ReadOnlySpan<byte> LastMessageId => _lastId.AsSpan(0, _lastIdLength);

    /// <summary>Judges a message as far as the stream's own rules go; changes the publication to what is to be stored.</summary>
    /// <param name="now">Nanoseconds since 1970.</param>
    public PublishVerdict Check(ref Publication publication, long now)
    {
        if (RoomRules.IsTooLargeForLog(Policy, in publication)) return PublishVerdict.Refuse(ApiErrors.StreamStoreFailed, RoomRules.MessageTooLarge);
        if (Policy.IsSealed) return PublishVerdict.Refuse(ApiErrors.StreamSealed);
        if (publication.Read.Has(PublishHeader.RequestInfo)) _scratch.Remove(ref publication, HeaderNames.RequestInfo);
        PublishVerdict verdict = RoomRules.CheckSize(Policy, in publication);
        if (!verdict.IsStore) return verdict;
        if (publication.Read.IsEmpty) return Policy.AllowsCounters ? PublishVerdict.Refuse(ApiErrors.MessageIncrMissing) : verdict;
        verdict = CheckHeaders(ref publication, now);
        // What was added to it counts too.
        return verdict.IsStore ? RoomRules.CheckSize(Policy, in publication) : verdict;
    }

    /// <summary>Judges what only counts for a message that is stored: its time to live, and room where new messages are the ones to go.</summary>
    public PublishVerdict CheckRoom(ref Publication publication)
    {
        if (publication.Read.HasValue(PublishHeader.Ttl) && !TtlRules.TryApply(Policy, _scratch, ref publication))
            return PublishVerdict.Refuse(ApiErrors.MessageTTLInvalid);
        return Policy.DiscardsNew ? RoomRules.CheckRoom(Policy, _log, _scratch.Buffer, in publication) : PublishVerdict.Store;
    }

    /// <summary>The message was appended.</summary>
    /// <param name="timestamp">Nanoseconds since 1970.</param>
    public void OnStored(in Publication publication, ulong sequence, long timestamp) => OnStored(publication.MessageId, sequence, timestamp);

    /// <summary>A message was appended.</summary>
    /// <param name="id">Empty for none.</param>
    /// <param name="timestamp">Nanoseconds since 1970.</param>
    public void OnStored(ReadOnlySpan<byte> id, ulong sequence, long timestamp)
    {
        SetLastId(id);
        _hasStored = true;
        if (!id.IsEmpty) Ids.Add(id, sequence, timestamp);
    }

    /// <summary>The sequence of the message that has an id.</summary>
    /// <param name="now">Nanoseconds since 1970.</param>
    public bool TryFindId(ReadOnlySpan<byte> id, long now, out ulong sequence)
    {
        if (!_isRecovered) Recover(now, int.MaxValue);
        return Ids.TryFind(id, now, out sequence);
    }

    /// <summary>
    /// After the log was opened: reads some of the messages of the last minutes for their ids; false once all are read. Where a message
    /// with an id comes before, the rest is read then.
    /// </summary>
    /// <param name="now">Nanoseconds since 1970.</param>
    /// <param name="maxCount">At most so many, so that others get a turn.</param>
    public bool Recover(long now, int maxCount)
    {
        if (_isRecovered) return false;
        _recovery.Continue(now, maxCount);
        if (!_recovery.IsDone) return true;
        _isRecovered = true;
        if (!_hasStored) SetLastId(_recovery.LastId);
        return false;
    }

    private PublishVerdict CheckHeaders(ref Publication publication, long now)
    {
        ref readonly PublishHeaders headers = ref publication.Read;
        PublishVerdict verdict = CounterRules.CheckIncrement(Policy, in publication, out BigInteger? increment);
        if (verdict.IsStore) verdict = CheckExpectations(in publication);
        if (verdict.IsStore) verdict = ScheduleRules.Check(Policy, _log, _scratch, ref publication, now, batch: null, out _);
        if (!verdict.IsStore) return verdict;
        if (!publication.IsFromStream && headers.HasValue(PublishHeader.StreamSource)) return PublishVerdict.Refuse(ApiErrors.MessageSourceHdrNotAllowed);
        verdict = CheckIds(in publication, now);
        if (verdict.IsStore) verdict = RollupRules.Check(Policy, ref publication);
        return verdict.IsStore && Policy.AllowsCounters ? Count(ref publication, increment) : verdict;
    }

    private PublishVerdict Count(ref Publication publication, BigInteger? increment)
    {
        if (increment is not { } value) return PublishVerdict.Refuse(ApiErrors.MessageIncrMissing);
        if (!CounterRules.TryLoad(_log, _scratch.Buffer, publication.Subject, out CounterTotal total)) return PublishVerdict.Refuse(ApiErrors.MessageCounterBroken);
        PublishVerdict verdict = CounterRules.Count(_scratch, ref publication, total, value);
        return verdict.IsStore && RoomRules.Exceeds(Policy.MaxPayload, in publication) ? PublishVerdict.Refuse(ApiErrors.StreamMessageExceedsMaximum) : verdict;
    }

    private PublishVerdict CheckExpectations(in Publication publication)
    {
        if (!ExpectationRules.IsStream(Policy.Name, publication.Read[PublishHeader.ExpectedStream])) return PublishVerdict.Refuse(ApiErrors.StreamNotMatch);
        if (TtlRules.IsForbidden(Policy, in publication)) return PublishVerdict.Refuse(ApiErrors.MessageTTLDisabled);
        PublishVerdict verdict = ExpectationRules.CheckSubject(_log, in publication);
        return verdict.IsStore ? ExpectationRules.CheckStreamSequence(in publication, _log.State.LastSequence) : verdict;
    }

    /// <summary>Judges what is expected of the last message's id.</summary>
    /// <param name="now">Nanoseconds since 1970.</param>
    public PublishVerdict CheckLastId(in Publication publication, long now)
    {
        if (!publication.Read.HasValue(PublishHeader.ExpectedLastMessageId)) return PublishVerdict.Store;
        if (!_isRecovered) Recover(now, int.MaxValue);
        return CheckLastId(in publication);
    }

    private PublishVerdict CheckLastId(in Publication publication)
    {
        ReadOnlySpan<byte> expected = publication.Read[PublishHeader.ExpectedLastMessageId];
        return expected.IsEmpty || expected.SequenceEqual(LastMessageId)
            ? PublishVerdict.Store
            : PublishVerdict.Refuse(ApiErrors.StreamWrongLastMsgID.With(("{id}", Encoding.UTF8.GetString(LastMessageId))));
    }

    private PublishVerdict CheckIds(in Publication publication, long now)
    {
        ReadOnlySpan<byte> id = publication.MessageId;
        ReadOnlySpan<byte> expected = publication.Read[PublishHeader.ExpectedLastMessageId];
        if (id.IsEmpty && expected.IsEmpty) return PublishVerdict.Store;
        if (!_isRecovered) Recover(now, int.MaxValue);
        if (!id.IsEmpty && !Policy.IsMirror && TryFindId(id, now, out ulong sequence)) return PublishVerdict.Duplicate(sequence);
        return CheckLastId(in publication);
    }

    private void SetLastId(ReadOnlySpan<byte> id)
    {
        if (_lastId.Length < id.Length) _lastId = new byte[id.Length];
        id.CopyTo(_lastId);
        _lastIdLength = id.Length;
    }
}
