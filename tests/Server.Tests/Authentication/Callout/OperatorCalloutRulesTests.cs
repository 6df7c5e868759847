using DotNats.Security;
using DotNats.Server.Authentication;
using Shouldly;
using Xunit;

namespace Server.Tests.Authentication.Callout;

public sealed class OperatorCalloutRulesTests
{
    private static readonly NKey Asking = NKey.Create(NKeyKind.Account);
    private static readonly NKey Target = NKey.Create(NKeyKind.Account);
    private static readonly NKey Signing = NKey.Create(NKeyKind.Account);
    private static readonly NKey Service = NKey.Create(NKeyKind.User);
    private static readonly NKey Sentinel = NKey.Create(NKeyKind.User);

    private readonly Dictionary<string, AccountClaims> _accounts = new()
    {
        [Asking.PublicKey] = new AccountClaims
        {
            Subject = Asking.PublicKey,
            Authorization = new ExternalAuthorizationClaim { AuthUsers = [Service.PublicKey], AllowedAccounts = [Target.PublicKey], XKey = "X" },
            SigningKeys = new Dictionary<string, UserScopeClaim?> { [Signing.PublicKey] = null },
        },
        [Target.PublicKey] = new AccountClaims { Subject = Target.PublicKey },
    };

    private OperatorCalloutRules Rules => new(Find, key => new ValueTask<ClaimedCalloutAccount>(Find(key)));

    [Fact]
    public void Asks_about_users_of_an_account_with_a_service()
    {
        CalloutTerms terms = TermsFor(Sentinel).ShouldNotBeNull();
        (terms.AccountName, terms.RequestSubject, terms.XKey, terms.IsService, terms.Jwt).ShouldBe((Asking.PublicKey, Asking.PublicKey, "X", false, "jwt"));
        TermsFor(Sentinel, Target).ShouldBeNull();
        Rules.TermsFor(new ConnectCredentials(), AuthenticationResult.Refuse()).ShouldBeNull();
    }

    [Fact]
    public void The_service_is_known_by_its_key_and_not_by_a_name()
    {
        TermsFor(Service).ShouldNotBeNull().IsService.ShouldBeTrue();
        TermsFor(Sentinel, name: Service.PublicKey).ShouldNotBeNull().IsService.ShouldBeFalse();
    }

    [Fact]
    public void Only_keys_of_the_account_answer()
    {
        CalloutTerms terms = TermsFor(Sentinel)!;
        Rules.CheckResponder(terms, new AuthorizationResponseClaims { Issuer = Asking.PublicKey }).ShouldBeNull();
        Rules.CheckResponder(terms, new AuthorizationResponseClaims { Issuer = Signing.PublicKey }).ShouldBeNull();
        Rules.CheckResponder(terms, new AuthorizationResponseClaims { Issuer = Target.PublicKey, IssuerAccount = Asking.PublicKey })
            .ShouldBe("auth callout signing key is unknown");
    }

    [Fact]
    public async Task Users_are_put_into_their_issuers_account_where_that_is_allowed()
    {
        (await PlaceAsync(Asking)).AccountName.ShouldBe(Asking.PublicKey);
        (await PlaceAsync(Target)).AccountName.ShouldBe(Target.PublicKey);
        NKey other = NKey.Create(NKeyKind.Account);
        (await PlaceAsync(other)).Flaw.ShouldBe($"account \"{other.PublicKey}\" not permitted as valid account option for auth callout for account \"{Asking.PublicKey}\"");
        Allow("*");
        (await PlaceAsync(other)).Flaw.ShouldBe($"no valid account \"{other.PublicKey}\" for auth callout response on account \"{Asking.PublicKey}\": account missing");
        Allow("*", Target.PublicKey);
        (await PlaceAsync(other)).Flaw.ShouldNotBeNull().ShouldContain("not permitted");
    }

    [Fact]
    public async Task A_signing_key_brings_its_scope()
    {
        UserLimitsClaim template = UserLimitsClaim.Unlimited with { Permissions = new PermissionSet { Publish = new SubjectPermission { Allow = ["{{name()}}.>"] } } };
        _accounts[Target.PublicKey] = new AccountClaims
        {
            Subject = Target.PublicKey,
            SigningKeys = new Dictionary<string, UserScopeClaim?> { [Signing.PublicKey] = new() { Key = Signing.PublicKey, Template = template } },
        };
        UserClaims user = new() { Subject = Sentinel.PublicKey, Name = "bob", Issuer = Signing.PublicKey, IssuerAccount = Target.PublicKey };
        CalloutPlacement placed = await Rules.PlaceAsync(TermsFor(Sentinel)!, user);
        placed.User.ShouldNotBeNull().Limits.Permissions.Publish.ShouldNotBeNull().Allow.ShouldBe(["bob.>"]);
        UserClaims unknown = user with { Issuer = Asking.PublicKey };
        (await Rules.PlaceAsync(TermsFor(Sentinel)!, unknown)).Flaw.ShouldBe($"user JWT issuer \"{Asking.PublicKey}\" is not known");
    }

    private void Allow(params string[] accounts)
    {
        AccountClaims claims = _accounts[Asking.PublicKey];
        _accounts[Asking.PublicKey] = claims with { Authorization = claims.Authorization with { AllowedAccounts = accounts } };
    }

    private ValueTask<CalloutPlacement> PlaceAsync(NKey issuer) =>
        Rules.PlaceAsync(TermsFor(Sentinel)!, new UserClaims { Subject = Sentinel.PublicKey, Issuer = issuer.PublicKey, Limits = UserLimitsClaim.Unlimited });

    private CalloutTerms? TermsFor(NKey user, NKey? account = null, string? name = null)
    {
        UserClaims claims = new() { Subject = user.PublicKey, Issuer = (account ?? Asking).PublicKey };
        Identity identity = new() { AccountName = (account ?? Asking).PublicKey, Claims = claims, Jwt = "jwt", UserName = name };
        return Rules.TermsFor(new ConnectCredentials { User = name }, AuthenticationResult.Accept(identity));
    }

    private ClaimedCalloutAccount Find(string key) =>
        _accounts.TryGetValue(key, out AccountClaims? claims) ? new ClaimedCalloutAccount(claims, true, null) : new ClaimedCalloutAccount(null, false, "account missing");
}
