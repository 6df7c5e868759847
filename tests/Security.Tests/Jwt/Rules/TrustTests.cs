using DotNats.Security;
using Shouldly;
using Xunit;

namespace Security.Tests.Jwt.Rules;

/// <summary>Validity, issuers, revocations, permissions.</summary>
public sealed class TrustTests
{
    private static readonly DateTimeOffset Now = DateTimeOffset.FromUnixTimeSeconds(1000).AddMilliseconds(500);

    [Theory]
    [InlineData(0, 0, JwtTimeState.Valid)]
    [InlineData(1000, 0, JwtTimeState.Valid)]
    [InlineData(999, 0, JwtTimeState.Expired)]
    [InlineData(-5, 0, JwtTimeState.Valid)]
    [InlineData(0, 1000, JwtTimeState.Valid)]
    [InlineData(0, 1001, JwtTimeState.NotYetValid)]
    [InlineData(long.MaxValue, long.MinValue, JwtTimeState.Valid)]
    public void Claims_count_from_their_first_to_their_last_second(long expires, long notBefore, JwtTimeState state) =>
        JwtValidity.StateAt(new UserClaims { ExpiresAtSeconds = expires, NotBeforeSeconds = notBefore }, Now).ShouldBe(state);

    [Fact]
    public void What_is_left_is_known()
    {
        JwtValidity.Remaining(new UserClaims(), Now).ShouldBeNull();
        JwtValidity.Remaining(new UserClaims { ExpiresAtSeconds = 1007 }, Now).ShouldBe(TimeSpan.FromSeconds(7));
        JwtValidity.Remaining(new UserClaims { ExpiresAtSeconds = 999 }, Now).ShouldBe(TimeSpan.Zero);
        JwtValidity.Remaining(new UserClaims { ExpiresAtSeconds = long.MaxValue }, Now)!.Value.ShouldBeGreaterThan(TimeSpan.FromDays(1_000_000));
        TimeSpan one = TimeSpan.FromSeconds(1), two = TimeSpan.FromSeconds(2);
        JwtValidity.Earlier(null, null).ShouldBeNull();
        JwtValidity.Earlier(one, null).ShouldBe(one);
        JwtValidity.Earlier(null, one).ShouldBe(one);
        JwtValidity.Earlier(one, two).ShouldBe(one);
        JwtValidity.Earlier(two, one).ShouldBe(one);
    }

    [Theory]
    [InlineData("U", 10, true)]
    [InlineData("U", 11, false)]
    [InlineData("V", 5, true)]
    [InlineData("V", 6, false)]
    [InlineData("*", 5, true)]
    public void A_revocation_counts_for_what_was_issued_before(string key, long issued, bool revoked) =>
        JwtValidity.IsRevoked(new Dictionary<string, long> { ["U"] = 10, ["*"] = 5 }, key, issued).ShouldBe(revoked);

    [Fact]
    public void Strict_operators_do_not_sign_accounts_themselves()
    {
        OperatorClaims lax = new() { Subject = "O", SigningKeys = ["S"] };
        OperatorClaims strict = lax with { StrictSigningKeyUsage = true };
        IssuerRules.TrustedKeys([lax]).ShouldBe(["O", "S"], ignoreOrder: true);
        IssuerRules.TrustedKeys([strict, new OperatorClaims { Subject = "P" }]).ShouldBe(["S", "P"], ignoreOrder: true);
        AccountClaims byOperator = new() { Issuer = "O", Subject = "A" };
        IssuerRules.DidSign(lax, byOperator).ShouldBeTrue();
        IssuerRules.DidSign(strict, byOperator).ShouldBeFalse();
        IssuerRules.DidSign(strict, byOperator with { Issuer = "S" }).ShouldBeTrue();
        IssuerRules.DidSign(strict, byOperator with { Issuer = "X" }).ShouldBeFalse();
        IssuerRules.DidSign(strict, strict with { Issuer = "O" }).ShouldBeTrue();
    }

    [Fact]
    public void An_accounts_users_are_signed_by_its_keys()
    {
        UserScopeClaim scope = new() { Key = "K2" };
        AccountClaims account = new() { Subject = "A", SigningKeys = new Dictionary<string, UserScopeClaim?> { ["K1"] = null, ["K2"] = scope } };
        IssuerRules.TryFindSigner(account, "A", out UserScopeClaim? found).ShouldBeTrue();
        found.ShouldBeNull();
        IssuerRules.TryFindSigner(account, "K1", out found).ShouldBeTrue();
        found.ShouldBeNull();
        IssuerRules.TryFindSigner(account, "K2", out found).ShouldBeTrue();
        found.ShouldBe(scope);
        IssuerRules.TryFindSigner(account, "B", out _).ShouldBeFalse();
        IssuerRules.DidSign(account, new UserClaims { Issuer = "A" }).ShouldBeTrue();
        IssuerRules.DidSign(account, new UserClaims { Issuer = "K1", IssuerAccount = "A" }).ShouldBeTrue();
        IssuerRules.DidSign(account, new UserClaims { Issuer = "K1" }).ShouldBeFalse();
        IssuerRules.DidSign(account, new UserClaims { Issuer = "B", IssuerAccount = "A" }).ShouldBeFalse();
        IssuerRules.DidSign(account, new ActivationClaims { Issuer = "K1", IssuerAccount = "A" }).ShouldBeTrue();
        IssuerRules.DidSign(account, new ActivationClaims { Issuer = "K1", IssuerAccount = "B" }).ShouldBeFalse();
        IssuerRules.CheckScope(scope, new UserClaims { Issuer = "K2" }).ShouldBeNull();
        IssuerRules.CheckScope(scope, new UserClaims { Issuer = "K1" }).ShouldBe("issuer not the scoped signer");
        IssuerRules.CheckScope(scope, new UserClaims { Issuer = "K2", Limits = UserLimitsClaim.Unlimited })
            .ShouldBe("scoped users require no permissions or limits set");
    }

    [Fact]
    public void Who_has_no_permissions_has_the_accounts()
    {
        PermissionSet none = new();
        PermissionSet own = new() { Publish = new SubjectPermission { Deny = ["x"], Allow = [] } };
        PermissionSet account = new() { Subscribe = new SubjectPermission { Allow = ["y"] } };
        UserPermissions.Effective(none, none).ShouldBeNull();
        UserPermissions.Effective(none, account).ShouldBe(account);
        UserPermissions.Effective(own, account).ShouldBe(own);
        UserPermissions.Restricting(new PermissionSet { Publish = new SubjectPermission { Allow = [], Deny = [] } }).ShouldBeNull();
        PermissionSet answers = UserPermissions.Restricting(new PermissionSet { Responses = new ResponsePermission { MaxMessages = 0, Expires = TimeSpan.Zero } })!;
        answers.Responses.ShouldBe(new ResponsePermission());
        UserPermissions.Restricting(new PermissionSet { Responses = new ResponsePermission { MaxMessages = -1, Expires = TimeSpan.FromSeconds(-1) } })!
            .Responses.ShouldBe(new ResponsePermission { MaxMessages = -1, Expires = TimeSpan.FromSeconds(-1) });
    }
}
