using DotNats.Primitives;
using DotNats.Protocol;

namespace DotNats.Server.Connections;

/// <summary>Closes a connection that has no more room for subscriptions than it uses, a moment after it was told.</summary>
// Owner: whoever applied the limits starts it; the wheel's thread closes the connection. Lifetime: that moment.
internal sealed class SubscriptionSurplus : WheelTimer
{
    // Compat: nats-server's; what the client sends meanwhile is answered as always.
    private static readonly TimeSpan Notice = TimeSpan.FromMilliseconds(20);

    private readonly Connection _connection;

    private SubscriptionSurplus(Connection connection) => _connection = connection;

    /// <summary>Looks at a client that logs in. What came with its CONNECT is answered first, as by nats-server.</summary>
    public static void CheckNewcomer(MemberSession client)
    {
        if (client.IsAtLimit) ThreadPool.UnsafeQueueUserWorkItem(Check, client, preferLocal: false);
    }

    /// <summary>Looks at one client after its limits were applied. Who calls holds no lock.</summary>
    // Compat: also where the account allows exactly those there are, as nats-server does when limits are applied.
    public static void Check(MemberSession client)
    {
        if (!client.IsAtLimit) return;
        Connection connection = client.Connection;
        SessionLog.MaxSubscriptions(connection.Server.Logger, client);
        connection.Server.Timers.Schedule(new SubscriptionSurplus(connection), Notice);
        client.TellError(ErrorTexts.MaxSubscriptionsExceeded);
    }

    protected override void OnExpired() => _connection.Close(CloseReason.MaxSubscriptionsExceeded);
}
