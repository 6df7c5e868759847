using System.Text;
using DotNats.Server.Routing;

namespace DotNats.Server.InternalClients;

/// <summary>One interest of a part of the server. Disposing it ends the interest; what waits in the mailbox is not handled any more.</summary>
internal sealed class InternalSubscription : IDisposable
{
    private readonly InternalClient _client;

    public InternalSubscription(InternalClient client, string subject, string? queue, SubscriptionId id, Action<InternalMessage> handler)
    {
        _client = client;
        Handler = handler;
        Entry = new Subscription(client, Encoding.UTF8.GetBytes(subject), queue is null ? null : Encoding.UTF8.GetBytes(queue), id);
    }

    /// <summary>What the account's table holds.</summary>
    public Subscription Entry { get; }

    public Action<InternalMessage> Handler { get; }

    /// <summary>What this server itself publishes does not reach it.</summary>
    public bool IsFromOthersOnly { get; init; }

    public void Dispose() => _client.Remove(this);
}
