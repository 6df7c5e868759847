using DotNats.Server;
using DotNats.Server.Connections;
using DotNats.Server.Routing;

namespace DotNats.JetStream.Consumers;

/// <summary>What a consumer's turn works with, and whether a slow client keeps the next one from delivering.</summary>
// Owner: the consumer's runner; a client that took enough resumes on any thread.
internal sealed class DeliveryTurn(ServerCore server, LiveConsumer consumer) : IPausedProducer
{
    private IStallPoint? _slowBefore;
    private volatile bool _isHeld;

    public DeliveryContext Context { get; private set; } = null!;

    public OutgoingMessage Outgoing { get; private set; } = null!;

    /// <summary>The turn leaves with somebody else's batch.</summary>
    public bool IsGuest { get; private set; }

    /// <summary>A client has so much to take that nothing is sent before it did.</summary>
    public bool IsHeld => _isHeld;

    /// <param name="context">What the turn leaves with, flushed by whoever gives it; null where it leaves by itself.</param>
    public void Begin(DeliveryContext? context)
    {
        IsGuest = context is not null;
        Context = context ?? server.Contexts.Rent();
        _slowBefore = Context.StalledBy;
        Context.StalledBy = null;
        Outgoing = consumer.Stream.Owner.Service.Outgoing.Rent();
    }

    /// <summary>Sends what was written.</summary>
    /// <returns>The client that is slow; null for none. The caller calls <see cref="WaitFor"/> last.</returns>
    public IStallPoint? End()
    {
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
}
