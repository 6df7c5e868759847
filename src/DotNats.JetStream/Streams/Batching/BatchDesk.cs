using System.Globalization;
using System.Text;
using DotNats.JetStream.Ingest;
using DotNats.JetStream.Publishing;
using DotNats.JetStream.Publishing.Batches;
using DotNats.JetStream.Publishing.Headers;
using DotNats.Primitives;
using DotNats.Protocol.Text;
using DotNats.Server;

namespace DotNats.JetStream.Streams;

/// <summary>Takes messages of batches for a stream's machine: atomic ones are kept until their commit, fast ones are stored and told of in between.</summary>
// Owner: the stream's runner. Previous stop: StreamMachine. Next stop: back there, to append.
internal sealed class BatchDesk
{
    private readonly StreamMachine _machine;
    private readonly AtomicBatches _atomic;
    private readonly FastBatches _fast;
    private readonly List<FastReply> _replies = [];
    private readonly List<string> _abandoned = [];
    private FastCommits? _stored;

    public BatchDesk(StreamMachine machine, BatchSettings settings)
    {
        var judge = new BatchRules(machine.Log, machine.Rules);
        _machine = machine;
        _atomic = new AtomicBatches(machine.Rules, judge, settings.Limits, settings.AtomicQuota, ServerVersion.JetStreamApiLevel);
        _fast = new FastBatches(machine.Rules, judge, settings.Limits, settings.FastQuota, ServerVersion.JetStreamApiLevel);
    }

    /// <summary>When a batch has waited long enough, in nanoseconds since 1970; <see cref="long.MaxValue"/> for none.</summary>
    public long NextTimeout => Math.Min(_atomic.Count == 0 ? long.MaxValue : _atomic.NextTimeout, _fast.Count == 0 ? long.MaxValue : _fast.NextTimeout);

    /// <summary>Takes a message of a batch; false for one that is by itself.</summary>
    public bool TryTake(in PublishRecord record, ref Publication message, ReadOnlySpan<byte> reply, long now)
    {
        FastBatchReading reading = FastBatchRequest.Read(record.Reply, record.Headers, out FastBatchRequest request);
        if (reading != FastBatchReading.None)
        {
            TakeFast(reading, request, record, ref message, reply, now);
            return true;
        }

        if (record.Headers.IsEmpty || !AtomicBatches.IsMember(in message)) return false;
        TakeAtomic(ref message, reply, now);
        return true;
    }

    /// <summary>Messages of fast batches are as safe as they shall be.</summary>
    public void OnCommitted(RecordBatch stored)
    {
        foreach (ReadOnlySpan<byte> entry in stored)
        {
            FastCommits.Read(entry, out ulong sequence, out ReadOnlySpan<byte> reply, out ReadOnlySpan<byte> headers);
            if (FastBatchRequest.Read(reply, headers, out FastBatchRequest request) != FastBatchReading.Valid) continue;
            _fast.OnCommitted(request, sequence, _replies);
            Answer(request, reply);
        }
    }

    /// <summary>Hands over what was stored since the last time; null for nothing.</summary>
    public FastCommits? TakeStored()
    {
        FastCommits? stored = _stored;
        _stored = null;
        return stored;
    }

    /// <summary>Gives up what has waited too long.</summary>
    public void Expire(long now)
    {
        _fast.Expire(now);
        _abandoned.Clear();
        _atomic.Expire(now, _abandoned);
        foreach (string id in _abandoned) Abandon(id, AbandonReasons.Timeout);
    }

    /// <summary>The stream may not allow batches any more.</summary>
    public void OnConfigured(PublishPolicy policy)
    {
        if (!policy.AllowsAtomicBatches) _atomic.Clear();
        if (!policy.AllowsFastBatches) _fast.Clear();
    }

    /// <summary>The stream ends.</summary>
    public void Clear()
    {
        _atomic.Clear();
        _fast.Clear();
    }

    private void TakeAtomic(ref Publication message, ReadOnlySpan<byte> reply, long now)
    {
        string id = Encoding.UTF8.GetString(message.Read[PublishHeader.BatchId]);
        AtomicStep step = _atomic.Take(ref message, _machine.Resources(in message), now);
        if (step.AbandonReason is { } reason) Abandon(id, reason);
        if (step.Outcome == AtomicOutcome.Commit)
        {
            Store(step.Messages!, id, reply, now);
            return;
        }

        if (reply.IsEmpty) return;
        // What is kept is answered with nothing, so that the publisher goes on.
        if (step.Outcome == AtomicOutcome.Refused) _machine.Answer(reply, step.Error!);
        else _machine.Replies.Add(reply, default, payloadLength: 0);
    }

    private void Store(IReadOnlyList<StagedMessage> messages, string id, ReadOnlySpan<byte> reply, long now)
    {
        ulong last = 0;
        foreach (StagedMessage staged in messages)
        {
            var message = new Publication(staged.Subject, staged.Headers, staged.Payload) { Rollup = staged.Rollup, FinishedSchedule = staged.FinishedSchedule };
            if (!_machine.TryAppendOrPassOver(ref message, now, out last))
            {
                if (!reply.IsEmpty) _machine.Replies.Add(reply, default, _machine.Stream.Replies.StoreFailed);
                return;
            }
        }

        if (!reply.IsEmpty) _machine.Stream.Replies.AddAck(_machine.Replies, reply, last, Rest(id, (ulong)messages.Count));
    }

    private void TakeFast(FastBatchReading reading, FastBatchRequest request, in PublishRecord record, ref Publication message, ReadOnlySpan<byte> reply, long now)
    {
        bool isToStore = _fast.Take(reading, request, ref message, _machine.Resources(in message), now, _replies);
        Answer(request, record.Reply);
        if (request.IsEndOfBatch) _fast.AcknowledgeTo(request, record.Reply);
        if (!isToStore) return;
        if (_machine.Rules.CheckLastId(in message, now).Error is { } error)
        {
            _machine.Answer(reply, error);
            _fast.OnLost(request, now);
            return;
        }

        if (!_machine.TryAppendOrPassOver(ref message, now, out ulong sequence))
        {
            if (!reply.IsEmpty) _machine.Replies.Add(reply, default, _machine.Stream.Replies.StoreFailed);
            _fast.OnLost(request, now);
            return;
        }

        (_stored ??= _machine.NewFastCommits()).Add(sequence, record.Reply, record.Headers);
    }

    private void Answer(FastBatchRequest request, ReadOnlySpan<byte> reply)
    {
        foreach (FastReply answer in _replies)
        {
            if (!answer.IsOptional || !_machine.Settings.Config.NoAck) Answer(answer, request, answer.Reply ?? reply);
        }

        _replies.Clear();
    }

    private void Answer(FastReply answer, FastBatchRequest request, ReadOnlySpan<byte> reply)
    {
        switch (answer.Kind)
        {
            case FastReplyKind.Acknowledge:
                _machine.Stream.Replies.AddAck(_machine.Replies, reply, answer.Sequence, Rest(Encoding.UTF8.GetString(request.Id), answer.Number));
                break;
            case FastReplyKind.Duplicate:
                _machine.Stream.Replies.AddAck(_machine.Replies, reply, answer.Sequence, DuplicateRest(Encoding.UTF8.GetString(request.Id), answer.Number));
                break;
            case FastReplyKind.Refuse:
                _machine.Answer(reply, answer.Error!);
                break;
            default:
                _machine.Replies.Add(reply, default, answer.WriteBody());
                break;
        }
    }

    private static byte[] Rest(string id, ulong count) =>
        Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $",\"batch\":{GoQuote.Quote(id)},\"count\":{count}}}"));

    // Compat: with nats-server's blank.
    private static byte[] DuplicateRest(string id, ulong count) => [.. ",\"duplicate\": true"u8, .. Rest(id, count)];

    private void Abandon(string id, string reason)
    {
        LiveStream stream = _machine.Stream;
        stream.Owner.Service.Advisories.BatchAbandoned(stream.Account, stream.Name, id, reason);
    }
}
