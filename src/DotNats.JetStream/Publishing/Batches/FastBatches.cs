using System.Text;
using DotNats.JetStream.Publishing.Headers;

namespace DotNats.JetStream.Publishing.Batches;

/// <summary>Fast batches of one stream (ADR-50): each message is stored at once, and told of now and then rather than one by one.</summary>
/// <remarks>
/// For each message: <see cref="Take"/>; where that says so, append it, and <see cref="OnCommitted"/> once that is as safe as it shall be. All
/// replies go to the reply subject of the message in hand.
/// </remarks>
// Previous stop: StreamRunner, for a message whose reply subject ends with .$FI. Next stop: IMessageLog.Append.
// Owner: the stream's runner. Lifetime: the stream's; a batch is unknown after a restart.
// Invariant: a batch that is over has given back what it took from the quota.
internal sealed class FastBatches
{
    private const int MaxIdLength = 64;

    private readonly Dictionary<string, FastBatch> _batches = new(StringComparer.Ordinal);
    private readonly PublishRules _rules;
    private readonly BatchRules _judge;
    private readonly BatchQuota _quota;
    private readonly BatchStage _stage = new();
    private readonly HeaderEditor _editor = new();
    private readonly int _apiLevel;

    /// <param name="quota">The server's, for fast batches.</param>
    /// <param name="apiLevel">The server's.</param>
    public FastBatches(PublishRules rules, BatchRules judge, BatchLimits limits, BatchQuota quota, int apiLevel)
    {
        _rules = rules;
        _judge = judge;
        _quota = quota;
        _apiLevel = apiLevel;
        Limits = limits;
    }

    public BatchLimits Limits { get; set; }

    /// <summary>Batches that are going on.</summary>
    public int Count => _batches.Count;

    /// <summary>When a batch has waited long enough, in nanoseconds since 1970; <see cref="long.MaxValue"/> for none.</summary>
    public long NextTimeout
    {
        get
        {
            long next = long.MaxValue;
            foreach (FastBatch batch in _batches.Values) next = Math.Min(next, batch.Deadline);
            return next;
        }
    }

    /// <summary>Takes a message of a batch: true where it is to be appended as the publication is now.</summary>
    /// <param name="reading">What <see cref="FastBatchRequest.Read"/> said of its reply subject.</param>
    /// <param name="resources">What the runner's own limits say; null where there is room.</param>
    /// <param name="now">Nanoseconds since 1970.</param>
    /// <param name="replies">Gets what is to be answered.</param>
    public bool Take(FastBatchReading reading, FastBatchRequest request, ref Publication publication, ApiError? resources, long now, List<FastReply> replies)
    {
        ApiError? error = _judge.CheckBefore(in publication, resources) ?? CheckRequest(reading, request);
        FastBatch? batch = null;
        if (error is null) error = Find(request, out batch);
        if (error is not null || batch is null) return Refuse(error!, replies);
        if (publication.Read.HasValue(PublishHeader.RequiredApiLevel))
        {
            if (BatchRules.IsBeyondLevel(in publication, _apiLevel))
            {
                Close(batch);
                return Refuse(ApiErrors.RequiredApiLevel, replies);
            }

            publication.Headers = _editor.Load(publication.Headers).Remove(HeaderNames.RequiredApiLevel).Block;
        }

        batch.KeepAlive(now + Limits.TimeoutNanoseconds);
        if (!request.IsPing) return TakeMessage(batch, request, ref publication, now, replies);
        Ping(batch, request, replies);
        return false;
    }

    /// <summary>A batch that was said to end, and waits for what is on its way to the log, is acknowledged to who said so.</summary>
    public void AcknowledgeTo(FastBatchRequest request, ReadOnlySpan<byte> reply)
    {
        if (_batches.TryGetValue(Key(request.Id), out FastBatch? batch) && batch.IsEnding && request.Sequence == batch.Last + 1) batch.EndReply ??= reply.ToArray();
    }

    /// <summary>A message of a batch is as safe as it shall be.</summary>
    /// <param name="request">Of that message.</param>
    /// <param name="sequence">Of the stream.</param>
    /// <param name="replies">Gets what is to be answered.</param>
    public void OnCommitted(FastBatchRequest request, ulong sequence, List<FastReply> replies)
    {
        if (!_batches.TryGetValue(Key(request.Id), out FastBatch? batch)) return;
        batch.OnStored(request.Sequence, sequence);
        if (batch.IsComplete) Finish(batch, replies);
        else batch.TellFlow(Count, replies);
    }

    /// <summary>A message that was taken could not be stored: its batch goes on without it, and one that it ends is not acknowledged.</summary>
    public void OnLost(FastBatchRequest request, long now)
    {
        if (_batches.TryGetValue(Key(request.Id), out FastBatch? batch) && batch.IsEnding) batch.WaitUntil(now + Limits.TimeoutNanoseconds);
    }

    /// <summary>Gives up what has waited too long, and says nothing of it.</summary>
    /// <param name="now">Nanoseconds since 1970.</param>
    public void Expire(long now)
    {
        if (NextTimeout > now) return;
        foreach (FastBatch batch in _batches.Values.Where(batch => batch.Deadline <= now).ToArray()) Close(batch);
    }

    /// <summary>Gives up everything: the stream ends, or allows no batches any more.</summary>
    public void Clear()
    {
        for (int i = 0; i < _batches.Count; i++) _quota.Return(0);
        _batches.Clear();
    }

    private ApiError? CheckRequest(FastBatchReading reading, FastBatchRequest request)
    {
        if (!_rules.Policy.AllowsFastBatches) return ApiErrors.BatchPublishDisabled;
        if (reading != FastBatchReading.Valid) return ApiErrors.BatchPublishInvalidPattern;
        return request.Id.Length > MaxIdLength ? ApiErrors.BatchPublishInvalidBatchID : null;
    }

    private ApiError? Find(FastBatchRequest request, out FastBatch? batch)
    {
        string key = Key(request.Id);
        if (_batches.TryGetValue(key, out batch)) return null;
        if (request.Sequence != 1 || request.IsPing) return ApiErrors.BatchPublishUnknownBatchID;
        if (_batches.Count >= Limits.MaxFastPerStream || !_quota.TryTakeBatch()) return ApiErrors.BatchPublishTooManyInflight;
        batch = new FastBatch(key, request.AllowsGaps, request.Flow, isOnly: _batches.Count == 0);
        _batches[key] = batch;
        return null;
    }

    // A gap is told always; where gaps are allowed the batch goes on behind it, otherwise it ends with what was stored before.
    private void Ping(FastBatch batch, FastBatchRequest request, List<FastReply> replies)
    {
        if (request.Sequence <= batch.Last)
        {
            batch.RepeatFlow(replies);
            return;
        }

        replies.Add(new FastReply(FastReplyKind.Gap, request.Sequence + 1, batch.Last + 1));
        if (batch.AllowsGaps)
        {
            batch.SkipTo(request.Sequence);
            if (!batch.TellFlow(Count, replies)) batch.RepeatFlow(replies);
        }
        else if (!End(batch, replies))
        {
            batch.RepeatFlow(replies);
        }
    }

    private bool TakeMessage(FastBatch batch, FastBatchRequest request, ref Publication publication, long now, List<FastReply> replies)
    {
        // Its publisher waits for the acknowledgement.
        if (batch.IsEnding) return false;
        if (!TryFollow(batch, request, replies)) return false;
        if (request.IsEndOfBatch) batch.TakeBackEnd();
        if (request.IsCommit && (End(batch, replies) || request.IsEndOfBatch)) return false;
        if (request is { Sequence: 1, IsCommit: false }) replies.Add(new FastReply(FastReplyKind.Flow, 0, batch.Messages) { IsOptional = true });
        _stage.Clear();
        PublishVerdict verdict = _judge.Judge(_stage, ref publication, now);
        if (!verdict.IsStore)
        {
            OnRefused(batch, request, verdict, replies);
            return false;
        }

        batch.OnTaken();
        return true;
    }

    // False where the message does not follow the one before, so that the batch ends.
    private bool TryFollow(FastBatch batch, FastBatchRequest request, List<FastReply> replies)
    {
        ulong next = batch.Last + 1;
        if (request.Sequence != next) replies.Add(new FastReply(FastReplyKind.Gap, request.Sequence, next));
        if (request.Sequence == next || (batch.AllowsGaps && request.Sequence > next))
        {
            batch.Follow(request.Sequence);
            return true;
        }

        End(batch, replies);
        return false;
    }

    private void OnRefused(FastBatch batch, FastBatchRequest request, PublishVerdict verdict, List<FastReply> replies)
    {
        bool isDuplicate = verdict.Outcome == PublishOutcome.Duplicate;
        if (isDuplicate)
        {
            batch.OnDuplicate(request.Sequence);
            if (!batch.HasPending) batch.TellFlow(Count, replies);
            if (!request.IsCommit) return;
        }

        // Right at the beginning it is answered as a single message would be.
        if (!request.AllowsGaps && batch.Last == 1)
        {
            replies.Add(isDuplicate
                ? new FastReply(FastReplyKind.Duplicate, verdict.Sequence, request.Sequence)
                : new FastReply(FastReplyKind.Refuse, Error: verdict.Error));
            Close(batch);
            return;
        }

        if (!isDuplicate) replies.Add(new FastReply(FastReplyKind.Error, request.Sequence, Error: verdict.Error));
        if (request.AllowsGaps && !request.IsCommit) return;
        if (!isDuplicate) batch.TakeBack();
        End(batch, replies);
    }

    // Ends the batch with what was taken: at once where all of it is safe, otherwise once it is.
    private bool End(FastBatch batch, List<FastReply> replies)
    {
        batch.End();
        if (!batch.IsComplete) return false;
        Finish(batch, replies);
        return true;
    }

    private void Finish(FastBatch batch, List<FastReply> replies)
    {
        replies.Add(new FastReply(FastReplyKind.Acknowledge, batch.StreamSequence, batch.Last) { Reply = batch.EndReply });
        Close(batch);
    }

    private void Close(FastBatch batch)
    {
        if (_batches.Remove(batch.Key)) _quota.Return(0);
    }

    private static bool Refuse(ApiError error, List<FastReply> replies)
    {
        replies.Add(new FastReply(FastReplyKind.Refuse, Error: error) { IsOptional = true });
        return false;
    }

    // One character for each byte.
    private static string Key(ReadOnlySpan<byte> id) => Encoding.Latin1.GetString(id);
}
