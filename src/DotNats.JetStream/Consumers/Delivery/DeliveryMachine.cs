using DotNats.JetStream.Advisories;
using DotNats.JetStream.Consumers.State;
using DotNats.JetStream.Streams;
using DotNats.Server;
using DotNats.Server.Connections;
using DotNats.Server.Routing;

namespace DotNats.JetStream.Consumers;

/// <summary>What acknowledgements, requests, messages and time do to a consumer.</summary>
// Owner: the consumer's runner, which calls it inside a turn: BeginTurn, what was posted, Deliver, EndTurn.
// Invariant: where it rests, it knows why, and whoever can change that wakes it.
internal sealed class DeliveryMachine
{
    // Messages delivered before others get the thread, and bytes after which they are sent.
    private const int MessagesPerTurn = 1024;
    private const int BytesPerTurn = 224 * 1024;

    // Somebody listens and takes nothing: tried again after this.
    private const long RetryNanoseconds = 1_000_000_000;

    // What several listen for waits for a slow one of them no longer than a publisher would.
    private const long SharedPauseNanoseconds = 10_000_000;

    private readonly ServerCore _server;
    private readonly LiveConsumer _consumer;
    private readonly LiveStream _stream;
    private readonly ConsumerState _state;
    private readonly ConsumerStore? _store;
    private readonly DeliveryCursor _cursor;
    private readonly PushSide? _push;
    private readonly DeliveryTurn _turn;
    private DeliveryWatch _watch;
    private PauseClock _pause;

    // Made when it is needed: most consumers are idle.
    private Idleness? _idleness;
    private List<DescribeCommand>? _asking;
    private DeliveryPace? _pace;
    private ConsumerConfig _config;
    private long _now;

    // Compat: that a pending message went counts as an acknowledgement.
    private long _lastGone;
    private long _retryAt = long.MaxValue;
    private DeliveryObstacle _obstacle;
    private DeliveryObstacle _restedFor;
    private long _restingSince;
    private bool _isGivenUp;
    private bool _isAnswering;

    public DeliveryMachine(ServerCore server, LiveConsumer consumer, ConsumerState state, ConsumerInterest interest, in ConsumerStart start, ConsumerStore? store, ConsumerCommits commits)
    {
        _server = server;
        _consumer = consumer;
        _stream = consumer.Stream;
        _config = consumer.Config;
        _state = state;
        _store = store;
        _now = Now();
        _turn = new DeliveryTurn(server, consumer, state, store, commits);
        _cursor = new DeliveryCursor(_stream, state, interest, in start, this, _turn);
        _cursor.Update(_config);
        if (!_config.IsPull) _push = new PushSide(_stream.Account, $"$JS.FC.{ConsumerIntake.AddressOf(server, consumer).Text}.", _config, consumer.Wake);
        if (_config.InactiveThresholdNanoseconds > 0) _idleness = new Idleness(_config, _now);
        _pause.Start(_config, _now);
        StartPace();
    }

    public ConsumerInterest Interest => _cursor.Interest;

    private DeliveryContext Context => _turn.Context;

    private OutgoingMessage Outgoing => _turn.Outgoing;

    private DeliveryTools Tools => _turn.Tools;

    private PullDesk? Pulls => _turn.PullsInUse;

    /// <summary>Where it is.</summary>
    public ConsumerState State => _state;

    /// <summary>Listens for who listens; its runner runs.</summary>
    public void Start()
    {
        if (_push is null) return;
        _push.Target.Start();
        LookForListeners();
    }

    /// <summary>Takes and delivers no more.</summary>
    public void Stop(ConsumerEnd end)
    {
        _turn.StopAlarm();
        _push?.Target.Stop();
        BeginTurn(context: null);
        if (end == ConsumerEnd.Deleted) Pulls?.Queue.Clear(PullStatusKind.ConsumerDeleted);
        else Pulls?.Queue.Clear(_server.IsStopping ? PullStatusKind.ServerShutdown : null);
        EndTurn();
        if (end == ConsumerEnd.Deleted && _state.Letters.Count > 0) DeliveryLog.LettersDropped(_server.Logger, _stream.Account.Name, _stream.Name, _consumer.Name, _state.Letters.Count);
        Abandon();
    }

    /// <summary>Something went wrong that must not: nothing more happens, and who waits is told.</summary>
    public void Abandon()
    {
        _turn.StopAlarm();
        _push?.Target.Stop();
        foreach (DescribeCommand command in _asking ?? []) command.Refuse();
    }

    // ---- Turns ----

    /// <param name="context">What the turn leaves with, flushed by whoever gives it; null where it leaves by itself.</param>
    public void BeginTurn(DeliveryContext? context)
    {
        _turn.Begin(context);
        _now = Now();
    }

    /// <summary>Sends what was written, keeps what changed, and tells everyone else what the turn brought.</summary>
    public void EndTurn()
    {
        bool isUrgent = _turn.ToolsInUse is { Settlement.HasAnswers: true } || _isAnswering;
        _turn.ToolsInUse?.Settlement.HandOver(Context, Interest, _state.AckFloor.Stream);
        Context.ReleaseHeld();
        _store?.Commit(isUrgent, _now);
        _isAnswering = false;
        IStallPoint? slow = _turn.End(_now);
        Interest.Publish(_state);
        if (slow is not null) _turn.WaitFor(slow);
        _turn.SetAlarm(NextDue());
    }

    /// <summary>Takes what a client or the stream says.</summary>
    public void Take(ConsumerRecord record)
    {
        switch (record.Kind)
        {
            case ConsumerRecordKind.Ack:
                _idleness?.Touch(_now);
                if (Tools.Acks.Take(record, _now, out ReadOnlySpan<byte> request)) TakePull(record.Reply, request);
                break;
            case ConsumerRecordKind.Pull:
                TakePull(record.Reply, record.Body);
                break;
            case ConsumerRecordKind.PullTooNew:
                StatusOf(record.Reply, "412 Required Api Level");
                break;
            case ConsumerRecordKind.FlowControl:
                if (_push?.TryAnswer(record.Reply) == true && _config.AckPolicy == AckPolicy.FlowControl) Tools.Acks.TakeFlowControl(record.Body, _now);
                break;
            case ConsumerRecordKind.Removed:
                if (_state.Remove(record.StreamSequence, out PendingMessage message)) OnGone(in message);
                break;
            case ConsumerRecordKind.Letter:
                Tools.DeadLetters.OnAnswer(record.StreamSequence, record.ConsumerSequence, record.Body, _now);
                break;
        }
    }

    /// <summary>Delivers what can be delivered; true where there is more to do at once.</summary>
    public bool Deliver()
    {
        RunDue();
        for (int i = 0; i < MessagesPerTurn; i++)
        {
            _obstacle = FindObstacle();
            if (_obstacle == DeliveryObstacle.None) _obstacle = DeliverNext();
            if (_obstacle != DeliveryObstacle.None) return Rest();
            if (Context.StalledBy is not null)
            {
                _obstacle = DeliveryObstacle.SlowReceiver;
                return false;
            }

            if (Context.UnflushedBytes <= BytesPerTurn) continue;
            if (!_turn.IsGuest) return true;
            Context.FlushDirty();
        }

        return true;
    }

    // ---- Commands ----

    /// <summary>Answers with where the consumer is, once that is known exactly.</summary>
    public void Describe(DescribeCommand command)
    {
        (_asking ??= []).Add(command);
        // Also where nobody asks for messages, so that a count is in nobody's way.
        if (!TryAnswerWhoAsks()) BeginCount();
    }

    public void Update(ConsumerConfig config)
    {
        ConsumerConfig before = _config;
        _config = config;
        Context.ReleaseHeld();
        _state.Update(config);
        Pulls?.Queue.Update(config);
        if (_push?.Update(before, config) == true) _state.RedeliverAll();
        if (before.InactiveThresholdNanoseconds != config.InactiveThresholdNanoseconds) _idleness = new Idleness(config, _now);
        if (before.RateLimitBits != config.RateLimitBits) StartPace();
        if (_pause.Update(before, config, _now)) _consumer.Advisories.Paused(_pause.IsPaused(_now), config.PauseUntil);
        _cursor.Update(config);
        _turn.ToolsInUse?.Update(config);
        // Compat: a consumer through which a stream is copied begins again behind what was acknowledged.
        if (config.Sourcing) Reset(0);
        if (before.Filters.SequenceEqual(config.Filters)) return;
        _cursor.BeginCount();
        _consumer.BeginReplace(Interest, new StartingPoint(_state.NextSequence));
    }

    public bool Unpin(string group)
    {
        if (!_config.PriorityGroups.Contains(group)) return false;
        _turn.Pulls.Queue.Unpin(group);
        return true;
    }

    /// <summary>Begins again elsewhere; what is left is counted anew.</summary>
    public ResetOutcome Reset(ulong sequence)
    {
        if (sequence == 0) sequence = _state.AckFloor.Stream + 1;
        else if (ResetRules.FindError(_config, _stream.Log, sequence) is { } error) return new ResetOutcome(0, error);
        _state.Reset(sequence);
        _lastGone = 0;
        Pulls?.Queue.DropPin();
        _cursor.Restart();
        return new ResetOutcome(sequence, null);
    }

    /// <summary>The stream did what follows from acknowledgements: who waits is told once the state is kept too.</summary>
    public void Answer(AnswerBatch answers)
    {
        _isAnswering = true;
        Tools.Settlement.AnswerOnceKept(Context, answers);
    }

    /// <summary>The stream has counted what is left.</summary>
    public void OnCounted(ConsumerInterest interest, long counted)
    {
        // Replaced meanwhile, which is counted too.
        if (!ReferenceEquals(interest, Interest)) return;
        _cursor.OnCounted(counted);
        TryAnswerWhoAsks();
    }

    /// <summary>The stream counts by other filters from now on.</summary>
    public void OnReplaced(ConsumerInterest interest, in ConsumerStart start)
    {
        _cursor.Replace(interest, in start);
        TryAnswerWhoAsks();
    }

    /// <summary>The stream keeps no more than what consumers need from now on: it is told what that is.</summary>
    public void OnRetentionBegun() => _stream.Runner.Post(new NeedsCommand(Interest, ConsumerDebts.Of(_state)));

    /// <summary>Messages were purged.</summary>
    /// <param name="first">Everything before it that the consumer wants is gone.</param>
    /// <param name="isWider">The consumer wants more than what was purged: each pending message is looked at.</param>
    public void OnPurged(ulong first, bool isWider)
    {
        int before = _state.PendingCount;
        _cursor.OnPurged(first, isWider, Outgoing.Message);
        if (_state.PendingCount < before) _lastGone = _now;
    }

    // False where what is left has to be counted first.
    private bool TryAnswerWhoAsks()
    {
        if (!_cursor.IsSure) return false;
        if (_asking is not { } asking) return true;
        _asking = null;
        Pulls?.Queue.Sweep(_now);
        var describer = new ConsumerDescriber(_stream, _config, _state, _cursor, Pulls?.Queue, _push);
        foreach (DescribeCommand command in asking) command.Complete(describer.Describe(_lastGone, _pause.Remaining(_now), Explanation, _now - _restingSince));
        return true;
    }

    private string? Explanation => DeliveryObstacles.Explain(_obstacle, _config.PriorityPolicy, _pace is { IsReplaying: true });

    // ---- Delivering ----

    private DeliveryObstacle FindObstacle()
    {
        if (_turn.IsHeld) return DeliveryObstacle.SlowReceiver;
        if (_pause.IsPaused(_now)) return DeliveryObstacle.Paused;
        if (_now < _retryAt && _retryAt != long.MaxValue) return _obstacle == DeliveryObstacle.None ? DeliveryObstacle.Pace : _obstacle;
        _retryAt = long.MaxValue;
        if (_push is null) return Pulls is { Queue.Count: > 0 } ? DeliveryObstacle.None : DeliveryObstacle.NoRequests;
        if (!_push.Target.IsActive) return DeliveryObstacle.NoInterest;
        return _push.IsStalled ? DeliveryObstacle.FlowControl : DeliveryObstacle.None;
    }

    private DeliveryObstacle DeliverNext()
    {
        CursorOutcome outcome = _cursor.Find(Outgoing.Message, _now);
        ReportExhausted();
        switch (outcome)
        {
            case CursorOutcome.End: return DeliveryObstacle.NothingToDeliver;
            case CursorOutcome.MaxAckPending: return DeliveryObstacle.MaxAckPending;
            case CursorOutcome.Counting: return DeliveryObstacle.Counting;
        }

        Outgoing.Prepare(Tools.AckSubjects, _cursor.Delivery, _cursor.PendingAfter, _config.HeadersOnly);
        if (_pace is not null && _pace.Ask(Outgoing.Message.Sequence, Outgoing.Message.Timestamp, Outgoing.Size, _now) is var time && time > _now)
        {
            _retryAt = time;
            return DeliveryObstacle.Pace;
        }

        return _push is null ? Pull(_turn.Pulls) : Push(_push);
    }

    private DeliveryObstacle Push(PushSide push)
    {
        MatchResult listeners = Context.Matches.Find(Context, _stream.Account, push.Target.Subject);
        if (!Outgoing.Route(Context, listeners))
        {
            push.Target.OnNotDelivered();
            _retryAt = _now + RetryNanoseconds;
            return DeliveryObstacle.NoInterest;
        }

        int bytes = Outgoing.BodyLength + Outgoing.Reply.Length + push.Target.Subject.Length;
        OnDelivered();
        push.OnSent(Context, bytes, _cursor.IsAtMaxAckPending, _now);
        if (Context.StalledBy is not null && listeners.Count > 1)
        {
            Context.StalledBy = null;
            _retryAt = _now + SharedPauseNanoseconds;
            return DeliveryObstacle.SlowReceiver;
        }

        return DeliveryObstacle.None;
    }

    private DeliveryObstacle Pull(PullDesk pulls)
    {
        // Compat: of a message that is delivered again nats-server thinks that it is not among those pending.
        ulong pending = _cursor.IsRedelivery ? _cursor.Pending + 1 : _cursor.Pending;
        if (pulls.Queue.TakeTurn(Outgoing.Size, pending, _state.PendingCount, _now) is not { } turn)
            return pulls.Queue.Count == 0 ? DeliveryObstacle.NoRequests : DeliveryObstacle.NoTurn;
        if (_config.PriorityPolicy == PriorityPolicy.PinnedClient) Outgoing.AddPin(pulls.Queue.PinId);
        if (Outgoing.Route(Context, pulls.Listeners)) OnDelivered();
        pulls.Queue.EndTurn(turn, _now);
        _idleness?.Touch(_now);
        return DeliveryObstacle.None;
    }

    private void OnDelivered()
    {
        _restedFor = DeliveryObstacle.None;
        _watch.OnDelivered();
        _turn.UsedAt = _now;
        ulong sequence = Outgoing.Message.Sequence;
        _cursor.OnDelivered(sequence, _now);
        _pace?.OnSent(_state.NextSequence);
        if (_config.AckPolicy == AckPolicy.None) Tools.Settlement.Add(sequence);
    }

    // True where there is more to do; false where it may sleep: whoever ends what keeps it from delivering wakes it.
    private bool Rest()
    {
        if (_obstacle != _restedFor) (_restedFor, _restingSince) = (_obstacle, _now);
        bool hasDemand = Pulls is { Queue.Count: > 0 } || _push is { Target.IsActive: true };
        _watch.OnRest(_cursor.Pending > 0 || _state.RedeliveryCount > 0, hasDemand, Explanation is not null, _now);
        switch (_obstacle)
        {
            case DeliveryObstacle.NothingToDeliver or DeliveryObstacle.NoTurn:
                if (_cursor.MustLookAgain()) return true;
                break;
            case DeliveryObstacle.Counting:
                BeginCount();
                break;
        }

        if (Pulls is null) return false;
        bool isAtEnd = _obstacle is not (DeliveryObstacle.MaxAckPending or DeliveryObstacle.SlowReceiver or DeliveryObstacle.Counting or DeliveryObstacle.Pace);
        // Another client may have its turn once a pin has ended.
        return Pulls.Queue.Process(isAtEnd, _now) && _obstacle == DeliveryObstacle.NoTurn;
    }

    private void BeginCount()
    {
        if (_cursor.IsCounting) return;
        _cursor.BeginCount();
        _consumer.BeginCount(Interest);
    }

    // ---- What is due ----

    private void RunDue()
    {
        LookForListeners();
        _state.TakeDue(_now);
        ReportExhausted();
        _turn.ToolsInUse?.DeadLetters.SendDue(Context, _now);
        if (_pause.TryEnd(_now)) _consumer.Advisories.Paused(isPaused: false, _config.PauseUntil);
        if (_watch.TryTake(_now)) OnStuck();
        _push?.Beat(Context, _state, _now);
        if (_idleness is not null && _now >= _idleness.NextDue) GiveUpIfIdle(_idleness);
        if (_now < _turn.TrimDue) return;
        _turn.Trim();
        _state.Trim();
    }

    private void ReportExhausted()
    {
        if (_state.HasReports) Tools.DeadLetters.ReportExhausted(Context, _now);
    }

    // What it believes to be there is counted again.
    private void OnStuck()
    {
        Context.ReleaseHeld();
        DeliveryLog.Stuck(_server.Logger, _stream.Account.Name, _stream.Name, _consumer.Name, _cursor.Pending, _obstacle);
        _consumer.Advisories.Stuck(_cursor.Pending, _state.RedeliveryCount, Pulls?.Queue.Count ?? 0);
        BeginCount();
    }

    private void LookForListeners()
    {
        if (_push is not null && (_push.Refresh(_now) || !_push.Target.IsActive)) _idleness?.SetActive(_push.Target.IsActive, _now);
    }

    private void GiveUpIfIdle(Idleness idleness)
    {
        Pulls?.Queue.Process(atEnd: true, _now);
        Pulls?.Queue.Sweep(_now);
        if (_isGivenUp || !idleness.IsOver(Pulls is { Queue.Count: > 0 }, _state, _config, _now)) return;
        _isGivenUp = true;
        _consumer.OnInactive();
    }

    private long NextDue()
    {
        long due = Math.Min(_state.NextDue, _pause.NextDue);
        if (!_isGivenUp && _idleness is not null) due = Math.Min(due, _idleness.NextDue);
        if (_turn.ToolsInUse is not null) due = Math.Min(due, _turn.ToolsInUse.DeadLetters.NextDue);
        due = Math.Min(Math.Min(due, _turn.TrimDue), Math.Min(_retryAt, _watch.NextDue));
        if (_push is not null) return Math.Min(due, _push.NextDue);
        return Pulls is null ? due : Math.Min(due, Pulls.Queue.NextDue);
    }

    // ---- Taking ----

    private void TakePull(ReadOnlySpan<byte> reply, ReadOnlySpan<byte> body)
    {
        if (_push is not null)
        {
            if (!reply.IsEmpty) StatusOf(reply, "409 Consumer is push based");
            return;
        }

        _idleness?.Touch(_now);
        _turn.Pulls.Take(reply, body, _cursor.Pending + (ulong)_state.RedeliveryCount, _now);
    }

    private void StatusOf(ReadOnlySpan<byte> reply, string status) => new StatusLines(_stream.Account).Send(Context, reply, status);

    // ---- Configuration ----

    private void StartPace() =>
        _pace = DeliveryPace.Of(_config, _pace, _stream.Config.MaxMessageSize > 0 ? _stream.Config.MaxMessageSize : _server.Options.Limits.MaxPayloadBytes, _stream.Log, _now);

    /// <summary>A pending message is not in the stream any more; it is settled.</summary>
    public void OnGone(in PendingMessage message)
    {
        Context.ReleaseHeld();
        _lastGone = _now;
        Tools.Acks.OnGone(in message);
    }

    private long Now() => StreamClock.Now(_server.Time);
}
