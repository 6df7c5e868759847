using System.Text;
using DotNats.JetStream.Consumers.State;
using DotNats.JetStream.Ingest;
using DotNats.JetStream.Publishing.Headers;
using DotNats.JetStream.Streams;
using DotNats.Protocol.Text;
using DotNats.Storage;

namespace DotNats.JetStream.Origins;

/// <summary>One origin of a stream at work: asks for a consumer, listens to it, stores what it sends, and begins again where something is missing.</summary>
// Owner: the copying stream's runner, through StreamOrigins. Lag, silence and error are read by anyone.
// Invariant: while it listens, everything of the origin up to Position is stored, or was not wanted; that is where the next consumer begins.
internal sealed class Origin(StreamOrigins owner, OriginSpec spec)
{
    private OriginSubscription? _subscription;
    private IDisposable? _answer;
    private ApiError? _error;
    private byte[] _consumer = [];
    private byte[] _identity = [];
    private string _deliverSubject = "";
    private ulong _from;
    private long? _askedAt;
    private int _failures;
    private int _attempt;
    private int _level;
    private bool _isRecreated;
    private Phase _phase = Phase.Ended;

    private enum Phase
    {
        Ended,
        Waiting,
        Asking,
        Listening,
    }

    public OriginSpec Spec => spec;

    public OriginPosition Position { get; } = new();

    /// <summary>Where a crash may go back to.</summary>
    public SourceHistory History { get; } = new();

    /// <summary>Sequence of the copying stream's last message of this source, there or gone; 0 for none.</summary>
    public ulong StoredAt { get; private set; }

    /// <summary>Of the origin as it is copied from; empty where that is not known.</summary>
    public string Identity => Encoding.UTF8.GetString(_identity);

    /// <summary>When <see cref="OnDue"/> has something to do, as the server's clock counts.</summary>
    public long Due { get; private set; } = long.MaxValue;

    /// <summary>Its server was asked for a consumer.</summary>
    public bool IsKnown => _askedAt is not null;

    private string Kind => spec.IsMirror ? "mirror" : "source";

    /// <summary>What is known of it. Any thread.</summary>
    public OriginInfo Describe()
    {
        TimeSpan? active = Volatile.Read(ref _subscription) is { } heard ? owner.Server.Time.GetElapsedTime(heard.HeardAt) : null;
        return new OriginInfo(spec.Source, spec.IsMirror, Volatile.Read(ref _attempt) > 0, Position.Lag, Position.Received, active, Volatile.Read(ref _error));
    }

    /// <summary>Nothing is known of it, but the stream had messages that are gone: some may have been copies.</summary>
    public bool IsUnsure { get; set; }

    /// <summary>Goes on where an earlier life of the stream, or its messages, say that it was.</summary>
    public void Recover(in SourcePosition position)
    {
        Position.Recover(position.Sequence, position.At > 0);
        _identity = Encoding.UTF8.GetBytes(position.Identity);
        StoredAt = position.At;
        IsUnsure = false;
    }

    /// <summary>What is true of it now.</summary>
    public SourcePosition Now => new(Position.Stream, Identity, StoredAt);

    /// <summary>Asks for a consumer soon, which begins at a sequence of the origin.</summary>
    public void Begin(ulong from)
    {
        Unlisten();
        _from = from;
        TimeSpan? since = _askedAt is { } asked ? owner.Server.Time.GetElapsedTime(asked) : null;
        Wait(Phase.Waiting, OriginRetry.WaitFor(since, _failures, Random.Shared.NextDouble()));
    }

    /// <summary>Listens no more and asks no more.</summary>
    public void End()
    {
        Unlisten();
        _phase = Phase.Ended;
        Due = long.MaxValue;
    }

    /// <summary>A time it waited for has come.</summary>
    public void OnDue()
    {
        if (_phase == Phase.Waiting) Ask();
        else if (_phase == Phase.Asking) Fail();
        else if (_phase == Phase.Listening) LookForSilence();
    }

    /// <summary>An answer came; null for one that says nothing.</summary>
    public void OnAnswer(int attempt, OriginAnswer? answer, StreamMachine machine)
    {
        if (attempt != _attempt || _phase != Phase.Asking) return;
        if (answer is null) Fail();
        else if (answer.Error is { } error) OnRefused(error);
        else if (spec.Durable is not null && !answer.AcksByFlowControl) Fail(spec.IsMirror ? ApiErrors.MirrorConsumerRequiresAckFC : ApiErrors.SourceConsumerRequiresAckFC);
        else Listen(answer, machine);
    }

    /// <summary>Something came from a consumer of it.</summary>
    public void Take(PublishRecord record, int number, StreamMachine machine, CopyCommand command, long now)
    {
        if (_phase != Phase.Listening || _subscription!.Number != number) return;
        if (record.Payload.IsEmpty && record.Headers.StartsWith("NATS/1.0 100 "u8))
        {
            OnControl(record, command);
            return;
        }

        if (!AckSubject.TryParse(record.Reply, out AckSubject message) || !message.Consumer.SequenceEqual(_consumer)) return;
        ulong before = Position.Stream;
        OriginVerdict verdict = Position.Take(message, spec.IsMirror);
        if (verdict == OriginVerdict.Restart) Restart(Position.Stream + 1);
        else if (verdict == OriginVerdict.Store && !(spec.IsMirror ? TryMirror(record, message, before, machine, now) : TryCopy(record, message, machine, now)))
        {
            Position.GoBack();
            Restart(message.StreamSequence);
        }
    }

    // ---- Asking ----

    private void Ask()
    {
        OriginLog.Retrying(owner.Server.Logger, Kind, spec.Name, owner.Stream.Account.Name, owner.Stream.Name);
        _askedAt = owner.Server.Time.GetTimestamp();
        Volatile.Write(ref _error, null);
        _level = spec.IsMirror ? OriginRequest.SourcingLevel : OriginRequest.IdentityLevel;
        Send();
    }

    private void Send()
    {
        _answer?.Dispose();
        int attempt = ++_attempt;
        byte[] body = [];
        string subject;
        if (spec.Durable is { } durable)
        {
            _deliverSubject = durable.DeliverSubject;
            subject = OriginRequest.ResetSubjectOf(spec);
        }
        else
        {
            _deliverSubject = OriginRequest.DeliverSubjectOf(spec, owner.NextId());
            ConsumerConfig consumer = OriginRequest.ConsumerOf(spec, Start(), _deliverSubject, _level == 0 ? owner.NextId() : "");
            subject = OriginRequest.SubjectOf(spec, consumer);
            body = OriginRequest.BodyOf(spec, consumer);
        }

        Wait(Phase.Asking, spec.Durable is null ? OriginRetry.AnswerTimeout : OriginRetry.ResetTimeout);
        _answer = owner.Ask(subject, OriginRequest.HeadersOf(_level, spec.IsMirror ? "" : Identity), body, this, attempt);
    }

    private OriginStart Start()
    {
        LogState state = owner.Stream.Log.State;
        if (spec.IsMirror)
        {
            if (state.Messages > 0 || state.FirstSequence > 0) return new OriginStart(state.LastSequence + 1, null);
            return new OriginStart(spec.Source.StartSequence, spec.Source.StartSequence > 0 ? null : spec.Source.StartTime);
        }

        if (_from > 1) return new OriginStart(_from, null);
        if (spec.Source.StartSequence > 0) return new OriginStart(spec.Source.StartSequence, null);
        // Compat: what a stream has lost of a source is not copied again: where nobody knows what that was, its last time is a place to begin.
        GoTime? last = IsUnsure && !_isRecreated && state.LastTime != 0 ? GoTime.FromUnixNanoseconds(state.LastTime) : null;
        if (spec.Source.StartTime is not { } wanted) return new OriginStart(0, last);
        return new OriginStart(0, last is { } time && wanted.UnixNanoseconds < time.UnixNanoseconds ? time : wanted);
    }

    private void OnRefused(ApiError error)
    {
        if (error.Is(ApiErrors.ConsumerStreamIdentityMismatch))
        {
            // A new stream of the old name: from its beginning.
            Recover(new SourcePosition(0, "", StoredAt));
            _isRecreated = true;
            Begin(0);
            return;
        }

        int lower = _level > OriginRequest.SourcingLevel ? OriginRequest.SourcingLevel : spec.Durable is null ? 0 : _level;
        if ((error.Is(ApiErrors.RequiredApiLevel) || error.Is(ApiErrors.InvalidJSON)) && lower < _level)
        {
            _level = lower;
            Send();
            return;
        }

        OriginLog.Refused(owner.Server.Logger, owner.Stream.Account.Name, owner.Stream.Name, Kind, spec.Name, error.ToString());
        Fail(error);
    }

    private void Fail(ApiError? error = null)
    {
        _failures++;
        if (error is not null) Volatile.Write(ref _error, error);
        Begin(_from);
    }

    // ---- Listening ----

    private void Listen(OriginAnswer answer, StreamMachine machine)
    {
        ulong stream = spec.IsMirror ? machine.Log.State.LastSequence : KnownOf(answer);
        if (spec.IsMirror && answer.Delivered > stream && machine.Log.Skip(answer.Delivered - stream) != LogStatus.Ok)
        {
            Fail();
            return;
        }

        bool isNew = !spec.IsMirror && answer.Identity.Length > 0 && History.Identity != answer.Identity;
        Position.Begin(Math.Max(stream, answer.Delivered));
        _failures = 0;
        IsUnsure = false;
        _consumer = Encoding.UTF8.GetBytes(answer.Consumer);
        _answer?.Dispose();
        _answer = null;
        string subject = spec.Durable is null ? answer.DeliverSubject : _deliverSubject;
        Volatile.Write(ref _subscription, owner.Inbox.Listen(subject, owner.NextNumber(this)));
        Wait(Phase.Listening, OriginRetry.Silence);
        // From here on a crash may take what is copied, but not where that began.
        if (isNew) owner.Keep();
    }

    private ulong KnownOf(OriginAnswer answer)
    {
        byte[] identity = Encoding.UTF8.GetBytes(answer.Identity);
        bool isOther = identity.Length > 0 && _identity.Length > 0 && !identity.AsSpan().SequenceEqual(_identity);
        if (isOther || _isRecreated) OriginLog.Recreated(owner.Server.Logger, spec.Name, owner.Stream.Account.Name, owner.Stream.Name);
        ulong known = isOther || _isRecreated ? 0 : Position.Stream;
        (_identity, _isRecreated) = (identity, false);
        return known;
    }

    private void LookForSilence()
    {
        TimeSpan silence = owner.Server.Time.GetElapsedTime(_subscription!.HeardAt);
        if (silence >= OriginRetry.Silence) Restart(Position.Stream + 1);
        else Wait(Phase.Listening, OriginRetry.Silence - silence);
    }

    private void OnControl(PublishRecord record, CopyCommand command)
    {
        if (!record.Reply.IsEmpty)
        {
            command.Reply(record.Reply, Position.Consumer, Position.Stream);
            return;
        }

        ReadOnlySpan<byte> sent = HeaderLookup.Find(record.Headers, "Nats-Last-Consumer"u8);
        ReadOnlySpan<byte> stalled = HeaderLookup.Find(record.Headers, "Nats-Consumer-Stalled"u8);
        if (!sent.IsEmpty && Position.HasLost(HeaderNumbers.ReadExpected(sent))) Restart(Position.Stream + 1);
        else if (!stalled.IsEmpty) command.Reply(stalled);
    }

    // ---- Storing ----

    private bool TryMirror(PublishRecord record, in AckSubject message, ulong before, StreamMachine machine, long now)
    {
        // The origin has nothing there.
        if (message.StreamSequence > before + 1 && machine.Log.Skip(message.StreamSequence - before - 1) != LogStatus.Ok) return false;
        ReadOnlySpan<byte> headers = record.Headers.IsEmpty
            ? default
            : owner.Headers.Load(record.Headers).RemovePrefixed(HeaderNames.ExpectedPrefix).RemovePrefixed("Nats-Batch-"u8).Block;
        if (message.Pending < StreamOrigins.CaughtUp) owner.OnCaughtUp(spec);
        return IsStored(machine.StoreCopy(spec.SubjectOf(record.Subject), headers, record.Payload, message.StreamSequence, message.Time, now));
    }

    private bool TryCopy(PublishRecord record, in AckSubject message, StreamMachine machine, long now)
    {
        HeaderEditor editor = owner.Headers.Load(record.Headers);
        if (!record.Headers.IsEmpty) editor.Remove(HeaderNames.StreamSource).RemovePrefixed(HeaderNames.ExpectedPrefix).RemovePrefixed("Nats-Batch-"u8);
        int room = SourceHeader.LengthFor(spec, record.Subject, _identity);
        Span<byte> value = room <= 512 ? stackalloc byte[512] : new byte[room];
        int length = SourceHeader.Write(value, spec, message.StreamSequence, record.Subject, _identity);
        editor.Add(HeaderNames.StreamSource, value[..length]);
        // Storing may remove others: from here on this one stands for the source.
        ulong before = StoredAt;
        StoredAt = machine.Log.State.LastSequence + 1;
        CopyOutcome outcome = machine.StoreCopy(spec.SubjectOf(record.Subject), editor.Block, record.Payload, 0, now, now);
        if (outcome.Status != CopyStatus.Stored) StoredAt = before;
        return IsStored(outcome);
    }

    private bool IsStored(CopyOutcome outcome)
    {
        // A duplicate is there already.
        if (outcome.Status is CopyStatus.Stored or CopyStatus.Duplicate) return true;
        if (outcome.Status == CopyStatus.Refused) OriginLog.NotStored(owner.Server.Logger, Kind, spec.Name, owner.Stream.Account.Name, owner.Stream.Name, outcome.Reason);
        return false;
    }

    // ---- Both ----

    private void Restart(ulong from) => Begin(from);

    private void Unlisten()
    {
        _answer?.Dispose();
        _answer = null;
        if (_subscription is not { Entry.IsClosed: false } subscription) return;
        owner.Inbox.Unlisten(subscription);
        owner.Forget(subscription.Number);
    }

    private void Wait(Phase phase, TimeSpan time)
    {
        _phase = phase;
        Due = owner.Server.Time.GetTimestamp() + (long)(time.TotalSeconds * owner.Server.Time.TimestampFrequency);
    }
}
