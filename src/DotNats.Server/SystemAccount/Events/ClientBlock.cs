using DotNats.Server.Connections;
using DotNats.Server.Monitoring;

namespace DotNats.Server.SystemAccount;

/// <summary>A client as events, services and their measurements name it. What is empty is left out.</summary>
internal sealed record ClientBlock
{
    public DateTime? Start { get; init; }

    public string? Host { get; init; }

    public ulong? Id { get; init; }

    public string? Acc { get; init; }

    /// <summary>The account in between, where one imports from it what it imports itself.</summary>
    public string? Svc { get; init; }

    /// <summary>User name or public key; a token shows as <c>[REDACTED]</c>.</summary>
    public string? User { get; init; }

    public string? Name { get; init; }

    public string? Lang { get; init; }

    public string? Ver { get; init; }

    /// <summary>Round trip in nanoseconds; null while none was measured, and in events about a beginning.</summary>
    public long? Rtt { get; init; }

    /// <summary>Name of the client's server, where somebody is told who is not its account's owner.</summary>
    public string? Server { get; init; }

    public string? Cluster { get; init; }

    public DateTime? Stop { get; init; }

    /// <summary>The JWT it logged in with; none of a bearer, who could be anybody who reads it.</summary>
    public string? Jwt { get; init; }

    public string? IssuerKey { get; init; }

    /// <summary>Name of the account where it is named by its key; to services, that of the user.</summary>
    public string? NameTag { get; init; }

    public IReadOnlyList<string>? Tags { get; init; }

    public string? Kind { get; init; }

    /// <summary><c>nats</c>, <c>websocket</c> or <c>mqtt</c>.</summary>
    public string? ClientType { get; init; }

    /// <summary>MQTT client identifier.</summary>
    public string? ClientId { get; init; }

    /// <summary>A client at its beginning.</summary>
    public static ClientBlock OfBeginning(MemberSession session)
    {
        var monitor = new ConnectionMonitor(session);
        ConnectionFacts facts = monitor.Describe();
        string? account = monitor.AccountName;
        return new ClientBlock
        {
            Start = session.Connection.StartTime.UtcDateTime,
            Host = Present(facts.Address),
            Id = session.Connection.Id,
            Acc = account,
            User = Present(monitor.User),
            Name = Present(facts.Name),
            Lang = Present(facts.Language),
            Ver = Present(facts.Version),
            Jwt = Present(facts.Jwt),
            IssuerKey = Present(facts.IssuerKey),
            NameTag = Present(facts.NameTag) ?? account,
            Tags = facts.Tags is { Count: > 0 } tags ? tags : null,
            Kind = Present(facts.Kind),
            ClientType = Present(facts.Type),
            ClientId = Present(monitor.MqttClientId),
        };
    }

    /// <summary>A client at its end.</summary>
    /// <param name="stop">UTC.</param>
    public static ClientBlock OfEnd(MemberSession session, DateTime stop) => OfBeginning(session) with { Stop = stop, Rtt = RoundTripOf(session) };

    /// <summary>A client whose request goes to a service of another account, or that is such a service.</summary>
    /// <param name="detailed">Its account shares who asks.</param>
    /// <param name="withServer">The service is told where the client is.</param>
    /// <param name="service">The account in between whose service was asked; null where there is none.</param>
    public static ClientBlock OfRequestor(MemberSession session, bool detailed, bool withServer, string? service = null)
    {
        ServerCore server = session.Connection.Server;
        ClientBlock block = detailed
            ? OfBeginning(session) with { NameTag = Present(session.Login.Identity?.Introduction?.Name) }
            : new ClientBlock { Acc = session.Account.Name };
        if (detailed || withServer) block = block with { Server = server.Name, Cluster = Present(server.Options.Cluster?.Name) };
        return block with { Svc = service, Rtt = RoundTripOf(session) };
    }

    private static long? RoundTripOf(MemberSession session) =>
        session.RoundTrip > TimeSpan.Zero ? session.RoundTrip.Ticks * TimeSpan.NanosecondsPerTick : null;

    private static string? Present(string? text) => string.IsNullOrEmpty(text) ? null : text;
}
