using DotNats.Server.Connections;
using DotNats.Server.SystemAccount;

namespace DotNats.Server.Accounts;

/// <summary>What services are told of one client, as JSON, kept until something in it changes.</summary>
// Owner: the client's receive side, which alone publishes for it. Lifetime: the session's, until its next CONNECT.
internal sealed class RequestorInfo(MemberSession client)
{
    // One for each of who may be told what; a client's requests mostly go one way.
    private readonly Entry[] _entries = new Entry[4];

    /// <param name="detailed">The importing account shares who asks.</param>
    /// <param name="withServer">The service is told where the client is.</param>
    /// <param name="service">The account in between whose service was asked; null where there is none.</param>
    public ReadOnlySpan<byte> Json(bool detailed, bool withServer, string? service)
    {
        ref Entry entry = ref _entries[(detailed ? 2 : 0) + (withServer ? 1 : 0)];
        TimeSpan roundTrip = client.RoundTrip;
        if (entry.Json is { } kept && ReferenceEquals(entry.Account, client.Account) && entry.RoundTrip == roundTrip && entry.Service == service) return kept;
        entry = new Entry(client.Account, roundTrip, service, Write(detailed, withServer, service));
        return entry.Json;
    }

    /// <summary>What services are told where the server itself asks for an account.</summary>
    public static byte[] OfServer(ServerCore server, string account, string? service)
    {
        var block = new ClientBlock { Acc = account, Svc = service, Server = server.Name, Cluster = Present(server.Options.Cluster?.Name), Kind = "Account" };
        return SystemJson.Write(block, SystemJson.Compact.ClientBlock).ToArray();
    }

    private static string? Present(string? text) => string.IsNullOrEmpty(text) ? null : text;

    private byte[] Write(bool detailed, bool withServer, string? service) =>
        SystemJson.Write(ClientBlock.OfRequestor(client, detailed, withServer, service), SystemJson.Compact.ClientBlock).ToArray();

    private readonly record struct Entry(Account Account, TimeSpan RoundTrip, string? Service, byte[] Json);
}
