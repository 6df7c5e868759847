using DotNats;
using DotNats.Security;
using Server.Tests.Authentication;
using Server.Tests.Harness;
using Shouldly;
using Xunit;

namespace Server.Tests.Accounts.Resolving;

/// <summary>An operator's server whose accounts are pushed while it runs: account B is the system account, A is pushed.</summary>
public sealed class OperatorModeTests : IDisposable
{
    private readonly OperatorWorld _world = new();
    private readonly string _directory = Path.Combine(Path.GetTempPath(), $"operator-{Guid.NewGuid():N}");

    [Fact]
    public async Task A_pushed_account_lets_its_users_in_until_it_is_deleted()
    {
        await using TestServer server = await TestServer.StartAsync(Options());
        Dialogue system = await ConnectSystemAsync(server);
        (await _world.JudgeAsync(server, _world.UserOf())).Identity.ShouldBeNull();
        string jwt = _world.Sign(_world.ClaimsOfA);
        (await system.RequestAsync("$SYS.REQ.CLAIMS.UPDATE", jwt)).ShouldContain($"\"account\":\"{_world.A.PublicKey}\",\"code\":200,\"message\":\"jwt updated\"");
        Dialogue client = await _world.ConnectAsync(server);
        (await system.RequestAsync($"$SYS.REQ.ACCOUNT.{_world.A.PublicKey}.CLAIMS.LOOKUP")).ShouldBe(jwt);
        string request = TestJwts.Generic(_world.Operator, _world.Operator.PublicKey, $$"""{"accounts":["{{_world.A.PublicKey}}"]}""");
        (await system.RequestAsync("$SYS.REQ.CLAIMS.DELETE", request)).ShouldContain("deleted 1 accounts");
        await client.ExpectClosedAsync("-ERR 'Account Authentication Expired'");
        (await _world.JudgeAsync(server, _world.UserOf())).Identity.ShouldBeNull();
        await system.RequestAsync("$SYS.REQ.CLAIMS.UPDATE", jwt);
        await _world.ConnectAsync(server);
    }

    [Fact]
    public async Task A_pushed_change_reaches_those_who_are_connected_and_survives_a_restart()
    {
        await using (TestServer server = await TestServer.StartAsync(Options()))
        {
            Dialogue system = await ConnectSystemAsync(server);
            await system.RequestAsync("$SYS.REQ.CLAIMS.UPDATE", _world.Sign(_world.ClaimsOfA));
            Dialogue client = await _world.ConnectAsync(server);
            AccountClaims changed = _world.ClaimsOfA with { Revocations = new Dictionary<string, long> { ["*"] = OperatorWorld.Seconds(TimeSpan.Zero) } };
            await system.RequestAsync($"$SYS.REQ.ACCOUNT.{_world.A.PublicKey}.CLAIMS.UPDATE", _world.Sign(changed));
            await client.ExpectClosedAsync("-ERR 'User Authentication Revoked'");
        }

        await using TestServer again = await TestServer.StartAsync(Options());
        (await _world.JudgeAsync(again, _world.UserOf())).Identity.ShouldBeNull();
        (await _world.JudgeAsync(again, _world.UserOf() with { IssuedAtSeconds = OperatorWorld.Seconds(TimeSpan.FromSeconds(9)) })).Identity.ShouldNotBeNull();
    }

    [Fact]
    public async Task Without_its_JWT_the_system_account_is_there_for_those_who_push_it()
    {
        await using TestServer server = await TestServer.StartAsync(Options() with { ResolverPreload = new OptionMap<string>() });
        Dialogue system = await ConnectSystemAsync(server);
        (await system.RequestAsync("$SYS.REQ.CLAIMS.UPDATE", _world.Sign(_world.ClaimsOfB))).ShouldContain("jwt updated");
        (await system.FenceAsync()).ShouldBeEmpty();
        OperatorWorld.FindAccount(server, _world.B).Claims!.Jwt.ShouldBe(_world.Sign(_world.ClaimsOfB));
    }

    [Fact]
    public async Task A_memory_resolver_takes_updates_of_accounts_in_use_only()
    {
        NatsServerOptions options = _world.Options() with { SystemAccount = _world.B.PublicKey };
        await using TestServer server = await TestServer.StartAsync(options);
        Dialogue system = await ConnectSystemAsync(server);
        string subject = $"$SYS.REQ.ACCOUNT.{_world.A.PublicKey}.CLAIMS.UPDATE";
        string renamed = _world.Sign(_world.ClaimsOfA with { Name = "renamed" });
        (await system.RequestAsync(subject, renamed)).ShouldContain("\"code\":200,\"message\":\"jwt update skipped\"");
        await _world.ConnectAsync(server);
        (await system.RequestAsync(subject, renamed)).ShouldContain("\"code\":200,\"message\":\"jwt updated\"");
        OperatorWorld.FindAccount(server, _world.A).Claims!.Claims.Name.ShouldBe("renamed");
        (await system.RequestAsync(subject)).ShouldContain("jwt update error - request body is empty");
        (await system.RequestAsync(subject, _world.Sign(_world.ClaimsOfB))).ShouldContain("subject does not match jwt content");
        (await system.RequestAsync("$SYS.REQ.CLAIMS.LIST")).ShouldBe("NATS/1.0 503");
    }

    public void Dispose()
    {
        _world.Dispose();
        if (Directory.Exists(_directory)) Directory.Delete(_directory, recursive: true);
    }

    private NatsServerOptions Options() => _world.Options() with
    {
        SystemAccount = _world.B.PublicKey,
        Resolver = new ResolverOptions { Kind = ResolverKind.Full, Directory = _directory, AllowDelete = true },
        ResolverPreload = new OptionMap<string> { [_world.B.PublicKey] = _world.Sign(_world.ClaimsOfB) },
    };

    private async Task<Dialogue> ConnectSystemAsync(TestServer server)
    {
        Dialogue system = await _world.ConnectAsync(server, _world.UserOf(), _world.B);
        system.Send("SUB in 1");
        await system.FenceAsync();
        return system;
    }
}
