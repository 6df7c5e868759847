using System.Collections.Concurrent;
using DotNats;
using DotNats.Security;
using DotNats.Server;
using DotNats.Server.Accounts;
using DotNats.Server.Accounts.Resolving;
using Server.Tests.Harness;

namespace Server.Tests.Accounts.Resolving;

/// <summary>A server with a directory resolver, and a record of what its accounts are told.</summary>
internal sealed class ResolverHost : IAsyncDisposable
{
    private readonly TestServer _server;
    private readonly string _parent;

    private ResolverHost(TestServer server, TestJwts jwts, string parent, string directory, DirectoryAccountResolver resolver)
    {
        _server = server;
        _parent = parent;
        Jwts = jwts;
        Directory = directory;
        Resolver = resolver;
    }

    public static string SystemAccount { get; } = TestJwts.NewAccount();

    public TestJwts Jwts { get; }

    public string Directory { get; }

    public DirectoryAccountResolver Resolver { get; }

    public TestServer Server => _server;

    public RecordedLog Log { get; private init; } = new();

    /// <summary>Accounts in use, with the JWTs in force.</summary>
    public ConcurrentDictionary<string, string> InUse { get; } = new();

    /// <summary>What <see cref="AccountUpdates.Apply"/> says.</summary>
    public string? ApplyError { get; set; }

    public string[] Files => [.. System.IO.Directory.GetFiles(Directory).Select(file => Path.GetFileName(file)!).Order(StringComparer.Ordinal)];

    public static async Task<ResolverHost> StartAsync(ResolverOptions options, bool isStrict = false, int otherServers = 0, TestJwts? jwts = null)
    {
        TestServer server = await TestServer.StartAsync(new NatsServerOptions
        {
            SystemAccount = SystemAccount,
            Accounts = [new AccountOptions { Name = SystemAccount, Users = [new UserOptions { Username = "sys", Password = "sys" }] }],
        });
        jwts ??= new TestJwts();
        string parent = Path.Combine(Path.GetTempPath(), $"resolver-{Guid.NewGuid():N}");
        string directory = Path.Combine(parent, "jwt");
        var log = new RecordedLog();
        string system = jwts.Account(SystemAccount);
        var resolver = DirectoryAccountResolver.Open(
            options with { Directory = directory }, new Dictionary<string, string> { [SystemAccount] = system }, server.Time, log);
        var host = new ResolverHost(server, jwts, parent, directory, resolver) { Log = log };
        ServerCore core = server.Server.Core;
        // The resolver of this test answers instead.
        if (core.AccountUpdates is { } updates) await updates.DisposeAsync();
        resolver.Start(new ResolverSurroundings
        {
            Server = core,
            System = core.Accounts.System,
            Trusted = new TrustedOperator(jwts.Operator.PublicKey, isStrict, new HashSet<string> { jwts.Operator.PublicKey }),
            Accounts = host.Updates(),
            Replies = new ClaimsReplies(json =>
            {
                json.WriteStartObject("server"u8);
                json.WriteString("id"u8, "S");
                json.WriteEndObject();
            }),
            OtherServers = () => otherServers,
        });
        return host;
    }

    /// <summary>A client in the system account that reads its answers as subscription 1 on <c>in</c>.</summary>
    public async Task<Dialogue> ConnectAsync()
    {
        Dialogue client = await _server.ConnectAsync("""
            "user":"sys","pass":"sys"
            """);
        client.Send("SUB in 1");
        await client.FenceAsync();
        return client;
    }

    public async ValueTask DisposeAsync()
    {
        await Resolver.DisposeAsync();
        await _server.DisposeAsync();
        System.IO.Directory.Delete(_parent, recursive: true);
    }

    private AccountUpdates Updates() => new()
    {
        IsInUse = InUse.ContainsKey,
        Apply = jwt =>
        {
            if (ApplyError is null && JwtReader.TryReadAccount(jwt, out AccountClaims? claims, out _)) InUse[claims.Subject] = jwt;
            return new ValueTask<string?>(ApplyError);
        },
        Remove = account =>
        {
            InUse.TryRemove(account, out _);
            return default;
        },
    };
}
