using DotNats;
using DotNats.Security;
using DotNats.Server.Authentication;
using Shouldly;
using Xunit;

namespace Server.Tests.Authentication;

/// <summary>Who stays at a reload. Outcomes are those of nats-server 2.15.1 unless said otherwise.</summary>
public class ReauthenticationTests
{
    private const string Bcrypt = "$2a$04$abcdefghijklmnopqrstuu2ViaFsJ5DVJkVS/IY93WwMGzTDPJctm";
    private static readonly UserOptions A = new() { Username = "a", Password = "a" };

    [Fact]
    public void An_unchanged_user_stays_with_the_new_permissions()
    {
        UserOptions limited = A with { Permissions = new PermissionSet { Publish = new SubjectPermission { Allow = ["foo"] } } };
        Reauthentication result = Reload(Users(A), Users(limited), User("a", "a"));
        result.Verdict.ShouldBe(ReauthenticationVerdict.Stays);
        result.Result.Identity!.Permissions!.CanPublish("bar"u8).ShouldBeFalse();
    }

    [Fact]
    public void A_removed_user_has_moved() =>
        Reload(Users(A, A with { Username = "b" }), Users(A), User("b", "a")).Verdict.ShouldBe(ReauthenticationVerdict.Moved);

    [Fact]
    public void A_changed_password_refuses() =>
        Reload(Users(A), Users(A with { Password = "b" }), User("a", "a")).Verdict.ShouldBe(ReauthenticationVerdict.Refused);

    [Fact]
    public void The_same_password_as_a_hash_stays() =>
        Reload(Users(A with { Password = "bcryptpw" }), Users(A with { Password = Bcrypt }), User("a", "bcryptpw"))
            .Verdict.ShouldBe(ReauthenticationVerdict.Stays);

    [Fact]
    public void An_unchanged_hash_is_not_computed_again()
    {
        UserOptions user = A with { Password = Bcrypt };
        Identity identity = new ConfigAuthenticator(Users(user)).Authenticate(User("a", "bcryptpw")).Identity!;
        // With a wrong password in the credentials, staying shows that nobody looked at them.
        new ConfigAuthenticator(Users(user)).Reauthenticate(User("a", "wrong"), identity).Verdict.ShouldBe(ReauthenticationVerdict.Stays);
    }

    [Fact]
    public void A_user_of_another_account_has_moved() =>
        Reload(Account("A", A), Account("B", A), User("a", "a")).Verdict.ShouldBe(ReauthenticationVerdict.Moved);

    [Fact]
    public void A_user_whose_connection_type_is_no_longer_allowed_is_refused() =>
        Reload(Users(A), Users(A with { AllowedConnectionTypes = ["MQTT"] }), User("a", "a")).Verdict.ShouldBe(ReauthenticationVerdict.Refused);

    [Fact]
    public void Proxy_required_refuses_whoever_came_directly() =>
        Reload(Users(A), Users(A with { ProxyRequired = true }), User("a", "a")).Result.Reason.ShouldBe(AuthenticationFailure.ProxyRequired);

    [Fact]
    public void The_single_user_moves_when_its_password_changes_and_stays_otherwise()
    {
        NatsServerOptions before = Single("a", "one");
        Reload(before, Single("a", "two"), User("a", "one")).Verdict.ShouldBe(ReauthenticationVerdict.Moved);
        // nats-server also closes it when only the timeout changed; there is nothing to gain from that.
        Reload(before, Single("a", "one"), User("a", "one")).Verdict.ShouldBe(ReauthenticationVerdict.Stays);
    }

    [Fact]
    public void Tokens_stay_while_they_are_the_same()
    {
        ConnectCredentials credentials = new() { Token = "t" };
        Reload(Token("t"), Token("t"), credentials).Verdict.ShouldBe(ReauthenticationVerdict.Stays);
        Reload(Token("t"), Token("u"), credentials).Verdict.ShouldBe(ReauthenticationVerdict.Refused);
        Reload(Token("t"), Users(A), credentials).Verdict.ShouldBe(ReauthenticationVerdict.Refused);
        NatsServerOptions proxied = new() { Authorization = new AuthorizationOptions { Token = "t", ProxyRequired = true } };
        Reload(Token("t"), proxied, credentials).Result.Reason.ShouldBe(AuthenticationFailure.ProxyRequired);
    }

    [Fact]
    public void Turning_authentication_on_refuses_the_unnamed_and_turning_it_off_keeps_tokens()
    {
        Reload(new NatsServerOptions(), Token("t"), new ConnectCredentials()).Verdict.ShouldBe(ReauthenticationVerdict.Refused);
        Reload(Token("t"), new NatsServerOptions(), new ConnectCredentials { Token = "t" }).Verdict.ShouldBe(ReauthenticationVerdict.Stays);
        Reload(Users(A), new NatsServerOptions(), User("a", "a")).Verdict.ShouldBe(ReauthenticationVerdict.Moved);
        Reload(new NatsServerOptions(), new NatsServerOptions(), User("x", "y")).Verdict.ShouldBe(ReauthenticationVerdict.Stays);
    }

    [Fact]
    public void A_name_that_was_never_checked_is_checked_now()
    {
        Reload(new NatsServerOptions(), Users(A), User("a", "x")).Verdict.ShouldBe(ReauthenticationVerdict.Refused);
        Reload(new NatsServerOptions(), Users(A), User("a", "a")).Verdict.ShouldBe(ReauthenticationVerdict.Stays);
        Reload(new NatsServerOptions(), Users(A), User("x", "a")).Verdict.ShouldBe(ReauthenticationVerdict.Moved);
        using NKey key = NKey.Create(NKeyKind.User);
        Reload(new NatsServerOptions(), Users(new UserOptions { NKey = key.PublicKey }), new ConnectCredentials { NKey = key.PublicKey })
            .Verdict.ShouldBe(ReauthenticationVerdict.Refused);
    }

    [Fact]
    public void No_auth_user_stays_until_it_is_no_more()
    {
        NatsServerOptions anonymous = Users(A) with { NoAuthUser = "a" };
        Reload(anonymous, anonymous, new ConnectCredentials()).Verdict.ShouldBe(ReauthenticationVerdict.Stays);
        Reload(anonymous, Users(A), new ConnectCredentials()).Verdict.ShouldBe(ReauthenticationVerdict.Refused);
        Reload(anonymous, Users(A with { Username = "b" }), new ConnectCredentials()).Verdict.ShouldBe(ReauthenticationVerdict.Moved);
    }

    [Fact]
    public void Nkeys_stay_without_signing_again()
    {
        using NKey key = NKey.Create(NKeyKind.User);
        UserOptions user = new() { NKey = key.PublicKey };
        ConnectCredentials credentials = new()
        {
            NKey = key.PublicKey,
            Nonce = "nonce"u8.ToArray(),
            Signature = Convert.ToBase64String(key.Sign("nonce"u8)),
        };
        Reload(Users(user), Users(user, A), credentials).Verdict.ShouldBe(ReauthenticationVerdict.Stays);
        Reload(Users(user), Users(A), credentials).Verdict.ShouldBe(ReauthenticationVerdict.Moved);
    }

    [Fact]
    public void A_certificate_is_mapped_again()
    {
        using var certificate = TestCertificate.Create(["CN=a"]);
        NatsServerOptions mapped = Users(new UserOptions { Username = "CN=a" }) with { Tls = new TlsOptions { Verify = true, MapToUser = true } };
        ConnectCredentials credentials = new() { ClientCertificate = certificate };
        Reload(mapped, mapped, credentials).Verdict.ShouldBe(ReauthenticationVerdict.Stays);
        Reload(mapped, mapped with { Authorization = new AuthorizationOptions { Users = [A] } }, credentials).Verdict.ShouldBe(ReauthenticationVerdict.Moved);
    }

    private static Reauthentication Reload(NatsServerOptions before, NatsServerOptions after, ConnectCredentials credentials)
    {
        ConfigAuthenticator old = new(before);
        Identity identity = old.Authenticate(credentials).Identity.ShouldNotBeNull();
        return new ConfigAuthenticator(after, old).Reauthenticate(credentials, identity);
    }

    private static ConnectCredentials User(string user, string password) => new() { User = user, Password = password };

    private static NatsServerOptions Users(params UserOptions[] users) => new() { Authorization = new AuthorizationOptions { Users = users } };

    private static NatsServerOptions Single(string user, string password) =>
        new() { Authorization = new AuthorizationOptions { Username = user, Password = password } };

    private static NatsServerOptions Token(string token) => new() { Authorization = new AuthorizationOptions { Token = token } };

    private static NatsServerOptions Account(string name, params UserOptions[] users) =>
        new() { Accounts = [new AccountOptions { Name = name, Users = users }, new AccountOptions { Name = "Other" }] };
}
