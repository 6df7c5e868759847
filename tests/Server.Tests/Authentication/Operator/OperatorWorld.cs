using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using DotNats;
using DotNats.Security;
using DotNats.Server.Accounts;
using DotNats.Server.Authentication;
using Server.Tests.Harness;

namespace Server.Tests.Authentication;

/// <summary>An operator with two accounts, and the JWTs and logins of their users.</summary>
internal sealed class OperatorWorld : IDisposable
{
    public static readonly DateTimeOffset Now = new(2000, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public OperatorWorld()
    {
        ClaimsOfA = Claims(A, "Account A");
        ClaimsOfB = Claims(B, "Account B");
    }

    public NKey Operator { get; } = NKey.Create(NKeyKind.Operator);

    public NKey A { get; } = NKey.Create(NKeyKind.Account);

    public NKey B { get; } = NKey.Create(NKeyKind.Account);

    public NKey User { get; } = NKey.Create(NKeyKind.User);

    public AccountClaims ClaimsOfA { get; set; }

    public AccountClaims ClaimsOfB { get; set; }

    public static long Seconds(TimeSpan fromNow) => (Now + fromNow).ToUnixTimeSeconds();

    public static AccountClaims Claims(NKey key, string name) => new()
    {
        Subject = key.PublicKey,
        Name = name,
        IssuedAtSeconds = Now.ToUnixTimeSeconds(),
        Limits = AccountLimitsClaim.Unlimited,
    };

    public string Sign(AccountClaims claims) => JwtWriter.Write(claims, Operator);

    public NatsServerOptions Options()
    {
        OperatorClaims claims = new() { Subject = Operator.PublicKey, Name = "Op", IssuedAtSeconds = Now.ToUnixTimeSeconds() };
        return new NatsServerOptions
        {
            Operators = [new OperatorOptions { Jwt = JwtWriter.Write(claims, Operator), Subject = Operator.PublicKey }],
            Resolver = new ResolverOptions { Kind = ResolverKind.Memory },
            ResolverPreload = new OptionMap<string> { [A.PublicKey] = Sign(ClaimsOfA), [B.PublicKey] = Sign(ClaimsOfB) },
        };
    }

    public Task<TestServer> StartAsync() => TestServer.StartAsync(Options());

    /// <summary>Claims of the user, as account A signs them.</summary>
    public UserClaims UserOf(UserLimitsClaim? limits = null) => new()
    {
        Subject = User.PublicKey,
        Name = "user",
        IssuedAtSeconds = Now.ToUnixTimeSeconds(),
        Limits = limits ?? UserLimitsClaim.Unlimited,
    };

    /// <summary>CONNECT fields of a login: the JWT and the signed nonce.</summary>
    public string Login(string jwt, string info)
    {
        using JsonDocument parsed = JsonDocument.Parse(info);
        byte[] nonce = Encoding.ASCII.GetBytes(parsed.RootElement.GetProperty("nonce").GetString()!);
        return $"\"jwt\":\"{jwt}\",\"sig\":\"{Base64Url.EncodeToString(User.Sign(nonce))}\"";
    }

    /// <summary>A client that is let in.</summary>
    public async Task<Dialogue> ConnectAsync(TestServer server, UserClaims user, NKey signer)
    {
        Dialogue client = server.Open();
        return await client.ConnectAsync(Login(JwtWriter.Write(user, signer), await client.ReadInfoAsync()));
    }

    public Task<Dialogue> ConnectAsync(TestServer server, UserClaims? user = null) => ConnectAsync(server, user ?? UserOf(), A);

    /// <summary>The judgement of one login, without a connection.</summary>
    public async Task<AuthenticationResult> JudgeAsync(TestServer server, UserClaims user, NKey? signer = null, Func<ConnectCredentials, ConnectCredentials>? change = null)
    {
        byte[] nonce = "abcdefghijk"u8.ToArray();
        ConnectCredentials credentials = new()
        {
            Jwt = JwtWriter.Write(user, signer ?? A),
            Nonce = nonce,
            Signature = Base64Url.EncodeToString(User.Sign(nonce)),
            RemoteAddress = new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, 1),
        };
        return await server.Server.Core.Authenticator.AuthenticateAsync(change?.Invoke(credentials) ?? credentials, CancellationToken.None);
    }

    public void Dispose()
    {
        foreach (NKey key in new[] { Operator, A, B, User }) key.Dispose();
    }

    public static Account FindAccount(TestServer server, NKey key) =>
        server.Server.Core.Accounts.TryGet(key.PublicKey, out Account? account) ? account : throw new KeyNotFoundException(key.PublicKey);

    public static OperatorAccounts Accounts(TestServer server) => server.Server.Core.Operators!;
}
