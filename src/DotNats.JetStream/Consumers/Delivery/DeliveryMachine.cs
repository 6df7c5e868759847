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
    private const int BytesPerTurn = 128 * 1024;

    // Somebody listens and takes nothing: tried again after this.
    private const long RetryNanoseconds = 1_000_000_000;

    // What several listen for waits for a slow one of them no longer than a publisher would.
    private const long SharedPauseNanoseconds = 10_000_000;

    // What a busier time needed is given back when nothing was delivered for so long.
    private const long TrimNanoseconds = 10_000_000_000;

    private readonly ServerCore _server;
    private readonly LiveConsumer _consumer;
    private readonly LiveStream _stream;
    private readonly ConsumerState _state;
    private readonly ConsumerStore? _store;
    private readonly DeliveryCursor _cursor;
    private readonly Settlement _settlement;
    private readonly AckDesk _acks;
    private readonly ConsumerAdvisories _advisories;
    private readonly DeadLetters _deadLetters;
    private readonly AckSubjectWriter _ackSubjects;
    private readonly PullDesk? _pulls;
    private readonly PushSide? _push;
    private readonly Idleness _idleness;
    private readonly PauseClock _pause;
    private readonly DeliveryWatch _watch = new();
    private readonly ConsumerAlarm _alarm;
    private readonly ConsumerDescriber _describer;
    private readonly DeliveryTurn _turn;
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
    private bool _isTrimmed = true;
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
        _advisories = new ConsumerAdvisories(_stream.Owner.Service.Advisories, consumer);
        _settlement = new Settlement(consumer, server.Chunks, store, commits);
        _deadLetters = new DeadLetters(server, consumer, state, _settlement, _advisories);
        _acks = new AckDesk(server, consumer, state, _settlement, _advisories, _deadLetters);
        _turn = new DeliveryTurn(server, consumer);
        _cursor = new DeliveryCursor(_stream, state, interest, in start, OnGone, new UnreadableMessages(server, consumer, _advisories, _turn));
        ConsumerAddress address = ConsumerIntake.AddressOf(server, consumer);
        _ackSubjects = new AckSubjectWriter(in address);
        var statuses = new StatusLines(_stream.Account);
        if (_config.IsPull) _pulls = new PullDesk(_stream.Account, _config, state, _advisories, statuses, server.EventIds);
        else _push = new PushSide(_stream.Account, $"$JS.FC.{address.Text}.", _config, statuses, consumer.Wake);
        _idleness = new Idleness(_config, _now);
        _pause = new PauseClock(_advisories);
        _pause.Start(_config, _now);
        _alarm = new ConsumerAlarm(server.Timers, server.Time, consumer.Wake);
        _describer = new ConsumerDescriber(_stream, state, _cursor, _pulls, _push, _pause);
        StartPace();
        Spread(_config);
    }

    public ConsumerInterest Interest => _cursor.Interest;

    private DeliveryContext Context => _turn.Context;

    private OutgoingMessage Outgoing => _turn.Outgoing;

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
        _alarm.Stop();
        _push?.Target.Stop();
        BeginTurn(context: null);
        if (end == ConsumerEnd.Deleted) _pulls?.Queue.Clear(PullStatusKind.ConsumerDeleted);
        else _pulls?.Queue.Clear(_server.IsStopping ? PullStatusKind.ServerShutdown : null);
        EndTurn();
        if (end == ConsumerEnd.Deleted) _deadLetters.OnDeleted();
        Abandon();
    }

    /// <summary>Something went wrong that must not: nothing more happens, and who waits is told.</summary>
    public void Abandon()
    {
        _alarm.Stop();
        _push?.Target.Stop();
        _describer.Refuse();
    }

    // ---- Turns ----

    /// <param name="context">What the turn leaves with, flushed by whoever gives it; null where it leaves by itself.</param>
    public void BeginTurn(DeliveryContext? context)
    {
        _turn.Begin(context);
        _now = Now();
        _pulls?.BeginTurn(Context);
        _deadLetters.BeginTurn();
    }

    /// <summary>Sends what was written, keeps what changed, and tells everyone else what the turn brought.</summary>
    public void EndTurn()
    {
        bool isUrgent = _settlement.HasAnswers || _isAnswering;
        _settlement.HandOver(Context, Interest, _state.AckFloor.Stream);
        Context.ReleaseHeld();
        _store?.Commit(isUrgent, _now);
        _isAnswering = false;
        IStallPoint? slow = _turn.End();
        Interest.Publish(_state);
        if (slow is not null) _turn.WaitFor(slow);
        _alarm.Set(NextDue());
    }

    /// <summary>Takes what a client or the stream says.</summary>
    public void Take(ConsumerRecord record)
    {
        switch (record.Kind)
        {
            case ConsumerRecordKind.Ack:
                _idleness.Touch(_now);
                if (_acks.Take(record, _now, out ReadOnlySpan<byte> request)) TakePull(record.Reply, request);
                break;
            case ConsumerRecordKind.Pull:
                TakePull(record.Reply, record.Body);
                break;
            case ConsumerRecordKind.PullTooNew:
                StatusOf(record.Reply, "412 Required Api Level");
                break;
            case ConsumerRecordKind.FlowControl:
                if (_push?.TryAnswer(record.Reply) == true && _config.AckPolicy == AckPolicy.FlowControl) _acks.TakeFlowControl(record.Body, _now);
                break;
            case ConsumerRecordKind.Removed:
                if (_state.Remove(record.StreamSequence, out PendingMessage message)) OnGone(message);
                break;
            case ConsumerRecordKind.Letter:
                _deadLetters.OnAnswer(record.StreamSequence, record.ConsumerSequence, record.Body, _now);
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
        // Also where nobody asks for messages, so that a count is in nobody's way.
        if (!_describer.TryAnswer(command, Known(), _now)) BeginCount();
    }

    public void Update(ConsumerConfig config)
    {
        ConsumerConfig before = _config;
        _config = config;
        Context.ReleaseHeld();
        _state.Update(config);
        _pulls?.Queue.Update(config);
        if (_push?.Update(before, config) == true) _state.RedeliverAll();
        if (before.InactiveThresholdNanoseconds != config.InactiveThresholdNanoseconds) _idleness.Update(config, _now);
        if (before.RateLimitBits != config.RateLimitBits) StartPace();
        _pause.Update(before, config, _now);
        Spread(config);
        // Compat: a consumer through which a stream is copied begins again behind what was acknowledged.
        if (config.Sourcing) Reset(0);
        if (before.Filters.SequenceEqual(config.Filters)) return;
        _cursor.BeginCount();
        _consumer.BeginReplace(Interest, new StartingPoint(_state.NextSequence));
    }

    public bool Unpin(string group)
    {
        if (!_config.PriorityGroups.Contains(group)) return false;
        _pulls?.Queue.Unpin(group);
        return true;
    }

    /// <summary>Begins again elsewhere; what is left is counted anew.</summary>
    public ResetOutcome Reset(ulong sequence)
    {
        if (sequence == 0) sequence = _state.AckFloor.Stream + 1;
        else if (ResetRules.FindError(_config, _stream.Log, sequence) is { } error) return new ResetOutcome(0, error);
        _state.Reset(sequence);
        _lastGone = 0;
        _pulls?.Queue.DropPin();
        _cursor.Restart();
        return new ResetOutcome(sequence, null);
    }

    /// <summary>The stream did what follows from acknowledgements: who waits is told once the state is kept too.</summary>
    public void Answer(AnswerBatch answers)
    {
        _isAnswering = true;
        _settlement.AnswerOnceKept(Context, answers);
    }

    /// <summary>The stream has counted what is left.</summary>
    public void OnCounted(ConsumerInterest interest, long counted)
    {
        // Replaced meanwhile, which is counted too.
        if (!ReferenceEquals(interest, Interest)) return;
        _cursor.OnCounted(counted);
        _describer.AnswerWaiting(Known(), _now);
    }

    /// <summary>The stream counts by other filters from now on.</summary>
    public void OnReplaced(ConsumerInterest interest, in ConsumerStart start)
    {
        _cursor.Replace(interest, in start);
        _describer.AnswerWaiting(Known(), _now);
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

    private ConsumerSnapshot Known() => new()
    {
        Config = _config,
        Delivered = default,
        AckFloor = new ConsumerPlace(0, 0, _lastGone),
        Obstacle = Explanation,
        ObstacleAge = _now - _restingSince,
    };

    private string? Explanation => DeliveryObstacles.Explain(_obstacle, _config.PriorityPolicy, _pace is { IsReplaying: true });

    // ---- Delivering ----

    private DeliveryObstacle FindObstacle()
    {
        if (_turn.IsHeld) return DeliveryObstacle.SlowReceiver;
        if (_pause.IsPaused(_now)) return DeliveryObstacle.Paused;
        if (_now < _retryAt && _retryAt != long.MaxValue) return _obstacle == DeliveryObstacle.None ? DeliveryObstacle.Pace : _obstacle;
        _retryAt = long.MaxValue;
        if (_pulls is not null) return _pulls.Queue.Count == 0 ? DeliveryObstacle.NoRequests : DeliveryObstacle.None;
        if (!_push!.Target.IsActive) return DeliveryObstacle.NoInterest;
        return _push.IsStalled ? DeliveryObstacle.FlowControl : DeliveryObstacle.None;
    }

    private DeliveryObstacle DeliverNext()
    {
        CursorOutcome outcome = _cursor.Find(Outgoing.Message, _now);
        _deadLetters.ReportExhausted(Context, _now);
        switch (outcome)
        {
            case CursorOutcome.End: return DeliveryObstacle.NothingToDeliver;
            case CursorOutcome.MaxAckPending: return DeliveryObstacle.MaxAckPending;
            case CursorOutcome.Counting: return DeliveryObstacle.Counting;
        }

        Outgoing.Prepare(_ackSubjects, _cursor.Delivery, _cursor.PendingAfter, _config.HeadersOnly);
        if (_pace is not null && _pace.Ask(Outgoing.Message.Sequence, Outgoing.Message.Timestamp, Outgoing.Size, _now) is var time && time > _now)
        {
            _retryAt = time;
            return DeliveryObstacle.Pace;
        }

        return _pulls is null ? Push() : Pull(_pulls);
    }

    private DeliveryObstacle Push()
    {
        MatchResult listeners = Context.Matches.Find(Context, _stream.Account, _push!.Target.Subject);
        if (!Outgoing.Route(Context, listeners))
        {
            _push.Target.OnNotDelivered();
            _retryAt = _now + RetryNanoseconds;
            return DeliveryObstacle.NoInterest;
        }

        int bytes = Outgoing.BodyLength + Outgoing.Reply.Length + _push.Target.Subject.Length;
        OnDelivered();
        _push.OnSent(Context, bytes, _cursor.IsAtMaxAckPending, _now);
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
        _idleness.Touch(_now);
        return DeliveryObstacle.None;
    }

    private void OnDelivered()
    {
        _restedFor = DeliveryObstacle.None;
        _watch.OnDelivered();
        _isTrimmed = false;
        ulong sequence = Outgoing.Message.Sequence;
        _cursor.OnDelivered(sequence, _now);
        _pace?.OnSent(_state.NextSequence);
        if (_config.AckPolicy == AckPolicy.None) _settlement.Add(sequence);
    }

    // True where there is more to do; false where it may sleep: whoever ends what keeps it from delivering wakes it.
    private bool Rest()
    {
        if (_obstacle != _restedFor) (_restedFor, _restingSince) = (_obstacle, _now);
        bool hasDemand = _pulls is { Queue.Count: > 0 } || _push is { Target.IsActive: true };
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

        if (_pulls is null) return false;
        bool isAtEnd = _obstacle is not (DeliveryObstacle.MaxAckPending or DeliveryObstacle.SlowReceiver or DeliveryObstacle.Counting or DeliveryObstacle.Pace);
        // Another client may have its turn once a pin has ended.
        return _pulls.Queue.Process(isAtEnd, _now) && _obstacle == DeliveryObstacle.NoTurn;
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
        _deadLetters.ReportExhausted(Context, _now);
        _deadLetters.SendDue(Context, _now);
        _pause.Process(_config, _now);
        if (_watch.TryTake(_now)) OnStuck();
        _push?.Beat(Context, _state, _now);
        if (_now >= _idleness.NextDue) GiveUpIfIdle();
        if (_now < TrimDue()) return;
        _state.Trim();
        _isTrimmed = true;
    }

    private long TrimDue() => _isTrimmed || _state.PendingCount > 0 ? long.MaxValue : _state.LastDelivery + TrimNanoseconds;

    // What it believes to be there is counted again.
    private void OnStuck()
    {
        Context.ReleaseHeld();
        DeliveryLog.Stuck(_server.Logger, _stream.Account.Name, _stream.Name, _consumer.Name, _cursor.Pending, _obstacle);
        _advisories.Stuck(_cursor.Pending, _state.RedeliveryCount, _pulls?.Queue.Count ?? 0);
        BeginCount();
    }

    private void LookForListeners()
    {
        if (_push is not null && (_push.Refresh(_now) || !_push.Target.IsActive)) _idleness.SetActive(_push.Target.IsActive, _now);
    }

    private void GiveUpIfIdle()
    {
        _pulls?.Queue.Process(atEnd: true, _now);
        _pulls?.Queue.Sweep(_now);
        if (_isGivenUp || !_idleness.IsOver(_pulls is { Queue.Count: > 0 }, _state, _config, _now)) return;
        _isGivenUp = true;
        _consumer.OnInactive();
    }

    private long NextDue()
    {
        long due = Math.Min(_state.NextDue, Math.Min(_pause.NextDue, _idleness.NextDue));
        if (_isGivenUp) due = Math.Min(_state.NextDue, _pause.NextDue);
        due = Math.Min(Math.Min(due, TrimDue()), Math.Min(_retryAt, Math.Min(_watch.NextDue, _deadLetters.NextDue)));
        return Math.Min(due, _pulls?.Queue.NextDue ?? _push!.NextDue);
    }

    // ---- Taking ----

    private void TakePull(ReadOnlySpan<byte> reply, ReadOnlySpan<byte> body)
    {
        if (_pulls is null)
        {
            if (!reply.IsEmpty) StatusOf(reply, "409 Consumer is push based");
            return;
        }

        _idleness.Touch(_now);
        _pulls.Take(reply, body, _cursor.Pending + (ulong)_state.RedeliveryCount, _now);
    }

    private void StatusOf(ReadOnlySpan<byte> reply, string status) => new StatusLines(_stream.Account).Send(Context, reply, status);

    // ---- Configuration ----

    private void Spread(ConsumerConfig config)
    {
        _cursor.Update(config);
        _acks.Update(config);
        _deadLetters.Update(config);
    }

    private void StartPace() =>
        _pace = DeliveryPace.Of(_config, _pace, _stream.Config.MaxMessageSize > 0 ? _stream.Config.MaxMessageSize : _server.Options.Limits.MaxPayloadBytes, _stream.Log, _now);

    private void OnGone(PendingMessage message)
    {
        Context.ReleaseHeld();
        _lastGone = _now;
        _acks.OnGone(message);
    }

    private long Now() => StreamClock.Now(_server.Time);
}
