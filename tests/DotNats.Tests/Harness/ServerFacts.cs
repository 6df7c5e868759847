using DotNats.Server.Connections;

namespace DotNats.Tests.Harness;

/// <summary>What tests count inside a running server.</summary>
internal static class ServerFacts
{
    /// <summary>Subscriptions of clients in <c>$G</c>; those by which the server lets an account ask about itself are always there.</summary>
    public static int CountClientSubscriptions(this NatsServer server) =>
        server.Core.Accounts.Global.Subscriptions.Snapshot().Count(static subscription => subscription.Subscriber.Member is not null);
}
