using System.Text;
using DotNats.JetStream.Consumers.State;
using DotNats.Primitives;
using DotNats.Server.Accounts;
using DotNats.Server.InternalClients;
using DotNats.Server.Routing;

namespace DotNats.JetStream.Consumers;

/// <summary>Takes the requests of a pull consumer and answers them.</summary>
// Owner: the consumer's runner; at work inside its turns only, with the context that it was given for this one.
// Lifetime: from the first request until the consumer is idle again: nobody waits, and nobody has a pin.
internal sealed class PullDesk : IPullClients
{
    // Compat: what expires before nats-server gets to it is given nothing, though there is something.
    private const long ShortestWait = 10_000;

    private readonly Account _account;
    private readonly ConsumerState _state;
    private readonly LiveConsumer _consumer;
    private StatusLines? _statuses;
    private DeliveryContext _context = null!;

    public PullDesk(LiveConsumer consumer, ConsumerState state, Nuid ids)
    {
        _consumer = consumer;
        _account = consumer.Stream.Account;
        _state = state;
        Queue = new PullQueue(consumer.Config, this, ids);
    }

    public PullQueue Queue { get; }

    /// <summary>Who listens where the messages of the request go that has its turn.</summary>
    public MatchResult Listeners { get; private set; } = MatchResult.Empty;

    /// <summary>Statuses go out with this turn's context.</summary>
    public void BeginTurn(DeliveryContext context) => _context = context;

    /// <summary>Takes a request.</summary>
    /// <param name="pending">Messages the consumer has still to deliver, new or again.</param>
    public void Take(ReadOnlySpan<byte> reply, ReadOnlySpan<byte> body, ulong pending, long now)
    {
        if (reply.IsEmpty) return;
        PullRequest request = PullRequest.Parse(body, out string? error);
        if (error is not null)
        {
            Tell(reply, null, new PullStatus(PullStatusKind.BadRequest, Text: error));
            return;
        }

        if (request.ExpiresNanoseconds is > 0 and < ShortestWait) request = request with { ExpiresNanoseconds = -1 };
        PullOrigin? origin = PullOrigin.Find(_account, reply);
        Queue.Add(in request, reply, origin, isImported: origin is not null, pending, now);
    }

    public bool HasInterest(WaitingPull pull)
    {
        Listeners = pull.Origin is PullOrigin origin
            ? _context.Matches.Find(_context, origin.Account, origin.Reply)
            : _context.Matches.Find(_context, _account, pull.Reply);
        return Listeners.Count > 0;
    }

    public void Tell(ReadOnlySpan<byte> reply, object? origin, in PullStatus status)
    {
        if (status.Kind == PullStatusKind.Heartbeat)
        {
            (_statuses ??= new StatusLines(_account)).SendHeartbeat(_context, reply, _state.Delivered.Consumer, _state.NextSequence - 1, stalled: null);
            return;
        }

        Span<byte> block = stackalloc byte[512];
        if (status.MaxLength > block.Length) block = new byte[status.MaxLength];
        InternalPublisher.Publish(_context, _account, reply, default, block[..status.Write(block)], default);
    }

    public void OnPinned(string group, string pinId)
    {
        _context.ReleaseHeld();
        _consumer.Advisories.Pinned(group, pinId);
    }

    public void OnUnpinned(string group, string reason)
    {
        _context.ReleaseHeld();
        _consumer.Advisories.Unpinned(group, reason);
    }
}
