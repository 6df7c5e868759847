using DotNats.JetStream.Accounts;
using DotNats.JetStream.Ingest;
using DotNats.JetStream.Origins;
using DotNats.JetStream.Publishing;
using DotNats.JetStream.Publishing.Batches;
using DotNats.JetStream.Publishing.Headers;
using DotNats.Primitives;
using DotNats.Storage;

namespace DotNats.JetStream.Streams;

/// <summary>
/// What decided commands do to a stream: rules, then the log, then what is to be said once that is safe. The same commands in the same order
/// make the same stream.
/// </summary>
// Owner: the stream's runner. Previous stop: ICommandOwner. Next stops: IMessageLog, CommitQueue.
// Invariant: nothing is answered before the log's word that everything up to it is as safe as was asked for.
internal sealed class StreamMachine
{
    // Messages behind which those before them are acknowledged: some fifty microseconds' work.
    private const int LongestRun = 128;

    // Length of "NATS/1.0".
    private const int VersionLength = 8;

    private readonly LiveStream _stream;
    private readonly IMessageLog _log;
    private readonly PublishRules _rules;
    private readonly StreamRoom _room;
    private readonly CommitQueue _commits;
    private readonly StreamLogListener _listener;
    private readonly ReplyBatches _batches;
    private readonly HeaderEditor _intake = new();
    private ReplyBatch _replies;
    private long _handedOver;

    public StreamMachine(LiveStream stream, IMessageLog log, StreamSettings settings, StreamRoom room, CommitQueue commits, StreamLogListener listener, ReplyBatches batches)
    {
        _stream = stream;
        _log = log;
        _room = room;
        _commits = commits;
        _listener = listener;
        _batches = batches;
        Settings = settings;
        _rules = new PublishRules(settings.Policy, log, new DuplicateWindow(TimeSpan.FromTicks(settings.Config.DuplicateWindowNanoseconds / TimeSpan.NanosecondsPerTick)));
        _replies = batches.Rent();
        Batches = new BatchDesk(this, stream.Owner.Service.BatchSettings);
        Schedules = new StreamSchedules(this);
        listener.Schedules = Schedules;
    }

    public ChunkPool Chunks => _batches.Chunks;

    public BatchDesk Batches { get; }

    public StreamSchedules Schedules { get; }

    /// <summary>What is to be said once everything up to now is safe.</summary>
    public ReplyBatch Replies => _replies;

    /// <summary>When something has to be done without anybody asking, in nanoseconds since 1970.</summary>
    public long NextDue => Math.Min(Math.Min(_log.NextExpiry, Batches.NextTimeout), Schedules.NextDue);

    public IMessageLog Log => _log;

    public LiveStream Stream => _stream;

    /// <summary>Replaced by <see cref="ConfigureCommand"/>.</summary>
    public StreamSettings Settings { get; private set; }

    public PublishRules Rules => _rules;

    /// <summary>Stores what was published, and commits it: once for all, or in runs where a great deal waited.</summary>
    /// <param name="now">Nanoseconds since 1970.</param>
    public void Store(RecordBatch messages, long now)
    {
        int count = 0;
        foreach (ReadOnlySpan<byte> record in messages)
        {
            Store(new PublishRecord(record), now);
            if (++count % LongestRun != 0) continue;
            Commit();
            // Publishers go on while the rest is stored.
            _commits.Context?.FlushDirty();
        }

        Commit();
    }

    public void Apply(StreamCommand command, long now)
    {
        command.Apply(this, now);
        _listener.StoreMarkers(this, now);
        // Its answer comes behind those of the messages before it.
        SealReplies();
        command.Position = _log.Position;
        _commits.Add(command);
        CommitLog();
    }

    /// <summary>Stores a message of the stream's own: a delete marker, or what a schedule brought.</summary>
    public void StoreOwn(ReadOnlySpan<byte> subject, ReadOnlySpan<byte> headers, ReadOnlySpan<byte> payload, long now)
    {
        var message = new Publication(subject, headers, payload, PublishOrigin.Stream);
        PublishVerdict verdict = _rules.Check(ref message, now);
        if (!verdict.IsStore) return;
        if (LacksInterest(in message)) TryPassOver(ref message, now, out _);
        else if (_rules.CheckRoom(ref message).IsStore) TryAppend(ref message, now, out _);
    }

    /// <summary>Does what is due by itself: what is too old goes, schedules fire, batches that waited too long are given up.</summary>
    /// <returns>True where more is due.</returns>
    public bool RunDue(long now, int maxCount)
    {
        bool more = _log.Expire(now, maxCount);
        Batches.Expire(now);
        Schedules.Fire(now);
        return more || Schedules.NextDue <= now;
    }

    /// <summary>The log was opened: removes what a crash left of an atomic batch, and finds schedules.</summary>
    public void Recover(long now)
    {
        if (TornBatch.TryFind(_log, out ulong keep)) _log.Truncate(keep);
        if (Settings.Policy.AllowsSchedules) Schedules.Rebuild(now);
    }

    public FastCommits NewFastCommits() => new(_stream.Runner, Chunks);

    /// <summary>Puts another configuration in force.</summary>
    public void Configure(StreamSettings settings, LogOptions options)
    {
        bool becomesInterest = settings.IsInterest && !Settings.IsInterest;
        Settings = settings;
        _listener.MarkerTtl = settings.MarkerTtl;
        _rules.Policy = settings.Policy;
        _rules.Ids.Window = TimeSpan.FromTicks(settings.Config.DuplicateWindowNanoseconds / TimeSpan.NanosecondsPerTick);
        Batches.OnConfigured(settings.Policy);
        _log.Update(options);
        if (becomesInterest) _stream.Retention.Begin(_log);
        _room.Refresh();
    }

    /// <summary>Hands over what was done since the last time: to the log, and who waits for it to the queue.</summary>
    public void Commit()
    {
        SealReplies();
        CommitLog();
    }

    private void SealReplies()
    {
        if (Batches.TakeStored() is { } stored)
        {
            stored.Position = _log.Position;
            _commits.Add(stored);
        }

        if (_replies.Count == 0) return;
        _replies.Position = _log.Position;
        ReplyBatch full = _replies;
        _replies = _batches.Rent();
        _commits.Add(full);
    }

    private void CommitLog()
    {
        _room.Settle();
        _stream.Wakeups.Commit();
        _stream.Expiry.Reschedule(NextDue);
        if (_log.Position == _handedOver) return;
        _handedOver = _log.Position;
        if (_stream.Wakeups.HasCopiers) WatchForSafety();
        _listener.EnterLog();
        _log.Commit();
        _listener.LeaveLog();
    }

    /// <summary>Those who copy the stream are told when everything up to now is safe.</summary>
    public void WatchForSafety() => _commits.Add(new SafetyWaiter(_stream.Wakeups, _log.State.LastSequence) { Position = _log.Position });

    private void Store(in PublishRecord record, long now)
    {
        ReadOnlySpan<byte> subject = SubjectOf(record.Subject);
        var message = new Publication(subject, HeadersOf(record), record.Payload);
        ReadOnlySpan<byte> reply = Settings.Config.NoAck ? default : record.Reply;
        if (!record.Reply.IsEmpty || !record.Headers.IsEmpty)
        {
            if (Batches.TryTake(record, ref message, reply, now)) return;
        }

        PublishVerdict verdict = _rules.Check(ref message, now);
        if (!verdict.IsStore || !_room.HasServerRoom)
        {
            Decline(verdict, reply);
            return;
        }

        if (LacksInterest(in message)) PassOver(ref message, now, reply);
        else StoreChecked(ref message, now, reply);
    }

    /// <summary>What a subject is stored as; valid until the next one.</summary>
    public ReadOnlySpan<byte> SubjectOf(ReadOnlySpan<byte> published) =>
        Settings.Transform is { } transform && transform.TryApply(published, out ReadOnlySpan<byte> made) ? made : published;

    // Compat: a status is nothing a stored message has.
    private ReadOnlySpan<byte> HeadersOf(in PublishRecord record)
    {
        ReadOnlySpan<byte> headers = record.Headers;
        return headers.Length <= VersionLength || headers[VersionLength] == '\r' ? headers : _intake.Load(headers).RemoveStatus().Block;
    }

    private void StoreChecked(ref Publication message, long now, ReadOnlySpan<byte> reply)
    {
        if (!_room.HasAccountRoom(in message, out ApiError? full))
        {
            Answer(reply, full!);
            return;
        }

        PublishVerdict verdict = _rules.CheckRoom(ref message);
        if (!verdict.IsStore)
        {
            Decline(verdict, reply);
            return;
        }

        if (!TryAppend(ref message, now, out ulong sequence))
        {
            if (!reply.IsEmpty) _replies.Add(reply, default, _stream.Replies.StoreFailed);
            return;
        }

        if (!reply.IsEmpty) Acknowledge(in message, reply, sequence);
    }

    /// <summary>Stores a message that was copied from another stream, which judged it when it was published.</summary>
    /// <param name="sequence">A mirror's message has its origin's; 0 for the next.</param>
    /// <param name="time">When it counts as stored, in nanoseconds since 1970.</param>
    public CopyOutcome StoreCopy(ReadOnlySpan<byte> subject, ReadOnlySpan<byte> headers, ReadOnlySpan<byte> payload, ulong sequence, long time, long now)
    {
        var message = new Publication(SubjectOf(subject), headers, payload, PublishOrigin.Stream);
        PublishVerdict verdict = _rules.Check(ref message, now);
        if (verdict.Outcome == PublishOutcome.Duplicate) return new CopyOutcome(CopyStatus.Duplicate);
        if (!verdict.IsStore) return new CopyOutcome(CopyStatus.Refused, verdict.Error!.ToString());
        if (!_room.HasServerRoom) return new CopyOutcome(CopyStatus.Refused, _room.ServerError.ToString());
        if (LacksInterest(in message))
        {
            TryPassOver(ref message, now, out _);
            return new CopyOutcome(CopyStatus.Stored);
        }

        if (!_room.HasAccountRoom(in message, out ApiError? full)) return new CopyOutcome(CopyStatus.Refused, full!.ToString());
        verdict = _rules.CheckRoom(ref message);
        if (!verdict.IsStore) return new CopyOutcome(CopyStatus.Full);
        return new CopyOutcome(TryAppend(ref message, time, out _, sequence) ? CopyStatus.Stored : CopyStatus.Full);
    }

    /// <summary>Appends a message of a batch that was judged good, or passes it over where nobody would ever read it.</summary>
    public bool TryAppendOrPassOver(ref Publication message, long now, out ulong sequence) =>
        LacksInterest(in message) ? TryPassOver(ref message, now, out sequence) : TryAppend(ref message, now, out sequence);

    /// <summary>Appends a message that was judged good, and does what it asks for.</summary>
    /// <param name="place">Sequence it gets; 0 for the next.</param>
    public bool TryAppend(ref Publication message, long now, out ulong sequence, ulong place = 0)
    {
        Settings.Republisher?.Prepare(message.Subject, _log);
        AppendResult result = _log.Append(new NewMessage { Sequence = place, Timestamp = now, Subject = message.Subject, Headers = message.Headers, Payload = message.Payload });
        sequence = result.Sequence;
        if (!result.IsOk)
        {
            _stream.OnRefused(result.Status);
            return false;
        }

        _rules.OnStored(in message, sequence, now);
        _stream.Wakeups.OnStored(message.Subject);
        if (Settings.Policy.AllowsSchedules) Schedules.OnStored(sequence, message.Subject, message.Headers, now);
        RollUp(in message, keep: 1);
        Settings.Republisher?.Add(_replies, in message, sequence, now);
        return true;
    }

    private void Acknowledge(in Publication message, ReadOnlySpan<byte> reply, ulong sequence)
    {
        if (!Settings.Policy.AllowsCounters)
        {
            _stream.Replies.AddAck(_replies, reply, sequence);
            return;
        }

        // The stored payload is {"val":"…"}: the same member, quoted alike.
        ReadOnlySpan<byte> value = message.Payload.IsEmpty ? default : message.Payload[1..];
        Span<byte> rest = stackalloc byte[256];
        if (value.Length + 1 > rest.Length) rest = new byte[value.Length + 1];
        rest[0] = (byte)',';
        value.CopyTo(rest[1..]);
        _stream.Replies.AddAck(_replies, reply, sequence, value.IsEmpty ? "}"u8 : rest[..(value.Length + 1)]);
    }

    private bool LacksInterest(in Publication message) => Settings.IsInterest && !_stream.HasInterest(message.Subject);

    private void PassOver(ref Publication message, long now, ReadOnlySpan<byte> reply)
    {
        bool isDone = TryPassOver(ref message, now, out ulong sequence);
        if (reply.IsEmpty) return;
        if (isDone) _stream.Replies.AddAck(_replies, reply, sequence);
        else _replies.Add(reply, default, _stream.Replies.StoreFailed);
    }

    // Compat: where nobody would ever read it, a message takes a number and no room.
    private bool TryPassOver(ref Publication message, long now, out ulong sequence)
    {
        LogStatus status = _log.Skip(1, now);
        sequence = _log.State.LastSequence;
        if (status != LogStatus.Ok)
        {
            _stream.OnRefused(status);
            return false;
        }

        _rules.OnStored(in message, sequence, now);
        RollUp(in message, keep: 0);
        return true;
    }

    private void RollUp(in Publication message, ulong keep)
    {
        if (message.Rollup == Rollup.Subject) Purge(message.Subject, 0, keep);
        else if (message.Rollup == Rollup.All) Purge(default, 0, keep);
        if (!message.FinishedSchedule.IsEmpty) Purge(message.FinishedSchedule, 0, 0);
    }

    /// <summary>Removes messages, tells consumers, and returns how many went.</summary>
    public ulong Purge(ReadOnlySpan<byte> filter, ulong before, ulong keep)
    {
        ulong purged = _log.Purge(filter, before, keep);
        _stream.Wakeups.OnPurged(_log, filter);
        return purged;
    }

    private void Decline(PublishVerdict verdict, ReadOnlySpan<byte> reply)
    {
        if (reply.IsEmpty) return;
        if (verdict.IsStore) Answer(reply, _room.ServerError);
        else if (verdict.Outcome == PublishOutcome.Duplicate) _stream.Replies.AddDuplicate(_replies, reply, verdict.Sequence);
        else Answer(reply, verdict.Error!);
    }

    /// <summary>Why server or account have no room for a message; null where they do.</summary>
    public ApiError? Resources(in Publication message)
    {
        if (!_room.HasServerRoom) return _room.ServerError;
        return _room.HasAccountRoom(in message, out ApiError? error) ? null : error;
    }

    public void Answer(ReadOnlySpan<byte> reply, ApiError error)
    {
        if (!reply.IsEmpty) _replies.Add(reply, default, _stream.Replies.Error(error));
    }
}
