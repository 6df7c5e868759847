using System.Buffers.Text;
using System.Diagnostics;
using System.Text;
using DotNats;
using DotNats.Security;
using DotNats.Server.Authentication;
using Shouldly;
using Xunit;

namespace Server.Tests.Authentication;

/// <summary>Who gets in. Accepted and refused combinations are those of nats-server 2.15.1.</summary>
public class ConfigAuthenticatorTests
{
    // "bcryptpw", cost 4.
    private const string Bcrypt = "$2a$04$abcdefghijklmnopqrstuu2ViaFsJ5DVJkVS/IY93WwMGzTDPJctm";

    [Theory]
    [InlineData("alice", "foo", true)]
    [InlineData("alice", "bar", false)]
    [InlineData("bob", "foo", false)]
    [InlineData("alice", "", false)]
    [InlineData("", "", false)]
    [InlineData("ALICE", "foo", false)]
    [InlineData(null, null, false)]
    public void Single_user(string? user, string? password, bool accepted)
    {
        ConfigAuthenticator authenticator = Make(new AuthorizationOptions { Username = "alice", Password = "foo" });
        AuthenticationResult result = authenticator.Authenticate(User(user, password));
        result.Ok.ShouldBe(accepted);
        result.Reason.ShouldBe(accepted ? AuthenticationFailure.None : AuthenticationFailure.NotAuthorized);
        if (accepted)
        {
            result.Identity!.AccountName.ShouldBe("$G");
            result.Identity.DisplayName.ShouldBe("alice");
        }
    }

    [Fact]
    public void Single_user_may_have_no_password()
    {
        ConfigAuthenticator authenticator = Make(new AuthorizationOptions { Username = "a" });
        authenticator.Authenticate(User("a", null)).Ok.ShouldBeTrue();
        authenticator.Authenticate(User("a", "x")).Ok.ShouldBeFalse();
        authenticator.Authenticate(User(null, null)).Ok.ShouldBeFalse();
    }

    [Theory]
    [InlineData("s3cr3t", true)]
    [InlineData("S3cr3t", false)]
    [InlineData("", false)]
    [InlineData(null, false)]
    public void Token(string? token, bool accepted)
    {
        ConfigAuthenticator authenticator = Make(new AuthorizationOptions { Token = "s3cr3t" });
        AuthenticationResult result = authenticator.Authenticate(new ConnectCredentials { Token = token });
        result.Ok.ShouldBe(accepted);
        result.Identity?.DisplayName.ShouldBe("[REDACTED]");
        authenticator.Authenticate(User("s3cr3t", "s3cr3t")).Ok.ShouldBeFalse();
    }

    [Fact]
    public void Bcrypt_token()
    {
        ConfigAuthenticator authenticator = Make(new AuthorizationOptions { Token = Bcrypt });
        authenticator.Authenticate(new ConnectCredentials { Token = "bcryptpw" }).Ok.ShouldBeTrue();
        authenticator.Authenticate(new ConnectCredentials { Token = Bcrypt }).Ok.ShouldBeFalse();
    }

    [Theory]
    [InlineData("a", "1x", true)]
    [InlineData("b", "bcryptpw", true)]
    [InlineData("b", Bcrypt, false)]
    [InlineData("b", "", false)]
    [InlineData("c", "", true)]
    [InlineData("c", null, true)]
    [InlineData("c", "x", false)]
    [InlineData("plain", "x$2a$y", true)]
    [InlineData("a", "bcryptpw", false)]
    [InlineData("d", "1x", false)]
    [InlineData(null, null, false)]
    public void User_list(string? user, string? password, bool accepted) => List(
        new UserOptions { Username = "a", Password = "1x" },
        new UserOptions { Username = "b", Password = Bcrypt },
        new UserOptions { Username = "c" },
        new UserOptions { Username = "plain", Password = "x$2a$y" }).Authenticate(User(user, password)).Ok.ShouldBe(accepted);

    [Fact]
    public void Without_users_everybody_gets_in_under_the_name_they_give()
    {
        ConfigAuthenticator authenticator = new(new NatsServerOptions());
        authenticator.AuthenticationRequired.ShouldBeFalse();
        authenticator.AnnouncesAuthentication.ShouldBeFalse();
        authenticator.NonceRequired.ShouldBeFalse();
        Identity identity = authenticator.Authenticate(User("anyone", "x")).Identity!;
        identity.AccountName.ShouldBe("$G");
        identity.UserName.ShouldBe("anyone");
        identity.IsAuthenticated.ShouldBeFalse();
        authenticator.FindAnonymousIdentity(ConnectionTypes.Standard).ShouldBeNull();
    }

    [Fact]
    public void Users_of_accounts_live_in_their_account_with_its_default_permissions()
    {
        PermissionSet general = new() { Publish = new SubjectPermission { Allow = ["ok.>"] } };
        PermissionSet own = new() { Publish = new SubjectPermission { Allow = ["own"] } };
        ConfigAuthenticator authenticator = new(new NatsServerOptions
        {
            Accounts =
            [
                new AccountOptions
                {
                    Name = "A",
                    DefaultPermissions = general,
                    Users = [new UserOptions { Username = "a", Password = "a" }, new UserOptions { Username = "z", Password = "z", Permissions = own }],
                },
                new AccountOptions { Name = "B", Users = [new UserOptions { Username = "b", Password = "b" }] },
            ],
        });
        Identity a = authenticator.Authenticate(User("a", "a")).Identity!;
        a.AccountName.ShouldBe("A");
        a.Permissions!.CanPublish("ok.1"u8).ShouldBeTrue();
        a.Permissions.CanPublish("own"u8).ShouldBeFalse();
        authenticator.Authenticate(User("z", "z")).Identity!.Permissions!.Source.ShouldBe(own);
        Identity b = authenticator.Authenticate(User("b", "b")).Identity!;
        b.AccountName.ShouldBe("B");
        b.Permissions.ShouldBeNull();
    }

    [Fact]
    public void Default_permissions_are_for_listed_users_only()
    {
        PermissionSet general = new() { Publish = new SubjectPermission { Allow = ["ok"] } };
        Make(new AuthorizationOptions { DefaultPermissions = general, Users = [new UserOptions { Username = "a" }] })
            .Authenticate(User("a", null)).Identity!.Permissions!.Source.ShouldBe(general);
        Make(new AuthorizationOptions { DefaultPermissions = general, Username = "a" })
            .Authenticate(User("a", null)).Identity!.Permissions.ShouldBeNull();
    }

    [Fact]
    public void Nkey_signs_the_nonce()
    {
        using NKey key = NKey.Create(NKeyKind.User);
        using NKey other = NKey.Create(NKeyKind.User);
        ConfigAuthenticator authenticator = List(new UserOptions { NKey = key.PublicKey }, new UserOptions { Username = "a", Password = "a" });
        authenticator.NonceRequired.ShouldBeTrue();
        byte[] signature = key.Sign("nonce"u8);
        Identity identity = authenticator.Authenticate(Signed(key, Base64Url.EncodeToString(signature))).Identity!;
        identity.NKey.ShouldBe(key.PublicKey);
        identity.UserName.ShouldBeNull();
        identity.Describe().ShouldBe($"Nkey \"{key.PublicKey}\"");
        authenticator.Authenticate(Signed(key, Convert.ToBase64String(signature))).Ok.ShouldBeTrue();
        authenticator.Authenticate(Signed(key, Convert.ToBase64String(signature)[..^1])).Ok.ShouldBeFalse();

        authenticator.Authenticate(Signed(key, null)).Detail.ShouldBe("Signature missing");
        authenticator.Authenticate(Signed(key, "AAAA")).Ok.ShouldBeFalse();
        authenticator.Authenticate(Signed(key, new string('!', 86))).Detail.ShouldBe("Signature not valid base64");
        authenticator.Authenticate(Signed(key, Base64Url.EncodeToString(other.Sign("nonce"u8)))).Detail.ShouldBe("Signature not verified");
        authenticator.Authenticate(Signed(other, Base64Url.EncodeToString(other.Sign("nonce"u8)))).Ok.ShouldBeFalse();
        authenticator.Authenticate(Signed(key, Base64Url.EncodeToString(key.Sign("another"u8)))).Ok.ShouldBeFalse();
    }

    [Fact]
    public void A_named_nkey_decides_alone()
    {
        using NKey key = NKey.Create(NKeyKind.User);
        using NKey other = NKey.Create(NKeyKind.User);
        ConfigAuthenticator authenticator = List(new UserOptions { NKey = key.PublicKey }, new UserOptions { Username = "a", Password = "a" });
        authenticator.Authenticate(new ConnectCredentials { NKey = key.PublicKey, User = "a", Password = "a" }).Ok.ShouldBeFalse();
        authenticator.Authenticate(new ConnectCredentials { NKey = other.PublicKey, User = "a", Password = "a" }).Ok.ShouldBeFalse();
        List(new UserOptions { Username = "a", Password = "a" })
            .Authenticate(new ConnectCredentials { NKey = other.PublicKey, User = "a", Password = "a" }).Identity!.DisplayName.ShouldBe("a");
    }

    [Fact]
    public void No_auth_user_stands_in_for_clients_without_credentials()
    {
        ConfigAuthenticator authenticator = new(NoAuth("b", new UserOptions { Username = "a", Password = "a" }, new UserOptions { Username = "b", Password = "b" }));
        authenticator.AuthenticationRequired.ShouldBeTrue();
        authenticator.AnnouncesAuthentication.ShouldBeFalse();
        Identity anonymous = authenticator.Authenticate(new ConnectCredentials()).Identity!;
        anonymous.DisplayName.ShouldBe("b");
        anonymous.IsNoAuthUser.ShouldBeTrue();
        authenticator.Authenticate(User("a", "a")).Identity!.IsNoAuthUser.ShouldBeFalse();
        authenticator.Authenticate(User("b", "b")).Identity!.IsNoAuthUser.ShouldBeFalse();
        authenticator.Authenticate(User("a", "x")).Ok.ShouldBeFalse();
        authenticator.Authenticate(User("a", null)).Ok.ShouldBeFalse();
        authenticator.Authenticate(User(null, "x")).Ok.ShouldBeFalse();
        authenticator.Authenticate(new ConnectCredentials { Token = "t" }).Ok.ShouldBeFalse();
        authenticator.FindAnonymousIdentity(ConnectionTypes.Standard).ShouldBeSameAs(anonymous);
    }

    [Fact]
    public void No_auth_user_may_be_an_nkey_but_then_connect_comes_first()
    {
        using NKey key = NKey.Create(NKeyKind.User);
        ConfigAuthenticator authenticator = new(NoAuth(key.PublicKey, new UserOptions { NKey = key.PublicKey }));
        authenticator.Authenticate(new ConnectCredentials()).Identity!.NKey.ShouldBe(key.PublicKey);
        authenticator.Authenticate(new ConnectCredentials { NKey = key.PublicKey }).Ok.ShouldBeTrue();
        authenticator.Authenticate(User("x", null)).Ok.ShouldBeFalse();
        authenticator.FindAnonymousIdentity(ConnectionTypes.Standard).ShouldBeNull();
        authenticator.NonceRequired.ShouldBeTrue();
    }

    [Fact]
    public void No_auth_user_with_a_bcrypt_password_admits_nobody_without_it()
    {
        ConfigAuthenticator authenticator = new(NoAuth("a", new UserOptions { Username = "a", Password = Bcrypt }));
        authenticator.Authenticate(new ConnectCredentials()).Ok.ShouldBeFalse();
        authenticator.FindAnonymousIdentity(ConnectionTypes.Standard).ShouldBeNull();
        authenticator.Authenticate(User("a", "bcryptpw")).Ok.ShouldBeTrue();
    }

    [Theory]
    [InlineData(null, "$SYS")]
    [InlineData("SYS", "SYS")]
    public void Configuring_only_the_system_account_leaves_the_global_one_open(string? systemAccount, string name)
    {
        NatsServerOptions options = SystemOnly(systemAccount, name);
        ConfigAuthenticator authenticator = new(options);
        authenticator.AuthenticationRequired.ShouldBeTrue();
        authenticator.AnnouncesAuthentication.ShouldBeTrue();
        Identity anonymous = authenticator.Authenticate(new ConnectCredentials()).Identity!;
        anonymous.AccountName.ShouldBe("$G");
        anonymous.UserName!.ShouldStartWith("nats-");
        authenticator.Authenticate(User("admin", "x")).Identity!.AccountName.ShouldBe(name);
        authenticator.Authenticate(User("bogus", "x")).Ok.ShouldBeFalse();
        authenticator.FindAnonymousIdentity(ConnectionTypes.Standard).ShouldNotBeNull();
        authenticator.HasPlaintextPasswords.ShouldBeTrue();

        ConfigAuthenticator reloaded = new(options, authenticator);
        reloaded.Reauthenticate(new ConnectCredentials(), anonymous).Verdict.ShouldBe(ReauthenticationVerdict.Stays);
    }

    [Fact]
    public void Configuring_more_than_the_system_account_closes_the_global_one()
    {
        NatsServerOptions options = SystemOnly("SYS", "SYS");
        new ConfigAuthenticator(options with { Accounts = [.. options.Accounts, new AccountOptions { Name = "A" }] })
            .Authenticate(new ConnectCredentials()).Ok.ShouldBeFalse();
        new ConfigAuthenticator(options with { Authorization = new AuthorizationOptions { Timeout = TimeSpan.FromSeconds(3) } })
            .Authenticate(new ConnectCredentials()).Ok.ShouldBeFalse();
    }

    [Fact]
    public void Connection_types_limit_users_and_nkeys()
    {
        using NKey key = NKey.Create(NKeyKind.User);
        ConfigAuthenticator authenticator = new(NoAuth(
            "a",
            new UserOptions { Username = "a", Password = "a", AllowedConnectionTypes = ["websocket"] },
            new UserOptions { Username = "b", Password = "b", AllowedConnectionTypes = ["STANDARD"] },
            new UserOptions { Username = "c", Password = "c", AllowedConnectionTypes = [] },
            new UserOptions { NKey = key.PublicKey, AllowedConnectionTypes = ["WEBSOCKET"] }));
        authenticator.Authenticate(User("a", "a")).Ok.ShouldBeFalse();
        authenticator.Authenticate(User("a", "a", ConnectionTypes.WebSocket)).Ok.ShouldBeTrue();
        authenticator.Authenticate(User("b", "b")).Ok.ShouldBeTrue();
        authenticator.Authenticate(User("b", "b", ConnectionTypes.InProcess)).Ok.ShouldBeFalse();
        authenticator.Authenticate(User("c", "c", ConnectionTypes.Mqtt)).Ok.ShouldBeTrue();
        authenticator.Authenticate(Signed(key, Base64Url.EncodeToString(key.Sign("nonce"u8)))).Ok.ShouldBeFalse();
        authenticator.Authenticate(new ConnectCredentials()).Ok.ShouldBeFalse();
        authenticator.FindAnonymousIdentity(ConnectionTypes.Standard).ShouldBeNull();
        authenticator.FindAnonymousIdentity(ConnectionTypes.WebSocket).ShouldNotBeNull();
    }

    [Fact]
    public void Proxy_required_refuses_direct_connections()
    {
        using NKey key = NKey.Create(NKeyKind.User);
        ConfigAuthenticator authenticator = List(
            new UserOptions { Username = "a", Password = "a", ProxyRequired = true },
            new UserOptions { NKey = key.PublicKey, ProxyRequired = true },
            new UserOptions { Username = "b", Password = "b" });
        authenticator.Authenticate(User("a", "a")).Reason.ShouldBe(AuthenticationFailure.ProxyRequired);
        authenticator.Authenticate(Signed(key, Base64Url.EncodeToString(key.Sign("nonce"u8)))).Reason.ShouldBe(AuthenticationFailure.ProxyRequired);
        authenticator.Authenticate(User("b", "b")).Ok.ShouldBeTrue();
        Make(new AuthorizationOptions { Username = "a", Password = "a", ProxyRequired = true })
            .Authenticate(User("a", "a")).Reason.ShouldBe(AuthenticationFailure.ProxyRequired);
    }

    [Fact]
    public void Only_bcrypt_is_slow()
    {
        using NKey key = NKey.Create(NKeyKind.User);
        List(new UserOptions { Username = "a", Password = "a" }).IsSlow(User("a", "a")).ShouldBeFalse();
        ConfigAuthenticator authenticator = List(new UserOptions { Username = "a", Password = Bcrypt }, new UserOptions { NKey = key.PublicKey });
        authenticator.IsSlow(User("a", "a")).ShouldBeTrue();
        authenticator.IsSlow(User("nobody", "a")).ShouldBeTrue();
        authenticator.IsSlow(new ConnectCredentials()).ShouldBeFalse();
        authenticator.IsSlow(Signed(key, "x")).ShouldBeFalse();
        new ConfigAuthenticator(new NatsServerOptions()).IsSlow(User("a", "a")).ShouldBeFalse();
    }

    [Fact]
    public void A_name_nobody_has_costs_as_much_as_a_wrong_password()
    {
        // Cost 8 takes about 20 ms, a plain comparison less than a microsecond.
        ConfigAuthenticator authenticator = List(
            new UserOptions { Username = "a", Password = "$2a$08$abcdefghijklmnopqrstuu2ViaFsJ5DVJkVS/IY93WwMGzTDPJctm" },
            new UserOptions { Username = "plain", Password = "p" });
        authenticator.Authenticate(User("a", "x"));
        TimeSpan known = Least(() => authenticator.Authenticate(User("a", "x")).Ok.ShouldBeFalse());
        Least(() => authenticator.Authenticate(User("nobody", "x")).Ok.ShouldBeFalse()).ShouldBeGreaterThan(known / 4);
        Least(() => authenticator.Authenticate(User("plain", "x")).Ok.ShouldBeFalse()).ShouldBeGreaterThan(known / 4);
    }

    [Fact]
    public void Plain_passwords_are_reported()
    {
        List(new UserOptions { Username = "a", Password = "a" }).HasPlaintextPasswords.ShouldBeTrue();
        List(new UserOptions { Username = "a", Password = Bcrypt }).HasPlaintextPasswords.ShouldBeFalse();
        Make(new AuthorizationOptions { Username = "a", Password = "a" }).HasPlaintextPasswords.ShouldBeTrue();
        Make(new AuthorizationOptions { Token = "a" }).HasPlaintextPasswords.ShouldBeFalse();
        new ConfigAuthenticator(new NatsServerOptions()).HasPlaintextPasswords.ShouldBeFalse();
    }

    [Fact]
    public void Failed_logins_are_named_without_secrets()
    {
        User("a", "pw").Describe().ShouldBe("User \"a\"");
        User("a", "pw").ClaimedName.ShouldBe("a");
        new ConnectCredentials { Token = "secret" }.Describe().ShouldBe("Token \"[REDACTED]\"");
        new ConnectCredentials { Token = "secret" }.ClaimedName.ShouldBe("[REDACTED]");
        new ConnectCredentials().Describe().ShouldBe("User \"N/A\"");
        new ConnectCredentials().ClaimedName.ShouldBeNull();
    }

    private static TimeSpan Least(Action action)
    {
        TimeSpan least = TimeSpan.MaxValue;
        for (int i = 0; i < 5; i++)
        {
            long start = Stopwatch.GetTimestamp();
            action();
            TimeSpan taken = Stopwatch.GetElapsedTime(start);
            least = taken < least ? taken : least;
        }

        return least;
    }

    private static NatsServerOptions SystemOnly(string? systemAccount, string name) => new()
    {
        SystemAccount = systemAccount,
        Accounts = [new AccountOptions { Name = name, Users = [new UserOptions { Username = "admin", Password = "x" }] }],
    };

    private static NatsServerOptions NoAuth(string name, params UserOptions[] users) =>
        new() { NoAuthUser = name, Authorization = new AuthorizationOptions { Users = users } };

    private static ConfigAuthenticator List(params UserOptions[] users) => Make(new AuthorizationOptions { Users = users });

    private static ConfigAuthenticator Make(AuthorizationOptions authorization) => new(new NatsServerOptions { Authorization = authorization });

    private static ConnectCredentials User(string? user, string? password, string type = ConnectionTypes.Standard) =>
        new() { User = user, Password = password, ConnectionType = type };

    private static ConnectCredentials Signed(NKey key, string? signature) =>
        new() { NKey = key.PublicKey, Signature = signature, Nonce = Encoding.ASCII.GetBytes("nonce") };
}
