using System.Text.Json;
using DotNats.Server.SystemAccount;

namespace DotNats.Server.Accounts.Resolving;

/// <summary>What a resolver needs of its server once that has accounts.</summary>
internal sealed record ResolverSurroundings
{
    public required ServerCore Server { get; init; }

    /// <summary>Where requests come; null without a system account.</summary>
    public required Account? System { get; init; }

    /// <summary>Null without an operator.</summary>
    public required TrustedOperator? Trusted { get; init; }

    public required AccountUpdates Accounts { get; init; }

    public required ClaimsReplies Replies { get; init; }

    /// <summary>How many other servers are known.</summary>
    public Func<int> OtherServers { get; init; } = static () => 0;

    public static ResolverSurroundings Of(ServerCore server) => new()
    {
        Server = server,
        System = server.Accounts.System,
        Trusted = TrustedOperator.Of(server.Options),
        Accounts = server.Operators is { } operators
            ? new AccountUpdates
            {
                IsInUse = key => server.Accounts.TryGet(key, out Account? account) && account.Claims is not null,
                Apply = operators.ApplyAsync,
                Remove = operators.RemoveAsync,
            }
            : AccountUpdates.None,
        Replies = new ClaimsReplies(json =>
        {
            json.WritePropertyName("server"u8);
            JsonSerializer.Serialize(json, server.Stamp.Next(), SystemJson.Compact.ServerBlock);
        }),
        OtherServers = () => (server.SystemServices?.Peers.ActiveServers ?? 1) - 1,
    };
}
