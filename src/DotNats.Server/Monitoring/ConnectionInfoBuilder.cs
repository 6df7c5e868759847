using DotNats.Protocol.Text;

namespace DotNats.Server.Monitoring;

/// <summary>Turns what a connection tells into what a reply shows.</summary>
internal static class ConnectionInfoBuilder
{
    /// <summary>The account nobody has to name; replies leave it out.</summary>
    public const string GlobalAccount = "$G";

    /// <summary>The part of a connection that is always shown.</summary>
    public static ConnectionInfo Build(IMonitoredConnection connection, in ConnectionActivity activity, ConnectionFacts facts, DateTime now) => new()
    {
        Cid = connection.Id,
        Kind = Present(facts.Kind),
        Type = Present(facts.Type),
        Ip = facts.Address,
        Port = facts.Port,
        Start = activity.StartTime,
        LastActivity = activity.LastActivity,
        Rtt = FormatRoundTrip(activity.RoundTripTime),
        RoundTripTicks = activity.RoundTripTime.Ticks,
        Uptime = GoUptime.Format(now - activity.StartTime),
        Idle = GoUptime.Format(now - activity.LastActivity),
        PendingBytes = activity.PendingBytes,
        InMsgs = activity.InMessages,
        OutMsgs = activity.OutMessages,
        InBytes = activity.InBytes,
        OutBytes = activity.OutBytes,
        Stalls = activity.Stalls,
        Subscriptions = activity.Subscriptions,
        Name = Present(facts.Name),
        Lang = Present(facts.Language),
        Version = Present(facts.Version),
        TlsVersion = facts.Tls?.Version,
        TlsCipherSuite = facts.Tls?.CipherSuite,
        TlsFirst = facts.Tls?.HandshakeFirst ?? false,
        MqttClient = Present(connection.MqttClientId),
        Proxy = string.IsNullOrEmpty(facts.ProxyKey) ? null : new ProxyInfo(facts.ProxyKey),
    };

    /// <summary>Adds what <c>auth=1</c> shows of an open connection.</summary>
    public static ConnectionInfo WithUser(ConnectionInfo info, IMonitoredConnection connection, ConnectionFacts facts)
    {
        string? account = connection.AccountName;
        return info with
        {
            AuthorizedUser = Present(connection.User),
            Account = account == GlobalAccount ? null : account,
            TlsPeerCerts = facts.Tls?.PeerCertificates is { Count: > 0 } certificates ? certificates : null,
            Jwt = Present(facts.Jwt),
            IssuerKey = Present(facts.IssuerKey),
            NameTag = facts.NameTag ?? account,
            Tags = facts.Tags is { Count: > 0 } tags ? tags : null,
        };
    }

    /// <summary>Adds the subscriptions in the asked form; nothing when there are none.</summary>
    public static ConnectionInfo WithSubscriptions(ConnectionInfo info, IReadOnlyList<SubscriptionDetail> subscriptions, SubscriptionListing listing)
    {
        if (subscriptions.Count == 0 || listing == SubscriptionListing.None) return info;
        if (listing == SubscriptionListing.Detail) return info with { SubscriptionsListDetail = subscriptions };
        string[] subjects = new string[subscriptions.Count];
        for (int i = 0; i < subjects.Length; i++) subjects[i] = subscriptions[i].Subject;
        return info with { SubscriptionsList = subjects };
    }

    // Compat: between a microsecond and a millisecond nats-server shows whole microseconds.
    private static string FormatRoundTrip(TimeSpan time)
    {
        bool cut = time.Ticks > TimeSpan.TicksPerMicrosecond && time.Ticks < TimeSpan.TicksPerMillisecond;
        return GoDuration.Format(cut ? new TimeSpan(time.Ticks - time.Ticks % TimeSpan.TicksPerMicrosecond) : time);
    }

    private static string? Present(string? text) => string.IsNullOrEmpty(text) ? null : text;
}
