using DotNats.Security;
using Shouldly;
using Xunit;

namespace Security.Tests.Jwt.Rules;

public sealed class ClaimsValidationTests
{
    private static readonly DateTimeOffset Now = DateTimeOffset.FromUnixTimeSeconds(JwtVectors.Issued);
    private static readonly AccountClaims Sound = new() { Subject = JwtVectors.Public("account"), Issuer = JwtVectors.Public("operator"), Limits = AccountLimitsClaim.Unlimited };

    [Fact]
    public void The_vectors_are_sound()
    {
        foreach (string name in JwtVectors.Names.Except(["response", "operator"]))
        {
            JwtReader.TryRead(JwtVectors.Token(name), out JwtClaims? claims, out _).ShouldBeTrue();
            ClaimsValidation.Check(claims!, Now).Errors.ShouldBeEmpty(name);
        }
    }

    [Fact]
    public void Time_blocks_only_where_it_is_asked_for()
    {
        ClaimIssues late = ClaimsValidation.Check(new UserClaims { ExpiresAtSeconds = 5 }, Now);
        late.All.ShouldBe([new ClaimIssue(ClaimIssueLevel.Time, "claim is expired")]);
        (late.IsBlocking(includeTime: true), late.IsBlocking(includeTime: false)).ShouldBe((true, false));
        ClaimsValidation.Check(new UserClaims { NotBeforeSeconds = JwtVectors.Issued + 1 }, Now).All[0].Text.ShouldBe("claim is not yet valid");
    }

    [Fact]
    public void Users_need_sound_networks_times_zones_and_permissions()
    {
        User(l => l with { Sources = ["10.0.0.1"] }).ShouldBe(["invalid cidr \"10.0.0.1\" in user src limits"]);
        User(l => l with { Times = [new("", "25:00:00")] }).ShouldBe(["time ranges start must contain a start", "end in time range is invalid \"25:00:00\""]);
        User(l => l with { Locale = "Nowhere" }).ShouldBe(["could not parse iana time zone by name: unknown time zone Nowhere"]);
        User(l => l with { Locale = "Europe/Berlin" }).ShouldBeEmpty();
        User(l => l with { Permissions = new() { Publish = new() { Allow = ["a b", "", "x..y"] } } }).ShouldBe([
            "Permission Subject \"a b\" is not allowed to contain queue", "subject cannot be empty", "subject \"x..y\" cannot contain consecutive `.`"]);
        User(l => l with { Permissions = new() { Subscribe = new() { Deny = ["a q", "a b c", ".a"] } } }).ShouldBe([
            "Permission Subject \"a b c\" contains too many spaces", "subject \".a\" cannot start or end with a `.`"]);
        ClaimsValidation.Check(new UserClaims { IssuerAccount = "x" }, Now).Errors.ShouldBe(["account_id is not an account public key"]);
    }

    [Fact]
    public void Operators_need_sound_keys_urls_and_versions()
    {
        Errors(new OperatorClaims { SigningKeys = ["x"], SystemAccount = "y", AssertServerVersion = "2.1", AccountServerUrl = "host/path" }).ShouldBe([
            "account server url \"host/path\" requires a protocol", "x is not an operator public key", "y is not an account public key",
            "assert server version error: asserted server version must be of the form <major>.<minor>.<update>"]);
        Errors(new OperatorClaims { OperatorServiceUrls = ["nats://a:4222", "", "tls://u@a", "ws://a/x", "http://a"] }).Count().ShouldBe(3);
        Errors(new OperatorClaims { AccountServerUrl = "https://h:1/jwt/v1/", AssertServerVersion = "2.15.1" }).ShouldBeEmpty();
    }

    [Fact]
    public void Accounts_keep_to_their_limits()
    {
        ExportClaim wild = new() { Subject = "a.*", Kind = SharingKind.Stream };
        ImportClaim import = new() { Subject = "a", Kind = SharingKind.Stream, Account = "A" };
        Errors(Sound with { Exports = [wild, wild with { Subject = "b" }], Limits = Sound.Limits with { Exports = 1, WildcardExports = false } }).ShouldBe([
            "the account contains more exports than allowed by the operator", "the account contains wildcard exports that are not allowed by the operator"]);
        Errors(Sound with { Imports = [import], Limits = Sound.Limits with { Imports = 0 } }).ShouldAllBe(e => e == "the account contains more imports than allowed by the operator");
        Errors(Sound with { Limits = Sound.Limits with { JetStreamTiers = new Dictionary<string, JetStreamLimitsClaim> { [""] = new() } } }).ShouldHaveSingleItem();
        ClaimsValidation.Check(Sound with { Issuer = Sound.Subject }, Now).All.ShouldBe([new(ClaimIssueLevel.Warning, "self-signed account JWTs shouldn't contain operator limits")]);
    }

    [Fact]
    public void Mappings_add_up_to_no_more_than_everything()
    {
        Mapping(new() { Subject = "b", Weight = 60 }, new() { Subject = "c", Weight = 40 }, new() { Subject = "d", Cluster = "x" }).ShouldBeEmpty();
        Mapping(new() { Subject = "b", Weight = 60 }, new() { Subject = "c", Weight = 41 }).ShouldBe(["Mapping \"a\" exceeds 100% among all of it's weighted to mappings"]);
        Mapping(new() { Subject = "b", Cluster = "x" }, new() { Subject = "c", Cluster = "x", Weight = 1 })
            .ShouldBe(["Mapping \"a\" in cluster \"x\" exceeds 100% among all of it's weighted to mappings"]);
        Mapping(new WeightedMappingClaim { Subject = "b", Weight = 200 }).ShouldContain("Mapping \"a\" has a weight 200 that exceeds 100");
    }

    [Fact]
    public void Authorization_trace_and_keys_are_checked()
    {
        Errors(Sound with { Authorization = new() { AllowedAccounts = ["*"] } }).ShouldBe(["External authorization cannot have accounts without users specified"]);
        Errors(Sound with { Authorization = new() { AuthUsers = ["x"], AllowedAccounts = ["*", "y"], XKey = "z" } }).ShouldBe([
            "AuthUser \"x\" is not a valid user public key", "AllowedAccounts can only be a list of accounts or \"*\"",
            "Account \"y\" is not a valid account public key", "XKey \"z\" is not a valid public xkey"]);
        Errors(Sound with { Trace = new() { Destination = "a.*", Sampling = 101 } }).ShouldBe([
            "the account Trace.Destination subject \"a.*\" is not a valid publish subject", "the account Trace.Sampling value '101' is not valid, should be in the range [1..100]"]);
        Errors(Sound with { Trace = new() }).ShouldContain("the account Trace.Destination subject cannot be empty");
        Errors(Sound with { SigningKeys = new Dictionary<string, UserScopeClaim?> { ["x"] = null, ["y"] = new() { Key = "y" } } })
            .ShouldBe(["\"x\" is not a valid account signing key", "y is not an account public key"]);
        Errors(Sound with { ClusterTraffic = "mine", InfoUrl = "nothing", Description = new string('x', 9000) }).Count().ShouldBe(3);
    }

    [Fact]
    public void Exports_are_checked_alone_and_together()
    {
        Exports(new ExportClaim { Subject = "a" }).ShouldBe(["invalid export type: \"unknown\""]);
        Exports(Service("a") with { ResponseType = "Many" }).ShouldBe(["invalid response type for service: \"Many\""]);
        Exports(Service("a") with { Kind = SharingKind.Stream, ResponseType = "Stream", AllowTrace = true, ResponseThreshold = TimeSpan.FromSeconds(1), Latency = new() { Results = "r" } }).Count().ShouldBe(4);
        Exports(Service("a") with { ResponseThreshold = TimeSpan.FromSeconds(-1), Latency = new() { Sampling = 101, Results = "r.*" } }).Count().ShouldBe(3);
        Exports(Service("a") with { AccountTokenPosition = 1 }).ShouldBe(["Account Token Position can only be used with wildcard subjects: a"]);
        Exports(Service("a.*") with { AccountTokenPosition = 3 }).ShouldBe(["Account Token Position 3 exceeds length of subject 'a.*'"]);
        Exports(Service("a.*") with { AccountTokenPosition = 1 }).ShouldBe(["Account Token Position 1 matches 'a' but must match a * in: a.*"]);
        Exports(Service("a.*") with { AccountTokenPosition = 2 }).ShouldBeEmpty();
        Exports(Service("a.*"), Service("a.b")).ShouldBe(["service export subject \"a.*\" already exports \"a.b\""]);
        Exports(Service("a.*"), Service("a.b") with { Kind = SharingKind.Stream }).ShouldBeEmpty();
        Exports(Service(">"), Service("a.b.c")).ShouldHaveSingleItem();
    }

    [Fact]
    public void Imports_are_checked_alone_and_together()
    {
        ImportClaim service = new() { Subject = "a.*", Account = "B", Kind = SharingKind.Service };
        ImportClaim stream = service with { Kind = SharingKind.Stream };
        Imports(service with { Account = "" }).ShouldBe(["account to import from is not specified"]);
        Imports(service with { AllowTrace = true }).ShouldBe(["AllowTrace only valid for stream import"]);
        Imports(stream with { Share = true }).ShouldHaveSingleItem();
        Imports(service with { LocalSubject = "x.$1" }).ShouldBeEmpty();
        Imports(service with { LocalSubject = "x.$2" }).ShouldContain("Reference $2 in \"x.$2\" reference * in \"x.$2\" that do not exist");
        Imports(service with { LocalSubject = "x" }).ShouldBe(["subject does not contain enough * or reference wildcards $[0-9]"]);
        Imports(service with { LocalSubject = "x.>" }).ShouldContain("both, renaming subject and subject, need to end or not end in >");
        Imports(service with { LocalSubject = "x.*", To = "y" }).ShouldContain("Local Subject replaces To");
        Imports(service, service with { Subject = "a.b" }).ShouldHaveSingleItem().ShouldContain("overlapping subject namespace");
        Imports(service, service with { Account = "C" }).ShouldBeEmpty();
        Imports(service, service with { LocalSubject = "a.$1" }).ShouldHaveSingleItem();
        Imports(service with { Token = "junk" }).ShouldBe(["import \"a.*\" contains an invalid activation token"]);
    }

    [Fact]
    public void Requests_and_responses_name_their_keys()
    {
        Errors(new AuthorizationRequestClaims()).ShouldBe(["User nkey is required"]);
        Errors(new AuthorizationRequestClaims { UserNKey = "x" }).ShouldBe(["User nkey \"x\" is not a valid user public key"]);
        Errors(new AuthorizationResponseClaims()).ShouldBe(["Subject must be a user public key", "Audience must be a server public key", "Error or Jwt is required"]);
        AuthorizationResponseClaims good = new() { Subject = JwtVectors.Public("user"), Audience = JwtVectors.Public("server"), Jwt = "j" };
        Errors(good).ShouldBeEmpty();
        Errors(good with { Error = "e", IssuerAccount = "x" }).ShouldBe(["Only Error or Jwt can be set", "issuer_account is not an account public key"]);
    }

    private static ExportClaim Service(string subject) => new() { Subject = subject, Kind = SharingKind.Service };

    private static IEnumerable<string> Errors(JwtClaims claims) => ClaimsValidation.Check(claims, Now).Errors;

    private static IEnumerable<string> User(Func<UserLimitsClaim, UserLimitsClaim> change) => Errors(new UserClaims { Limits = change(new UserLimitsClaim()) });

    private static IEnumerable<string> Exports(params ExportClaim[] exports) => Errors(Sound with { Exports = exports });

    private static IEnumerable<string> Imports(params ImportClaim[] imports) => Errors(Sound with { Imports = imports });

    private static IEnumerable<string> Mapping(params WeightedMappingClaim[] destinations) =>
        Errors(Sound with { Mappings = new Dictionary<string, IReadOnlyList<WeightedMappingClaim>> { ["a"] = destinations } });
}
