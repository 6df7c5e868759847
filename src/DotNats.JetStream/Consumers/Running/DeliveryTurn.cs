using DotNats.JetStream.Consumers.State;
using DotNats.Server;
using DotNats.Server.Connections;
using DotNats.Server.Routing;

namespace DotNats.JetStream.Consumers;

/// <summary>What a consumer's turn works with, when the next one is due, and whether a slow client keeps that from delivering.</summary>
// Owner: the consumer's runner; a client that took enough resumes on any thread.
// Lifetime: what is made for a consumer that is used is let go once it is idle again, so that it costs no more than one that never was.
internal sealed class DeliveryTurn(ServerCore server, LiveConsumer consumer, ConsumerState state, ConsumerStore? store, ConsumerCommits commits) : IPausedProducer
{
    // What a busier time needed is given back when nothing was delivered for so long.
    private const long TrimNanoseconds = 10_000_000_000;

    private IStallPoint? _slowBefore;

    private ConsumerAlarm? _alarm;
    private UnreadableMessages? _unreadable;
    private volatile bool _isHeld;

    public DeliveryContext Context { get; private set; } = null!;

    public OutgoingMessage Outgoing { get; private set; } = null!;

    /// <summary>The turn leaves with somebody else's batch.</summary>
    public bool IsGuest { get; private set; }

    /// <summary>A client has so much to take that nothing is sent before it did.</summary>
    public bool IsHeld => _isHeld;

    /// <summary>Null while the consumer is idle.</summary>
    public DeliveryTools? ToolsInUse { get; private set; }

    /// <summary>What it works with while it is used.</summary>
    public DeliveryTools Tools => ToolsInUse ??= new DeliveryTools(server, consumer, state, store, commits);

    /// <summary>Null where nobody waits or has waited lately.</summary>
    public PullDesk? PullsInUse { get; private set; }

    /// <summary>Takes the requests of a pull consumer.</summary>
    public PullDesk Pulls => PullsInUse ?? MakePulls();

    /// <summary>When something was delivered last, or began to be in use; <see cref="long.MaxValue"/> once that is given back.</summary>
    public long UsedAt { get; set; } = long.MaxValue;

    /// <summary>When to call <see cref="Trim"/>; <see cref="long.MaxValue"/> for never.</summary>
    public long TrimDue => UsedAt == long.MaxValue || state.UnsettledCount > 0 ? long.MaxValue : UsedAt + TrimNanoseconds;

    private bool HasIdlePulls => PullsInUse is { Queue: { Count: 0, PinId: "" } };

    /// <summary>Told of messages that cannot be read.</summary>
    public UnreadableMessages Unreadable => _unreadable ??= new UnreadableMessages(server, consumer, this);

    /// <param name="context">What the turn leaves with, flushed by whoever gives it; null where it leaves by itself.</param>
    public void Begin(DeliveryContext? context)
    {
        IsGuest = context is not null;
        Context = context ?? server.Contexts.Rent();
        _slowBefore = Context.StalledBy;
        Context.StalledBy = null;
        Outgoing = consumer.Stream.Owner.Service.Outgoing.Rent();
        PullsInUse?.BeginTurn(Context);
        if (ToolsInUse is not null) ToolsInUse.BeginTurn();
        // What is pending since before may be given up in this turn, and owe a letter.
        else if (state.UnsettledCount > 0) _ = Tools;
    }

    /// <summary>The consumer is idle.</summary>
    public void Trim()
    {
        UsedAt = long.MaxValue;
        ToolsInUse = null;
        commits.Trim();
        consumer.TrimRecords();
        if (HasIdlePulls) PullsInUse = null;
        if (_alarm is { IsSet: false }) _alarm = null;
    }

    /// <summary>Sends what was written.</summary>
    /// <returns>The client that is slow; null for none. The caller calls <see cref="WaitFor"/> last.</returns>
    /// <param name="now">Nanoseconds since 1970.</param>
    public IStallPoint? End(long now)
    {
        if (UsedAt == long.MaxValue && (ToolsInUse is not null || HasIdlePulls)) UsedAt = now;
        IStallPoint? slow = Context.StalledBy;
        Context.StalledBy = _slowBefore;
        if (!IsGuest)
        {
            Context.Flush();
            server.Contexts.Return(Context);
        }

        consumer.Stream.Owner.Service.Outgoing.Return(Outgoing);
        return slow;
    }

    /// <summary>Something is due then, in nanoseconds since 1970; <see cref="long.MaxValue"/> for nothing.</summary>
    public void SetAlarm(long due)
    {
        if (due != long.MaxValue) (_alarm ??= new ConsumerAlarm(server, consumer)).Set(due);
    }

    /// <summary>Nothing is due any more.</summary>
    public void StopAlarm() => _alarm?.Stop();

    /// <summary>Delivers nothing before a client took what waits for it.</summary>
    public void WaitFor(IStallPoint slow)
    {
        _isHeld = true;
        if (!slow.TryPause(this)) Resume();
    }

    public void Resume()
    {
        _isHeld = false;
        consumer.Wake();
    }

    private PullDesk MakePulls()
    {
        PullsInUse = new PullDesk(consumer, state, server.EventIds);
        PullsInUse.BeginTurn(Context);
        return PullsInUse;
    }
}
