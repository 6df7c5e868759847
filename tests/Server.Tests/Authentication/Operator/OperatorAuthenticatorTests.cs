using DotNats;
using DotNats.Security;
using DotNats.Server.Authentication;
using Server.Tests.Harness;
using Shouldly;
using Xunit;

namespace Server.Tests.Authentication;

/// <summary>Every rule of a login by JWT, in the words of nats-server's debug log.</summary>
public sealed class OperatorAuthenticatorTests : IDisposable
{
    private readonly OperatorWorld _world = new();

    public void Dispose() => _world.Dispose();

    [Fact]
    public async Task A_user_of_the_account_is_let_in()
    {
        await using TestServer server = await _world.StartAsync();

        Identity identity = (await _world.JudgeAsync(server, _world.UserOf())).Identity.ShouldNotBeNull();
        identity.AccountName.ShouldBe(_world.A.PublicKey);
        identity.DisplayName.ShouldBe(_world.User.PublicKey);
        identity.IssuerKey.ShouldBe(_world.A.PublicKey);
        identity.Permissions.ShouldBeNull();
        identity.ExpiresAt.ShouldBeNull();
        identity.Describe().ShouldBe($"JWT User \"{_world.User.PublicKey}\"");
    }

    [Theory]
    [InlineData("", "Authentication requires a user JWT")]
    [InlineData("garbage", "Authentication requires a user JWT")]
    public async Task No_jwt_is_refused(string jwt, string detail)
    {
        await using TestServer server = await _world.StartAsync();
        (await _world.JudgeAsync(server, _world.UserOf(), change: _ => new ConnectCredentials { Jwt = jwt })).Detail.ShouldBe(detail);
    }

    [Fact]
    public async Task The_nonce_must_be_signed_by_the_user()
    {
        await using TestServer server = await _world.StartAsync();
        await RefusesAsync(server, _world.UserOf() with { Subject = NKey.Create(NKeyKind.User).PublicKey }, "Signature not verified");
        (await _world.JudgeAsync(server, _world.UserOf(), change: _ => new ConnectCredentials { Jwt = JwtWriter.Write(_world.UserOf(), _world.A) }))
            .Detail.ShouldBe("Signature missing");
    }

    [Fact]
    public async Task A_bearer_signs_nothing_unless_the_account_forbids_it()
    {
        await using TestServer server = await _world.StartAsync();
        UserClaims bearer = _world.UserOf(UserLimitsClaim.Unlimited with { BearerToken = true });
        (await _world.JudgeAsync(server, bearer, change: _ => new ConnectCredentials { Jwt = JwtWriter.Write(bearer, _world.A) })).Ok.ShouldBeTrue();

        _world.ClaimsOfB = _world.ClaimsOfB with { Limits = AccountLimitsClaim.Unlimited with { DisallowBearer = true } };
        await using TestServer strict = await _world.StartAsync();
        await RefusesAsync(strict, bearer, "Account does not allow bearer tokens", _world.B);
    }

    [Fact]
    public async Task Time_is_looked_at()
    {
        await using TestServer server = await _world.StartAsync();
        await RefusesAsync(server, _world.UserOf() with { ExpiresAtSeconds = OperatorWorld.Seconds(TimeSpan.FromSeconds(-1)) }, "User JWT no longer valid: claim is expired");
        await RefusesAsync(server, _world.UserOf() with { NotBeforeSeconds = OperatorWorld.Seconds(TimeSpan.FromSeconds(9)) }, "User JWT no longer valid: claim is not yet valid");
        Identity identity = (await _world.JudgeAsync(server, _world.UserOf() with { ExpiresAtSeconds = OperatorWorld.Seconds(TimeSpan.FromSeconds(9)) })).Identity.ShouldNotBeNull();
        identity.ExpiresAt.ShouldBe(OperatorWorld.Now.AddSeconds(9));
    }

    [Fact]
    public async Task An_account_nobody_has_is_refused()
    {
        await using TestServer server = await _world.StartAsync();
        await RefusesAsync(server, _world.UserOf(), "Account JWT lookup error: account missing", NKey.Create(NKeyKind.Account));
    }

    [Fact]
    public async Task An_account_by_a_stranger_is_refused()
    {
        using NKey stranger = NKey.Create(NKeyKind.Operator);
        NatsServerOptions options = _world.Options();
        await using TestServer server = await TestServer.StartAsync(options with
        {
            ResolverPreload = new OptionMap<string> { [_world.A.PublicKey] = JwtWriter.Write(_world.ClaimsOfA, stranger) },
        });
        await RefusesAsync(server, _world.UserOf(), "Account JWT lookup error: account validation failed");
    }

    [Fact]
    public async Task A_jwt_under_another_accounts_key_is_refused()
    {
        NatsServerOptions options = _world.Options();
        await using TestServer server = await TestServer.StartAsync(options with
        {
            ResolverPreload = new OptionMap<string> { [_world.A.PublicKey] = _world.Sign(_world.ClaimsOfB) },
        });
        await RefusesAsync(server, _world.UserOf(), "Account JWT lookup error: account validation failed");
    }

    [Fact]
    public async Task Signing_keys_of_the_operator_make_accounts_and_with_strict_use_only_they()
    {
        using NKey signing = NKey.Create(NKeyKind.Operator);
        NatsServerOptions options = _world.Options();
        OperatorOptions trusted = options.Operators[0] with { SigningKeys = [signing.PublicKey], StrictSigningKeyUsage = true };
        await using TestServer server = await TestServer.StartAsync(options with
        {
            Operators = [trusted],
            ResolverPreload = new OptionMap<string>
            {
                [_world.A.PublicKey] = JwtWriter.Write(_world.ClaimsOfA, _world.Operator),
                [_world.B.PublicKey] = JwtWriter.Write(_world.ClaimsOfB, signing),
            },
        });
        await RefusesAsync(server, _world.UserOf(), "Account JWT lookup error: account validation failed");
        // Such an account must use signing keys of its own, too.
        await RefusesAsync(server, _world.UserOf(), "User JWT issuer is not known", _world.B);
    }

    [Fact]
    public async Task A_scoped_signing_key_decides_what_its_users_may()
    {
        using NKey signing = NKey.Create(NKeyKind.Account);
        UserScopeClaim scope = new()
        {
            Key = signing.PublicKey,
            Template = UserLimitsClaim.Unlimited with
            {
                Subscriptions = 7,
                PayloadBytes = 8,
                Permissions = new PermissionSet { Publish = new SubjectPermission { Allow = ["{{name()}}.>"] } },
            },
        };
        _world.ClaimsOfA = _world.ClaimsOfA with { SigningKeys = new Dictionary<string, UserScopeClaim?> { [signing.PublicKey] = scope } };
        await using TestServer server = await _world.StartAsync();
        UserClaims user = _world.UserOf(new UserLimitsClaim()) with { IssuerAccount = _world.A.PublicKey };

        Identity identity = (await _world.JudgeAsync(server, user, signing)).Identity.ShouldNotBeNull();
        (identity.MaxSubscriptions, identity.MaxPayloadBytes, identity.IssuerKey).ShouldBe((7, 8, signing.PublicKey));
        identity.Permissions!.CanPublish("user.a"u8).ShouldBeTrue();
        identity.Permissions.CanPublish("other.a"u8).ShouldBeFalse();
        await RefusesAsync(server, user with { Limits = UserLimitsClaim.Unlimited }, "User JWT is not valid: scoped users require no permissions or limits set", signing);
        using NKey unknown = NKey.Create(NKeyKind.Account);
        await RefusesAsync(server, user, "User JWT issuer is not known", unknown);
    }

    [Fact]
    public async Task Users_without_permissions_have_those_of_the_account()
    {
        _world.ClaimsOfA = _world.ClaimsOfA with { DefaultPermissions = new PermissionSet { Publish = new SubjectPermission { Deny = ["no.>"] } } };
        await using TestServer server = await _world.StartAsync();
        Identity identity = (await _world.JudgeAsync(server, _world.UserOf())).Identity.ShouldNotBeNull();
        identity.HasAccountPermissions.ShouldBeTrue();
        identity.Permissions!.CanPublish("no.1"u8).ShouldBeFalse();
        PermissionSet own = new() { Publish = new SubjectPermission { Allow = ["no.1"] } };
        (await _world.JudgeAsync(server, _world.UserOf(UserLimitsClaim.Unlimited with { Permissions = own }))).Identity!.Permissions!.CanPublish("no.1"u8).ShouldBeTrue();
    }

    [Theory]
    [InlineData("STANDARD", null)]
    [InlineData("standard,NOPE", null)]
    [InlineData("WEBSOCKET", "Connection type not allowed")]
    [InlineData("nope", "unknown connection type \"NOPE\"")]
    public async Task Connection_types_are_looked_at(string allowed, string? detail)
    {
        await using TestServer server = await _world.StartAsync();
        AuthenticationResult result = await _world.JudgeAsync(server, _world.UserOf(UserLimitsClaim.Unlimited with { AllowedConnectionTypes = allowed.Split(',') }));
        result.Detail.ShouldBe(detail);
        result.Ok.ShouldBe(detail is null);
    }

    [Fact]
    public async Task Revoked_users_are_refused_and_newer_jwts_are_not()
    {
        long second = OperatorWorld.Now.ToUnixTimeSeconds();
        _world.ClaimsOfA = _world.ClaimsOfA with { Revocations = new Dictionary<string, long> { ["*"] = second } };
        _world.ClaimsOfB = _world.ClaimsOfB with { Revocations = new Dictionary<string, long> { [_world.User.PublicKey] = second } };
        await using TestServer server = await _world.StartAsync();
        foreach (NKey account in new[] { _world.A, _world.B })
        {
            await RefusesAsync(server, _world.UserOf(), "User authentication revoked", account);
            (await _world.JudgeAsync(server, _world.UserOf() with { IssuedAtSeconds = second + 1 }, account)).Ok.ShouldBeTrue();
        }
    }

    [Fact]
    public async Task Source_addresses_and_times_of_the_day_are_looked_at()
    {
        await using TestServer server = await _world.StartAsync();
        await RefusesAsync(server, _world.UserOf(UserLimitsClaim.Unlimited with { Sources = ["10.0.0.0/8"] }), "Bad src Ip 127.0.0.1");
        (await _world.JudgeAsync(server, _world.UserOf(UserLimitsClaim.Unlimited with { Sources = ["127.0.0.0/8"] }))).Ok.ShouldBeTrue();
        UserLimitsClaim night = UserLimitsClaim.Unlimited with { Times = [new TimeRangeClaim("22:00:00", "06:00:00")], Locale = "UTC" };
        (await _world.JudgeAsync(server, _world.UserOf(night))).Identity!.ExpiresAt.ShouldBe(OperatorWorld.Now.AddHours(6));
        await RefusesAsync(server, _world.UserOf(night with { Times = [new TimeRangeClaim("08:00:00", "09:00:00")] }), "Outside connect times");
    }

    [Fact]
    public async Task Pinned_accounts_are_the_only_ones()
    {
        await using TestServer server = await TestServer.StartAsync(_world.Options() with { ResolverPinnedAccounts = [_world.B.PublicKey] });
        await RefusesAsync(server, _world.UserOf(), $"Account {_world.A.PublicKey} not listed as operator pinned account");
        (await _world.JudgeAsync(server, _world.UserOf(), _world.B)).Ok.ShouldBeTrue();
        server.Server.Core.Statistics.PinnedAccountFailures.ShouldBe(1);
    }

    [Fact]
    public async Task The_system_account_need_not_be_pinned()
    {
        await using TestServer server = await TestServer.StartAsync(
            _world.Options() with { ResolverPinnedAccounts = [_world.B.PublicKey], SystemAccount = _world.A.PublicKey });
        (await _world.JudgeAsync(server, _world.UserOf())).Ok.ShouldBeTrue();
        server.Server.Core.Statistics.PinnedAccountFailures.ShouldBe(0);
    }

    [Fact]
    public async Task Users_that_need_a_proxy_are_told_apart()
    {
        await using TestServer server = await _world.StartAsync();
        (await _world.JudgeAsync(server, _world.UserOf(UserLimitsClaim.Unlimited with { ProxyRequired = true }))).Reason.ShouldBe(AuthenticationFailure.ProxyRequired);
    }

    [Fact]
    public async Task The_sentinel_stands_in_for_those_who_bring_no_jwt()
    {
        UserClaims sentinel = _world.UserOf(UserLimitsClaim.Unlimited with { BearerToken = true });
        await using TestServer server = await TestServer.StartAsync(_world.Options() with { DefaultSentinel = JwtWriter.Write(sentinel, _world.A) });
        AuthenticationResult result = await _world.JudgeAsync(server, sentinel, change: _ => new ConnectCredentials { User = "x", Password = "y" });
        result.Identity.ShouldNotBeNull().DisplayName.ShouldBe("x");
        result.Identity.AccountName.ShouldBe(_world.A.PublicKey);
    }

    [Fact]
    public async Task Whatever_bytes_come_as_a_jwt_are_refused()
    {
        await using TestServer server = await _world.StartAsync();
        string good = JwtWriter.Write(_world.UserOf(), _world.A);
        string account = _world.Sign(_world.ClaimsOfA);
        string[] hostile =
        [
            good[..^4] + "AAAA", good[..^1], good + ".", good.Replace('.', ' '), account, new string('e', 2_000_000), "..", "eyJ.eyJ.eyJ",
            string.Join('.', good.Split('.')[0], account.Split('.')[1], good.Split('.')[2]),
        ];
        foreach (string jwt in hostile)
            (await _world.JudgeAsync(server, _world.UserOf(), change: brought => new ConnectCredentials { Jwt = jwt, Nonce = brought.Nonce, Signature = brought.Signature })).Ok.ShouldBeFalse(jwt[..2]);
        using NKey self = NKey.Create(NKeyKind.User);
        Should.Throw<ArgumentException>(() => JwtWriter.Write(_world.UserOf(), self));
    }

    private async Task RefusesAsync(TestServer server, UserClaims user, string detail, NKey? signer = null)
    {
        AuthenticationResult result = await _world.JudgeAsync(server, user, signer);
        result.Ok.ShouldBeFalse();
        result.Detail.ShouldBe(detail);
    }
}
