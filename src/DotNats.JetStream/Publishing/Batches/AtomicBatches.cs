using System.Globalization;
using System.Text;
using DotNats.JetStream.Publishing.Headers;

namespace DotNats.JetStream.Publishing.Batches;

/// <summary>Atomic batches of one stream (ADR-50): messages wait here until one commits the batch; then all are stored or none.</summary>
// Previous stop: StreamRunner, for a message with a Nats-Batch-Id. Next stop: IMessageLog.Append for all of a batch.
// Owner: the stream's runner. Lifetime: the stream's; what waits is lost with the process, and was never acknowledged.
// Invariant: a batch that is over has given back what it took from the quota.
internal sealed class AtomicBatches
{
    private const int MaxIdLength = 64;

    private readonly Dictionary<string, AtomicBatch> _batches = new(StringComparer.Ordinal);
    private readonly PublishRules _rules;
    private readonly BatchRules _judge;
    private readonly BatchQuota _quota;
    private readonly BatchStage _stage = new();
    private readonly HeaderEditor _editor = new();
    private readonly int _apiLevel;

    /// <param name="quota">The server's, for atomic batches.</param>
    /// <param name="apiLevel">The server's.</param>
    public AtomicBatches(PublishRules rules, BatchRules judge, BatchLimits limits, BatchQuota quota, int apiLevel)
    {
        _rules = rules;
        _judge = judge;
        _quota = quota;
        _apiLevel = apiLevel;
        Limits = limits;
    }

    public BatchLimits Limits { get; set; }

    /// <summary>Batches that wait for more.</summary>
    public int Count => _batches.Count;

    /// <summary>When a batch has waited long enough, in nanoseconds since 1970; <see cref="long.MaxValue"/> for none.</summary>
    public long NextTimeout
    {
        get
        {
            long next = long.MaxValue;
            foreach (AtomicBatch batch in _batches.Values) next = Math.Min(next, batch.Deadline);
            return next;
        }
    }

    /// <summary>A message belongs to a batch.</summary>
    public static bool IsMember(in Publication publication) => publication.Read.HasValue(PublishHeader.BatchId);

    /// <summary>Takes a message of a batch.</summary>
    /// <param name="resources">What the runner's own limits say; null where there is room.</param>
    /// <param name="now">Nanoseconds since 1970.</param>
    public AtomicStep Take(ref Publication publication, ApiError? resources, long now)
    {
        ApiError? error = _judge.CheckBefore(in publication, resources) ?? CheckHeaders(in publication, out ulong sequence);
        if (error is not null) return AtomicStep.Refuse(error);
        HeaderNumbers.TryRead(publication.Read[PublishHeader.BatchSequence], out sequence);
        string id = Encoding.Latin1.GetString(publication.Read[PublishHeader.BatchId]);
        BatchCommit commit = ReadCommit(in publication);
        if (!_batches.TryGetValue(id, out AtomicBatch? batch))
        {
            error = TryOpen(sequence, commit, out batch);
            if (error is not null) return AtomicStep.Refuse(error);
            _batches[id] = batch!;
        }

        AtomicStep step = Take(batch!, ref publication, sequence, commit, now);
        if (step.Outcome != AtomicOutcome.Staged) Close(id, batch!);
        return step;
    }

    /// <summary>Gives up what has waited too long.</summary>
    /// <param name="now">Nanoseconds since 1970.</param>
    /// <param name="abandoned">Gets the ids: an advisory says <see cref="AbandonReasons.Timeout"/> of each.</param>
    public void Expire(long now, List<string> abandoned)
    {
        if (_batches.Count == 0) return;
        int first = abandoned.Count;
        foreach ((string id, AtomicBatch batch) in _batches)
        {
            if (batch.Deadline <= now) abandoned.Add(id);
        }

        for (int i = first; i < abandoned.Count; i++)
        {
            Close(abandoned[i], _batches[abandoned[i]]);
            abandoned[i] = ReadableId(abandoned[i]);
        }
    }

    /// <summary>Gives up everything: the stream ends, or allows no batches any more.</summary>
    public void Clear()
    {
        foreach (AtomicBatch batch in _batches.Values) _quota.Return(batch.Bytes);
        _batches.Clear();
    }

    private ApiError? CheckHeaders(in Publication publication, out ulong sequence)
    {
        sequence = 0;
        if (!_rules.Policy.AllowsAtomicBatches) return ApiErrors.AtomicPublishDisabled;
        if (publication.Read[PublishHeader.BatchId].Length > MaxIdLength) return ApiErrors.AtomicPublishInvalidBatchID;
        return HeaderNumbers.TryRead(publication.Read[PublishHeader.BatchSequence], out sequence) ? null : ApiErrors.AtomicPublishMissingSeq;
    }

    private ApiError? TryOpen(ulong sequence, BatchCommit commit, out AtomicBatch? batch)
    {
        batch = null;
        if (sequence != 1) return IsTooLarge(sequence, commit) ? TooLarge() : ApiErrors.AtomicPublishIncompleteBatch;
        if (_batches.Count >= Limits.MaxAtomicPerStream || !_quota.TryTakeBatch()) return ApiErrors.AtomicPublishTooManyInflight;
        batch = new AtomicBatch();
        return null;
    }

    private AtomicStep Take(AtomicBatch batch, ref Publication publication, ulong sequence, BatchCommit commit, long now)
    {
        if (commit == BatchCommit.Invalid) return AtomicStep.Refuse(ApiErrors.AtomicPublishInvalidBatchCommit);
        if (publication.Read.HasValue(PublishHeader.RequiredApiLevel))
        {
            if (BatchRules.IsBeyondLevel(in publication, _apiLevel)) return AtomicStep.Refuse(ApiErrors.RequiredApiLevel, AbandonReasons.Unsupported);
            publication.Headers = _editor.Load(publication.Headers).Remove(HeaderNames.RequiredApiLevel).Block;
        }

        batch.Deadline = now + Limits.TimeoutNanoseconds;
        bool isOnlyEnd = sequence == 1 && commit == BatchCommit.EndOfBatch;
        if (sequence != (ulong)batch.Messages.Count + 1 || isOnlyEnd) return AtomicStep.Refuse(ApiErrors.AtomicPublishIncompleteBatch, AbandonReasons.Incomplete);
        if (IsTooLarge(sequence, commit)) return AtomicStep.Refuse(TooLarge(), AbandonReasons.Large);
        if (commit != BatchCommit.EndOfBatch)
        {
            var message = new StagedMessage(in publication);
            if (!_quota.TryTakeBytes(message.Length)) return AtomicStep.Refuse(ApiErrors.AtomicPublishTooManyInflight, AbandonReasons.Large);
            batch.Add(message);
        }

        return commit == BatchCommit.None ? AtomicStep.Staged : Judge(batch, commit, now);
    }

    private AtomicStep Judge(AtomicBatch batch, BatchCommit commit, long now)
    {
        _stage.Clear();
        var judged = new StagedMessage[batch.Messages.Count];
        for (int i = 0; i < judged.Length; i++)
        {
            StagedMessage message = batch.Messages[i];
            var publication = new Publication(message.Subject, message.Headers, message.Payload);
            if (publication.Read.HasValue(PublishHeader.ExpectedLastMessageId))
                return AtomicStep.Refuse(ApiErrors.AtomicPublishUnsupportedHeaderBatch.With(("{header}", "Nats-Expected-Last-Msg-Id")));
            PublishVerdict verdict = _judge.Judge(_stage, ref publication, now);
            if (!verdict.IsStore) return AtomicStep.Refuse(verdict.Error ?? ApiErrors.AtomicPublishContainsDuplicateMessage);
            // What ends with a marker that is not stored is committed by its last message.
            if (commit == BatchCommit.EndOfBatch && i == judged.Length - 1)
                publication.Headers = _editor.Load(publication.Headers).Add(HeaderNames.BatchCommit, "1"u8).Block;
            judged[i] = new StagedMessage(in publication);
        }

        return AtomicStep.Commit(judged);
    }

    private void Close(string id, AtomicBatch batch)
    {
        _batches.Remove(id);
        _quota.Return(batch.Bytes);
    }

    private bool IsTooLarge(ulong sequence, BatchCommit commit) => sequence - (commit == BatchCommit.EndOfBatch ? 1UL : 0UL) > (ulong)Limits.MaxAtomicSize;

    private ApiError TooLarge() => ApiErrors.AtomicPublishTooLargeBatch.With(("{size}", Limits.MaxAtomicSize.ToString(CultureInfo.InvariantCulture)));

    private static BatchCommit ReadCommit(in Publication publication)
    {
        if (!publication.Read.Has(PublishHeader.BatchCommit)) return BatchCommit.None;
        ReadOnlySpan<byte> value = publication.Read[PublishHeader.BatchCommit];
        if (value.SequenceEqual("1"u8)) return BatchCommit.Last;
        return value.SequenceEqual("eob"u8) ? BatchCommit.EndOfBatch : BatchCommit.Invalid;
    }

    private static string ReadableId(string key) => Encoding.UTF8.GetString(Encoding.Latin1.GetBytes(key));

    private enum BatchCommit
    {
        None,

        /// <summary>This is the last message.</summary>
        Last,

        /// <summary>The one before was.</summary>
        EndOfBatch,
        Invalid,
    }

    private sealed class AtomicBatch
    {
        public List<StagedMessage> Messages { get; } = [];

        /// <summary>Nanoseconds since 1970.</summary>
        public long Deadline { get; set; }

        public long Bytes { get; private set; }

        public void Add(StagedMessage message)
        {
            Messages.Add(message);
            Bytes += message.Length;
        }
    }
}
