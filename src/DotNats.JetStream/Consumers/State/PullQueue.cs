using DotNats.Primitives;

namespace DotNats.JetStream.Consumers.State;

/// <summary>The pull requests that wait for a consumer's messages, and whose turn it is.</summary>
/// <remarks>
/// To deliver: <see cref="TakeTurn"/> says who gets a message, which then must go there, and <see cref="EndTurn"/> follows. When there is nothing to deliver, and
/// at <see cref="NextDue"/>: <see cref="Process"/>. Times are nanoseconds since 1970. Nothing is allocated for a request once there was one as long.
/// </remarks>
// Owner: the consumer's runner. Lifetime: the consumer's.
internal sealed class PullQueue
{
    // Full queues are looked through for requests that nobody listens for any more at most so often.
    private const long FullCheckInterval = 1_000_000_000;

    // Requests that are done wait here to be used again.
    private const int MostSpares = 8;

    private readonly IPullClients _clients;
    private readonly PullOrder _order = new();
    private readonly PullPin _pin;
    private WaitingPull? _spares;
    private int _spareCount;
    private ConsumerConfig _config;
    private long _requestsDue = long.MaxValue;
    private long _lastPass = long.MinValue / 2;
    private int _noWaits;

    public PullQueue(ConsumerConfig config, IPullClients clients, Nuid ids)
    {
        _clients = clients;
        _pin = new PullPin(clients, ids);
        _config = config;
        Update(config);
    }

    /// <summary>Requests that wait, those included that are due to go.</summary>
    public int Count => _order.Count;

    /// <summary>The pin that is in force; empty for none.</summary>
    public string PinId => _pin.Id;

    /// <summary>When it was given; 0 while there is none.</summary>
    public long PinGivenAt => _pin.GivenAt;

    /// <summary>When <see cref="Process"/> has something to do at the earliest; <see cref="long.MaxValue"/> for never.</summary>
    public long NextDue => Math.Min(_requestsDue, _pin.ExpiresAt);

    /// <summary>Puts another configuration in force.</summary>
    public void Update(ConsumerConfig config)
    {
        _config = config;
        _pin.SetTtl(config.PinnedTtlNanoseconds);
    }

    /// <summary>Takes a request, or tells its client why not.</summary>
    /// <param name="reply">Where its messages go; nothing is kept of the span.</param>
    /// <param name="origin">What the consumer wants to know of it later.</param>
    /// <param name="isImported">It came from another account.</param>
    /// <param name="pending">Messages the consumer has still to deliver, new or again.</param>
    /// <returns>True where it waits now.</returns>
    public bool Add(in PullRequest request, ReadOnlySpan<byte> reply, object? origin, bool isImported, ulong pending, long now)
    {
        if ((PullRules.Check(request, _config) ?? CheckPin(request, now)) is { } refusal)
        {
            _clients.Tell(reply, origin, refusal);
            return false;
        }

        if (_order.Count >= _config.MaxWaiting && now - _lastPass > FullCheckInterval) Pass(atEnd: false, now);
        if (request.NoWait && FindNoWaitRefusal(request, pending, now) is { } kind)
        {
            _clients.Tell(reply, origin, new PullStatus(kind));
            return false;
        }

        if (_order.Count >= _config.MaxWaiting)
        {
            // Compat: a client with heartbeats notices by itself, and would otherwise ask again at once.
            if (request.HeartbeatNanoseconds == 0) _clients.Tell(reply, origin, new PullStatus(PullStatusKind.TooManyRequests));
            return false;
        }

        WaitingPull pull = Rent();
        pull.Set(request, reply, origin, isImported, now);
        if (_config.PriorityPolicy == PriorityPolicy.Prioritized) _order.AddByPriority(pull);
        else _order.Add(pull);
        if (pull.NoWait) _noWaits++;
        _requestsDue = Math.Min(_requestsDue, Math.Min(pull.ExpiresAt, pull.NextHeartbeat));
        return true;
    }

    /// <summary>The request that gets a message of some size; null where none can have it now. Those that have become void end on the way.</summary>
    /// <param name="bytes">Of subject, acknowledgement subject, headers and payload.</param>
    /// <param name="pending">Messages the consumer has still to deliver, this one included.</param>
    /// <param name="ackPending">Messages that wait for their acknowledgement.</param>
    public WaitingPull? TakeTurn(long bytes, ulong pending, int ackPending, long now)
    {
        bool needsPin = _config.PriorityPolicy == PriorityPolicy.PinnedClient && !_pin.IsSet;
        int passed = 0;
        while (_order.First is { } pull)
        {
            if (now >= pull.ExpiresAt)
            {
                End(pull, PullStatusKind.RequestTimeout);
                continue;
            }

            Fit fit = JudgePin(pull, needsPin, now, out bool gotPin);
            if (fit == Fit.Yes && _config.PriorityPolicy == PriorityPolicy.Overflow && !Overflows(pull, pending, ackPending)) fit = Fit.Later;
            if (fit == Fit.Later)
            {
                Rotate(pull);
                if (++passed >= _order.Count) return null;
            }
            else if (fit == Fit.Yes && TryTakeBytes(pull, bytes, gotPin) && Serve(pull))
            {
                return pull;
            }
        }

        return null;
    }

    /// <summary>The message has gone to the request whose turn it was.</summary>
    public void EndTurn(WaitingPull pull, long now)
    {
        if (pull.Messages > 0)
        {
            pull.BeatAgain(now);
            return;
        }

        if (pull.Bytes > 0) Tell(pull, PullStatusKind.BatchCompleted);
        Return(pull);
    }

    /// <summary>Ends what has expired, tells who waits that the consumer is there.</summary>
    /// <param name="atEnd">There is nothing more to deliver: requests that do not wait end. False where it only must not be delivered.</param>
    /// <returns>True where a pin has ended: another client may get messages now.</returns>
    public bool Process(bool atEnd, long now)
    {
        bool hasEnded = _pin.Expire(now);
        if ((atEnd && _noWaits > 0) || now >= _requestsDue) Pass(atEnd, now);
        return hasEnded;
    }

    /// <summary>The same, and ends requests that nobody listens for any more.</summary>
    public void Sweep(long now) => Pass(atEnd: false, now);

    /// <summary>Somebody wants another client to be the one.</summary>
    public void Unpin(string group) => _pin.End(group, "admin");

    /// <summary>Takes the pin away without a word: the consumer starts anew.</summary>
    public void DropPin() => _pin.Drop();

    /// <summary>Ends all requests.</summary>
    /// <param name="status">What their clients are told; null for nothing.</param>
    public void Clear(PullStatusKind? status)
    {
        while (_order.First is { } pull)
        {
            if (status is { } kind) Tell(pull, kind);
            EndSilently(pull);
        }

        _requestsDue = long.MaxValue;
    }

    // ---- Taking requests ----

    private PullStatus? CheckPin(in PullRequest request, long now)
    {
        if (!request.IsJson || !_pin.IsSet || _config.PriorityPolicy == PriorityPolicy.None || string.IsNullOrEmpty(request.PinId)) return null;
        if (request.PinId != _pin.Id) return new PullStatus(PullStatusKind.PinMismatch);
        _pin.Renew(now);
        return null;
    }

    private PullStatusKind? FindNoWaitRefusal(in PullRequest request, ulong pending, long now)
    {
        if (pending == 0) return request.ExpiresNanoseconds == 0 ? PullStatusKind.NoMessages : null;
        return pending < (ulong)Math.Max(0, Pass(atEnd: false, now)) ? PullStatusKind.RequestsPending : null;
    }

    // Returns how many messages those want that go on waiting.
    private long Pass(bool atEnd, long now)
    {
        _lastPass = now;
        _requestsDue = long.MaxValue;
        long wanted = 0;
        for (WaitingPull? pull = _order.First, next; pull is not null; pull = next)
        {
            next = pull.Next;
            if (now >= pull.ExpiresAt)
            {
                End(pull, PullStatusKind.RequestTimeout);
            }
            // Compat: one that has a time and was given nothing yet goes on to wait for it.
            else if (atEnd && pull.NoWait && (pull.ExpiresAt == long.MaxValue || pull.Given > 0))
            {
                End(pull, PullStatusKind.NoMessages);
            }
            else if (!_clients.HasInterest(pull))
            {
                EndSilently(pull);
            }
            else
            {
                wanted += pull.Messages;
                Beat(pull, now);
                _requestsDue = Math.Min(_requestsDue, Math.Min(pull.ExpiresAt, pull.NextHeartbeat));
            }
        }

        return wanted;
    }

    private void Beat(WaitingPull pull, long now)
    {
        if (now < pull.NextHeartbeat) return;
        Tell(pull, PullStatusKind.Heartbeat);
        pull.BeatAgain(now);
    }

    // ---- Taking turns ----

    private enum Fit
    {
        Yes,
        Later,
        Ended,
    }

    private Fit JudgePin(WaitingPull pull, bool needsPin, long now, out bool gotPin)
    {
        gotPin = false;
        if (needsPin && pull.PinId.Length == 0) gotPin = _pin.TryGive(pull, now);
        else if (needsPin || (_pin.IsSet && pull.PinId.Length > 0 && pull.PinId != _pin.Id)) return EndWrongPin(pull);
        else if (_pin.IsSet && pull.PinId.Length == 0) return Fit.Later;
        return Fit.Yes;
    }

    private Fit EndWrongPin(WaitingPull pull)
    {
        End(pull, PullStatusKind.WrongPin);
        return Fit.Ended;
    }

    private static bool Overflows(WaitingPull pull, ulong pending, int ackPending)
    {
        if (pull.MinPending <= 0 && pull.MinAckPending <= 0) return true;
        return (pull.MinPending > 0 && (ulong)pull.MinPending <= pending) || (pull.MinAckPending > 0 && pull.MinAckPending <= ackPending);
    }

    private bool TryTakeBytes(WaitingPull pull, long bytes, bool gotPin)
    {
        if (pull.Bytes <= 0) return true;
        if (bytes > pull.Bytes)
        {
            End(pull, PullStatusKind.MessageTooLarge);
            if (gotPin) _pin.Drop();
            return false;
        }

        pull.Bytes -= bytes;
        if (pull.Bytes == 0) pull.Messages = 1;
        return true;
    }

    private bool Serve(WaitingPull pull)
    {
        if (!_clients.HasInterest(pull))
        {
            if (pull.IsImported) End(pull, PullStatusKind.InterestExpired);
            else EndSilently(pull);
            return false;
        }

        pull.Given++;
        if (--pull.Messages <= 0) Remove(pull);
        else if (_order.Count > 1) Rotate(pull);
        return true;
    }

    private void Rotate(WaitingPull pull)
    {
        _order.Remove(pull);
        if (_config.PriorityPolicy == PriorityPolicy.Prioritized) _order.AddByPriority(pull);
        else _order.Add(pull);
    }

    // ---- Ending requests ----

    private void End(WaitingPull pull, PullStatusKind kind)
    {
        Tell(pull, kind);
        EndSilently(pull);
    }

    private void EndSilently(WaitingPull pull)
    {
        Remove(pull);
        Return(pull);
    }

    private void Tell(WaitingPull pull, PullStatusKind kind) => _clients.Tell(pull.Reply, pull.Origin, new PullStatus(kind, pull.Messages, pull.Bytes));

    private void Remove(WaitingPull pull)
    {
        _order.Remove(pull);
        if (pull.NoWait) _noWaits--;
    }

    private WaitingPull Rent()
    {
        if (_spares is not { } pull) return new WaitingPull();
        _spares = pull.Next;
        pull.Next = null;
        _spareCount--;
        return pull;
    }

    private void Return(WaitingPull pull)
    {
        pull.Clear();
        if (_spareCount == MostSpares) return;
        pull.Next = _spares;
        _spares = pull;
        _spareCount++;
    }
}
