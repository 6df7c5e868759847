using DotNats;
using DotNats.Security;
using DotNats.Server.Accounts;
using Server.Tests.Harness;
using Shouldly;
using Xunit;

namespace Server.Tests.Authentication;

/// <summary>What happens to connections when claims change or run out.</summary>
public sealed class LiveClaimsTests : IDisposable
{
    private readonly OperatorWorld _world = new();

    public void Dispose() => _world.Dispose();

    [Fact]
    public async Task A_user_jwt_that_expires_ends_its_connection()
    {
        await using TestServer server = await _world.StartAsync();
        Dialogue client = await _world.ConnectAsync(server, _world.UserOf() with { ExpiresAtSeconds = OperatorWorld.Seconds(TimeSpan.FromSeconds(60)) });
        Dialogue other = await _world.ConnectAsync(server);
        server.Time.Advance(TimeSpan.FromSeconds(59));
        (await client.FenceAsync()).Where(line => line != "PING").ShouldBeEmpty();
        server.Time.Advance(TimeSpan.FromSeconds(1.1));
        (await RestAsync(client)).ShouldBe("-ERR 'User Authentication Expired'");
        (await other.FenceAsync()).ShouldNotContain("<closed>");
    }

    [Fact]
    public async Task The_end_of_a_window_of_the_day_ends_the_connection()
    {
        await using TestServer server = await _world.StartAsync();
        UserLimitsClaim limits = UserLimitsClaim.Unlimited with { Times = [new TimeRangeClaim("23:00:00", "00:01:00")], Locale = "UTC" };
        Dialogue client = await _world.ConnectAsync(server, _world.UserOf(limits));
        server.Time.Advance(TimeSpan.FromSeconds(60.1));
        (await RestAsync(client)).ShouldBe("-ERR 'User Authentication Expired'");
    }

    [Fact]
    public async Task An_account_that_expires_closes_everybody_in_it_and_lets_nobody_in()
    {
        _world.ClaimsOfA = _world.ClaimsOfA with { ExpiresAtSeconds = OperatorWorld.Seconds(TimeSpan.FromSeconds(10)) };
        await using TestServer server = await _world.StartAsync();
        Dialogue client = await _world.ConnectAsync(server);
        Dialogue other = await _world.ConnectAsync(server, _world.UserOf(), _world.B);
        server.Time.Advance(TimeSpan.FromSeconds(10.1));
        (await RestAsync(client)).ShouldBe("-ERR 'Account Authentication Expired'");
        (await other.FenceAsync()).ShouldNotContain("<closed>");
        server.Time.Advance(TimeSpan.FromSeconds(2));
        (await _world.JudgeAsync(server, _world.UserOf())).Detail.ShouldBe("Account JWT lookup error: account expired");
    }

    [Fact]
    public async Task A_pushed_revocation_closes_the_user_at_once()
    {
        await using TestServer server = await _world.StartAsync();
        Dialogue client = await _world.ConnectAsync(server);
        Dialogue newer = await _world.ConnectAsync(server, _world.UserOf() with { IssuedAtSeconds = OperatorWorld.Seconds(TimeSpan.FromSeconds(9)) });
        (await PushAsync(server, _world.ClaimsOfA with { Revocations = new Dictionary<string, long> { ["*"] = OperatorWorld.Seconds(TimeSpan.Zero) } })).ShouldBeNull();
        await client.ExpectClosedAsync("-ERR 'User Authentication Revoked'");
        (await newer.FenceAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Pushed_default_permissions_hold_for_whoever_has_none_of_their_own()
    {
        await using TestServer server = await _world.StartAsync();
        PermissionSet own = new() { Subscribe = new SubjectPermission { Allow = [">"] } };
        Dialogue client = await _world.ConnectAsync(server);
        Dialogue privileged = await _world.ConnectAsync(server, _world.UserOf(UserLimitsClaim.Unlimited with { Permissions = own }));
        foreach (Dialogue each in new[] { client, privileged })
        {
            each.Send("SUB secret 1");
            (await each.FenceAsync()).ShouldBeEmpty();
        }

        PermissionSet pushed = new() { Subscribe = new SubjectPermission { Deny = ["secret"] } };
        await PushAsync(server, _world.ClaimsOfA with { DefaultPermissions = pushed });
        await client.ExpectAsync("-ERR 'Permissions Violation for Subscription to \"secret\" (sid \"1\")'");
        (await privileged.FenceAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Pushed_limits_hold_at_once()
    {
        await using TestServer server = await _world.StartAsync();
        Dialogue old = await _world.ConnectAsync(server);
        Dialogue young = await _world.ConnectAsync(server);
        await PushAsync(server, _world.ClaimsOfA with { Limits = AccountLimitsClaim.Unlimited with { Connections = 1, PayloadBytes = 2 } });
        await young.ExpectClosedAsync("-ERR 'maximum account active connections exceeded'");
        old.Send("PUB a 3", "abc");
        await old.ExpectClosedAsync("-ERR 'Maximum Payload Violation'");
    }

    [Fact]
    public async Task Bearers_go_when_the_account_forbids_them()
    {
        await using TestServer server = await _world.StartAsync();
        Dialogue bearer = await _world.ConnectAsync(server, _world.UserOf(UserLimitsClaim.Unlimited with { BearerToken = true }));
        await PushAsync(server, _world.ClaimsOfA with { Limits = AccountLimitsClaim.Unlimited with { DisallowBearer = true } });
        await bearer.ExpectClosedAsync("-ERR 'Authorization Violation'");
    }

    [Fact]
    public async Task Users_of_a_signing_key_go_with_the_key_or_when_its_scope_changes()
    {
        using NKey dropped = NKey.Create(NKeyKind.Account);
        using NKey scoped = NKey.Create(NKeyKind.Account);
        UserScopeClaim scope = new() { Key = scoped.PublicKey };
        _world.ClaimsOfA = _world.ClaimsOfA with { SigningKeys = new Dictionary<string, UserScopeClaim?> { [dropped.PublicKey] = null, [scoped.PublicKey] = scope } };
        await using TestServer server = await _world.StartAsync();
        UserClaims user = _world.UserOf() with { IssuerAccount = _world.A.PublicKey };
        Dialogue byKey = await _world.ConnectAsync(server, user, dropped);
        Dialogue byScope = await _world.ConnectAsync(server, user with { Limits = new UserLimitsClaim() }, scoped);
        Dialogue byAccount = await _world.ConnectAsync(server);
        await PushAsync(server, _world.ClaimsOfA with { Description = "the same keys", SigningKeys = new Dictionary<string, UserScopeClaim?> { [dropped.PublicKey] = null, [scoped.PublicKey] = scope with { } } });
        (await byKey.FenceAsync()).ShouldBeEmpty();
        (await byScope.FenceAsync()).ShouldBeEmpty();

        UserScopeClaim narrower = scope with { Template = UserLimitsClaim.Unlimited with { Subscriptions = 1 } };
        await PushAsync(server, _world.ClaimsOfA with { SigningKeys = new Dictionary<string, UserScopeClaim?> { [scoped.PublicKey] = narrower } });
        await byKey.ExpectClosedAsync();
        await byScope.ExpectClosedAsync();
        (await byAccount.FenceAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Imports_come_and_go_with_the_claims_of_both_sides()
    {
        ExportClaim export = new() { Name = "e", Subject = "news.>", Kind = SharingKind.Stream };
        ImportClaim import = new() { Name = "i", Subject = "news.>", Account = _world.A.PublicKey, Kind = SharingKind.Stream };
        _world.ClaimsOfB = _world.ClaimsOfB with { Imports = [import] };
        await using TestServer server = await _world.StartAsync();
        Dialogue reader = await _world.ConnectAsync(server, _world.UserOf(), _world.B);
        Dialogue writer = await _world.ConnectAsync(server);
        reader.Send("SUB news.a 1");
        (await reader.FenceAsync()).ShouldBeEmpty();
        await PublishAsync(writer);
        (await reader.FenceAsync()).ShouldBeEmpty();
        OperatorWorld.FindAccount(server, _world.B).IsComplete.ShouldBeFalse();

        await PushAsync(server, _world.ClaimsOfA with { Exports = [export] });
        OperatorWorld.FindAccount(server, _world.B).IsComplete.ShouldBeTrue();
        await PublishAsync(writer);
        await reader.ExpectAsync("MSG news.a 1 1", "x");
        await PushAsync(server, _world.ClaimsOfB with { Imports = [] });
        await PublishAsync(writer);
        (await reader.FenceAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task An_activation_lets_the_import_in_until_it_expires()
    {
        ActivationClaims activation = new()
        {
            Subject = _world.B.PublicKey,
            Name = "act",
            IssuedAtSeconds = OperatorWorld.Seconds(TimeSpan.Zero),
            ExpiresAtSeconds = OperatorWorld.Seconds(TimeSpan.FromSeconds(30)),
            ImportSubject = "news.>",
            ImportKind = SharingKind.Stream,
        };
        _world.ClaimsOfA = _world.ClaimsOfA with { Exports = [new ExportClaim { Name = "e", Subject = "news.>", Kind = SharingKind.Stream, TokenRequired = true }] };
        ImportClaim import = new() { Name = "i", Subject = "news.>", Account = _world.A.PublicKey, Kind = SharingKind.Stream, Token = JwtWriter.Write(activation, _world.A) };
        _world.ClaimsOfB = _world.ClaimsOfB with { Imports = [import] };
        await using TestServer server = await _world.StartAsync();
        Dialogue reader = await _world.ConnectAsync(server, _world.UserOf(), _world.B);
        Dialogue writer = await _world.ConnectAsync(server);
        reader.Send("SUB news.a 1");
        (await reader.FenceAsync()).ShouldBeEmpty();
        await PublishAsync(writer);
        await reader.ExpectAsync("MSG news.a 1 1", "x");

        server.Time.Advance(TimeSpan.FromSeconds(30.1));
        await Eventually.HoldsAsync(() => !OperatorWorld.FindAccount(server, _world.B).IsComplete, "the import has ended");
        await PublishAsync(writer);
        (await reader.FenceAsync()).Where(line => line != "PING").ShouldBeEmpty();
    }

    [Fact]
    public async Task A_pushed_jwt_that_is_not_good_changes_nothing()
    {
        await using TestServer server = await _world.StartAsync();
        Dialogue client = await _world.ConnectAsync(server);
        ClaimedAccount before = OperatorWorld.FindAccount(server, _world.A).Claims!;
        using NKey stranger = NKey.Create(NKeyKind.Operator);
        OperatorAccounts accounts = OperatorWorld.Accounts(server);
        (await accounts.ApplyAsync(JwtWriter.Write(_world.ClaimsOfA, stranger))).ShouldBe("account validation failed");
        (await accounts.ApplyAsync(_world.Sign(_world.ClaimsOfA with { ExpiresAtSeconds = 1 }))).ShouldBe("account validation failed");
        (await accounts.ApplyAsync("garbage")).ShouldNotBeNull();
        (await accounts.ApplyAsync(_world.Sign(_world.ClaimsOfA)[..^2])).ShouldNotBeNull();
        OperatorWorld.FindAccount(server, _world.A).Claims.ShouldBeSameAs(before);
        (await client.FenceAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_deleted_account_is_locked_until_there_is_another_jwt()
    {
        await using TestServer server = await _world.StartAsync();
        Dialogue client = await _world.ConnectAsync(server);
        await OperatorWorld.Accounts(server).RemoveAsync(_world.A.PublicKey);
        await client.ExpectClosedAsync("-ERR 'Account Authentication Expired'");
        (await _world.JudgeAsync(server, _world.UserOf())).Ok.ShouldBeFalse();
        (await PushAsync(server, _world.ClaimsOfA with { Description = "again" })).ShouldBeNull();
        (await _world.JudgeAsync(server, _world.UserOf())).Ok.ShouldBeTrue();
    }

    [Fact]
    public async Task A_reload_with_other_preloads_keeps_updates_and_deletes_accounts()
    {
        await using TestServer server = await _world.StartAsync();
        Dialogue inA = await _world.ConnectAsync(server);
        Dialogue inB = await _world.ConnectAsync(server, _world.UserOf(), _world.B);
        NatsServerOptions options = server.Server.Options;
        await server.Server.ReloadAsync(options with
        {
            Port = server.Server.ClientEndPoint.Port,
            ResolverPreload = new OptionMap<string> { [_world.A.PublicKey] = _world.Sign(_world.ClaimsOfA with { Limits = AccountLimitsClaim.Unlimited with { PayloadBytes = 2 } }) },
        });
        await inB.ExpectClosedAsync("-ERR 'Authorization Violation'");
        (await inA.FenceAsync()).ShouldBeEmpty();
        inA.Send("PUB a 3", "abc");
        await inA.ExpectClosedAsync("-ERR 'Maximum Payload Violation'");
        server.Server.Core.Accounts.TryGet(_world.B.PublicKey, out _).ShouldBeFalse();
    }

    [Fact]
    public async Task A_system_account_that_cannot_be_had_prevents_the_start()
    {
        NatsServerOptions options = _world.Options() with { SystemAccount = NKey.Create(NKeyKind.Account).PublicKey };
        (await Should.ThrowAsync<OptionsException>(() => TestServer.StartAsync(options))).Message.ShouldBe("error resolving system account: account missing");
        await using TestServer server = await TestServer.StartAsync(options with { SystemAccount = _world.B.PublicKey });
        server.Server.Core.Accounts.System!.NameTag.ShouldBe("Account B");
    }

    private ValueTask<string?> PushAsync(TestServer server, AccountClaims claims) => OperatorWorld.Accounts(server).ApplyAsync(_world.Sign(claims));

    private static async Task PublishAsync(Dialogue writer)
    {
        writer.Send("PUB news.a 1", "x");
        (await writer.FenceAsync()).Where(line => line != "PING").ShouldBeEmpty();
    }

    // The last line before the end; PINGs of the server in between are no matter.
    private static async Task<string?> RestAsync(Dialogue client)
    {
        string? last = null;
        while (await client.ReadLineAsync() is { } line)
        {
            if (line != "PING") last = line;
        }

        return last;
    }
}
