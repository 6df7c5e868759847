using DotNats;
using DotNats.Security;
using DotNats.Server.Authentication;
using Shouldly;
using Xunit;

namespace Server.Tests.Authentication;

public class AuthenticationValidationTests
{
    [Fact]
    public void Good_options_have_no_errors()
    {
        using NKey key = NKey.Create(NKeyKind.User);
        AuthenticationValidation.Validate(new NatsServerOptions()).ShouldBeEmpty();
        AuthenticationValidation.Validate(new NatsServerOptions
        {
            NoAuthUser = "a",
            Authorization = new AuthorizationOptions { Users = [new UserOptions { NKey = key.PublicKey, AllowedConnectionTypes = ["mqtt"] }] },
            Accounts = [new AccountOptions { Name = "A", Users = [new UserOptions { Username = "a" }] }],
        }).ShouldBeEmpty();
    }

    [Fact]
    public void All_errors_are_listed()
    {
        using NKey account = NKey.Create(NKeyKind.Account);
        PermissionSet bad = new() { Publish = new SubjectPermission { Allow = ["a..b"] } };
        AuthenticationValidation.Validate(new NatsServerOptions
        {
            NoAuthUser = "nobody",
            Authorization = new AuthorizationOptions
            {
                Users =
                [
                    new UserOptions { Username = "a", AllowedConnectionTypes = ["FOO"], Permissions = bad },
                    new UserOptions { NKey = account.PublicKey },
                ],
            },
        }).ShouldBe(
        [
            "unknown connection type \"FOO\"",
            "invalid permissions for user \"a\": publish allow: subject \"a..b\" is not a valid subject",
            "Not a valid public nkey for a user",
            "no_auth_user: \"nobody\" not present as user or nkey in authorization block or account configuration",
        ]);
    }

    [Fact]
    public void No_auth_user_needs_users() =>
        AuthenticationValidation.Validate(new NatsServerOptions { NoAuthUser = "a" })
            .ShouldBe(["no_auth_user: \"a\" present, but users/nkeys are not defined"]);

    [Fact]
    public void Invalid_permissions_do_not_compile() =>
        Should.Throw<ArgumentException>(() => new ConfigAuthenticator(new NatsServerOptions
        {
            Authorization = new AuthorizationOptions
            {
                Users = [new UserOptions { Username = "a", Permissions = new PermissionSet { Subscribe = new SubjectPermission { Deny = ["a b c"] } } }],
            },
        }));
}
