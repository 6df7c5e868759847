using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using DotNats;
using DotNats.Security;
using DotNats.Server.Accounts;
using DotNats.Server.Authentication;
using Server.Tests.Harness;
using Shouldly;
using Xunit;

namespace Server.Tests.Authentication;

/// <summary>Credentials that were made, taken or changed by somebody else.</summary>
public sealed class HostileLoginTests : IDisposable
{
    private const string Violation = "-ERR 'Authorization Violation'";

    private readonly OperatorWorld _world = new();

    public void Dispose() => _world.Dispose();

    [Fact]
    public async Task A_signature_of_one_connections_nonce_opens_no_other()
    {
        await using TestServer server = await _world.StartAsync();
        Dialogue honest = server.Open(), thief = server.Open();
        string login = _world.Login(JwtWriter.Write(_world.UserOf(), _world.A), await honest.ReadInfoAsync());
        (await thief.ReadInfoAsync()).ShouldNotBe(await honest.ReadInfoAsync());
        await honest.ConnectAsync(login);
        thief.Send($"CONNECT {{{login}}}");
        await thief.ExpectClosedAsync(Violation);
    }

    [Fact]
    public async Task Nor_does_that_of_a_configured_nkey()
    {
        await using TestServer server = await TestServer.StartAsync(
            new NatsServerOptions { Authorization = new AuthorizationOptions { Users = [new UserOptions { NKey = _world.User.PublicKey }] } });
        Dialogue honest = server.Open(), thief = server.Open();
        using JsonDocument info = JsonDocument.Parse(await honest.ReadInfoAsync());
        byte[] nonce = Encoding.ASCII.GetBytes(info.RootElement.GetProperty("nonce").GetString()!);
        string login = $"\"nkey\":\"{_world.User.PublicKey}\",\"sig\":\"{Base64Url.EncodeToString(_world.User.Sign(nonce))}\"";
        await honest.ConnectAsync(login);
        await thief.ReadInfoAsync();
        thief.Send($"CONNECT {{{login}}}");
        await thief.ExpectClosedAsync(Violation);
    }

    [Fact]
    public async Task Nonces_do_not_come_twice()
    {
        await using TestServer server = await _world.StartAsync();
        HashSet<string> nonces = [];
        for (int i = 0; i < 1000; i++) nonces.Add(server.Server.Core.NewNonce());
        nonces.Count.ShouldBe(1000);
        nonces.ShouldAllBe(nonce => nonce.Length == 15);
    }

    [Fact]
    public async Task An_account_that_signs_for_itself_is_none()
    {
        NatsServerOptions options = _world.Options();
        await using TestServer server = await TestServer.StartAsync(options with
        {
            ResolverPreload = new OptionMap<string> { [_world.A.PublicKey] = JwtWriter.Write(_world.ClaimsOfA, _world.A) },
        });
        (await _world.JudgeAsync(server, _world.UserOf())).Detail.ShouldBe("Account JWT lookup error: account validation failed");
        (await OperatorWorld.Accounts(server).ApplyAsync(JwtWriter.Write(_world.ClaimsOfB, _world.B))).ShouldBe("account validation failed");
    }

    [Fact]
    public async Task A_user_that_signs_for_itself_or_for_others_is_none()
    {
        await using TestServer server = await _world.StartAsync();
        string good = JwtWriter.Write(_world.UserOf(), _world.A);
        foreach (NKey signer in new[] { _world.User, _world.Operator })
        {
            string forged = Forge(good, _world.A.PublicKey, signer);
            (await _world.JudgeAsync(server, _world.UserOf(), change: honest => With(honest, forged))).Detail.ShouldBe("Authentication requires a user JWT");
        }
    }

    [Fact]
    public async Task A_jwt_cut_anywhere_is_none()
    {
        await using TestServer server = await _world.StartAsync();
        string good = JwtWriter.Write(_world.UserOf(), _world.A);
        for (int length = good.Length - 1; length >= 0; length -= 7)
        {
            AuthenticationResult result = await _world.JudgeAsync(server, _world.UserOf(), change: honest => With(honest, good[..length]));
            result.Detail.ShouldBe("Authentication requires a user JWT");
        }
    }

    [Fact]
    public async Task A_jwt_too_large_is_none_and_ends_its_connection_alone()
    {
        await using TestServer server = await TestServer.StartAsync(_world.Options() with { Limits = new LimitOptions { MaxControlLineBytes = 4 * 1024 * 1024 } });
        Dialogue other = await _world.ConnectAsync(server);
        UserClaims huge = _world.UserOf() with { Tags = [new string('x', JwtReader.MaxBytes)] };
        Dialogue client = server.OpenTcp();
        client.Send($"CONNECT {{{_world.Login(JwtWriter.Write(huge, _world.A), await client.ReadInfoAsync())}}}");
        await client.ExpectClosedAsync(Violation);
        (await other.FenceAsync()).ShouldBeEmpty();
        string account = _world.Sign(_world.ClaimsOfA with { Description = new string('x', JwtReader.MaxBytes) });
        (await OperatorWorld.Accounts(server).ApplyAsync(account)).ShouldNotBeNull().ShouldContain("token too large");
    }

    [Fact]
    public async Task Claims_that_import_in_a_circle_lose_the_import_that_closes_it()
    {
        _world.ClaimsOfA = Circle(_world.ClaimsOfA, _world.B);
        _world.ClaimsOfB = Circle(_world.ClaimsOfB, _world.A);
        await using TestServer server = await _world.StartAsync();
        Dialogue a = await _world.ConnectAsync(server);
        Dialogue b = await _world.ConnectAsync(server, _world.UserOf(), _world.B);
        Account[] accounts = [OperatorWorld.FindAccount(server, _world.A), OperatorWorld.FindAccount(server, _world.B)];
        accounts.Sum(account => account.ServiceImports.Count(import => import.Local == "loop")).ShouldBe(1);
        accounts.Count(account => account.IsComplete).ShouldBe(1);
        a.Send("PUB loop in 1", "x");
        b.Send("PUB loop in 1", "x");
        (await a.FenceAsync()).ShouldBeEmpty();
        (await b.FenceAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_resolver_that_cannot_be_used_makes_a_reload_change_nothing()
    {
        string file = Path.GetTempFileName();
        try
        {
            await using TestServer server = await _world.StartAsync();
            Dialogue client = await _world.ConnectAsync(server);
            NatsServerOptions before = server.Server.Options;
            IAccountResolver resolver = OperatorWorld.Accounts(server).Resolver;
            NatsServerOptions wrong = before with
            {
                Limits = new LimitOptions { MaxPayloadBytes = 10 },
                Resolver = new ResolverOptions { Kind = ResolverKind.Full, Directory = Path.Combine(file, "below a file") },
            };
            await Should.ThrowAsync<Exception>(() => server.Server.ReloadAsync(wrong));
            server.Server.Options.ShouldBeSameAs(before);
            OperatorWorld.Accounts(server).Resolver.ShouldBeSameAs(resolver);
            client.Send("SUB a 1", "PUB a 20", new string('x', 20));
            (await client.FenceAsync())[0].ShouldBe("MSG a 1 20");
            (await _world.JudgeAsync(server, _world.UserOf())).Ok.ShouldBeTrue();
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task Permissions_that_contradict_each_other_deny()
    {
        PermissionSet both = new()
        {
            Publish = new SubjectPermission { Allow = ["a", "b"], Deny = ["a"] },
            Subscribe = new SubjectPermission { Allow = ["c", "d"], Deny = [">"] },
        };
        await using TestServer server = await _world.StartAsync();
        Dialogue client = await _world.ConnectAsync(server, _world.UserOf(UserLimitsClaim.Unlimited with { Permissions = both }));
        client.Send("PUB a 1", "x", "PUB b 1", "x", "SUB c 1", "SUB > 2");
        (await client.FenceAsync()).ShouldBe([
            "-ERR 'Permissions Violation for Publish to \"a\"'",
            "-ERR 'Permissions Violation for Subscription to \"c\"'",
            "-ERR 'Permissions Violation for Subscription to \">\"'",
        ]);
    }

    private static ConnectCredentials With(ConnectCredentials honest, string jwt) =>
        new() { Jwt = jwt, Nonce = honest.Nonce, Signature = honest.Signature, RemoteAddress = honest.RemoteAddress };

    // The same claims, which name the account as their issuer, signed by another key.
    private static string Forge(string jwt, string issuer, NKey signer)
    {
        string[] parts = jwt.Split('.');
        Encoding.UTF8.GetString(Base64Url.DecodeFromChars(parts[1])).ShouldContain(issuer);
        string signed = $"{parts[0]}.{parts[1]}";
        return $"{signed}.{Base64Url.EncodeToString(signer.Sign(Encoding.ASCII.GetBytes(signed)))}";
    }

    private static AccountClaims Circle(AccountClaims claims, NKey other) => claims with
    {
        Exports = [new ExportClaim { Name = "e", Subject = "loop", Kind = SharingKind.Service }],
        Imports = [new ImportClaim { Name = "i", Subject = "loop", Account = other.PublicKey, Kind = SharingKind.Service }],
    };
}
