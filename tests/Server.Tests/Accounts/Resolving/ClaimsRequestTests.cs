using DotNats;
using DotNats.Security;
using DotNats.Server.Accounts.Resolving;
using Server.Tests.Harness;
using Shouldly;
using Xunit;

namespace Server.Tests.Accounts.Resolving;

public sealed class ClaimsRequestTests
{
    private const string Server = """
        {"server":{"id":"S"},
        """;

    private static readonly ResolverOptions Full = new() { Kind = ResolverKind.Full, AllowDelete = true, Limit = 4 };
    private static readonly ResolverOptions Cache = new() { Kind = ResolverKind.Cache };

    [Fact]
    public async Task A_JWT_is_pushed_looked_up_listed_packed_and_deleted()
    {
        await using ResolverHost host = await ResolverHost.StartAsync(Full);
        Dialogue client = await host.ConnectAsync();
        string a = TestJwts.NewAccount();
        string jwt = host.Jwts.Account(a);
        (await client.RequestAsync("$SYS.REQ.CLAIMS.UPDATE", jwt)).ShouldBe(Done(a, "jwt updated"));
        (await client.RequestAsync($"$SYS.REQ.ACCOUNT.{a}.CLAIMS.LOOKUP")).ShouldBe(jwt);
        (await client.RequestAsync($"$SYS.REQ.ACCOUNT.{TestJwts.NewAccount()}.CLAIMS.LOOKUP")).ShouldBe("");
        string[] all = [.. new[] { a, ResolverHost.SystemAccount }.Order(StringComparer.Ordinal)];
        (await client.RequestAsync("$SYS.REQ.CLAIMS.LIST")).ShouldBe($"{{\"data\":[\"{all[0]}\",\"{all[1]}\"],\"server\":{{\"id\":\"S\"}}}}");
        client.Ask("$SYS.REQ.CLAIMS.PACK");
        foreach (string account in all) (await client.AnswerAsync()).ShouldStartWith(account + "|eyJ");
        (await client.AnswerAsync()).ShouldBe("");
        (await client.RequestAsync("$SYS.REQ.CLAIMS.DELETE", host.Jwts.Deletion(a))).ShouldBe(Done("", "deleted 1 accounts"));
        (await client.RequestAsync($"$SYS.REQ.ACCOUNT.{a}.CLAIMS.LOOKUP")).ShouldBe("");
        host.Files.ShouldBe([a + ".jwt.deleted", ResolverHost.SystemAccount + ".jwt"], ignoreOrder: true);
    }

    [Fact]
    public async Task An_account_in_use_has_its_new_JWT_before_the_answer_and_ends_with_it()
    {
        await using ResolverHost host = await ResolverHost.StartAsync(Full);
        Dialogue client = await host.ConnectAsync();
        string a = TestJwts.NewAccount();
        host.InUse[a] = "";
        string jwt = host.Jwts.Account(a);
        foreach (string subject in (string[])["$SYS.REQ.CLAIMS.UPDATE", $"$SYS.REQ.ACCOUNT.{a}.CLAIMS.UPDATE", $"$SYS.ACCOUNT.{a}.CLAIMS.UPDATE"])
        {
            jwt = host.Jwts.Account(a, name: subject);
            (await client.RequestAsync(subject, jwt)).ShouldBe(Done(a, "jwt updated"));
            host.InUse[a].ShouldBe(jwt);
        }

        host.InUse[a] = "untouched";
        await client.RequestAsync("$SYS.REQ.CLAIMS.UPDATE", jwt);
        host.InUse[a].ShouldBe("untouched");
        await client.RequestAsync("$SYS.REQ.CLAIMS.DELETE", host.Jwts.Deletion(a));
        host.InUse.ShouldNotContainKey(a);
    }

    [Fact]
    public async Task What_cannot_be_kept_is_refused_in_the_words_of_nats_server()
    {
        await using ResolverHost host = await ResolverHost.StartAsync(Full);
        Dialogue client = await host.ConnectAsync();
        string a = TestJwts.NewAccount(), b = TestJwts.NewAccount();
        string invalid = JwtWriter.Write(
            new AccountClaims { Subject = a, Limits = AccountLimitsClaim.Unlimited, Exports = [new ExportClaim { Name = "x", Subject = "a..b", Kind = SharingKind.Stream }] },
            host.Jwts.Operator);
        (await client.RequestAsync("$SYS.REQ.CLAIMS.UPDATE", "abc")).ShouldBe(Failed("n/a", "jwt update resulted in error - expected 3 chunks"));
        (await client.RequestAsync($"$SYS.REQ.ACCOUNT.{a}.CLAIMS.UPDATE")).ShouldBe(Failed("n/a", "jwt update resulted in error - expected 3 chunks"));
        (await client.RequestAsync($"$SYS.REQ.ACCOUNT.{b}.CLAIMS.UPDATE", host.Jwts.Account(a)))
            .ShouldBe(Failed(b, "jwt update resulted in error - subject does not match jwt content"));
        (await client.RequestAsync("$SYS.REQ.CLAIMS.UPDATE", invalid)).ShouldBe(
            Failed(a, "jwt validation failed - validation errors: [subject \\\"a..b\\\" cannot contain consecutive `.`]"));
        for (int i = 0; i < 3; i++) await client.RequestAsync("$SYS.REQ.CLAIMS.UPDATE", host.Jwts.Account(TestJwts.NewAccount()));
        (await client.RequestAsync("$SYS.REQ.CLAIMS.UPDATE", host.Jwts.Account(a))).ShouldBe(Failed(a, "jwt update resulted in error - jwt store is full"));
    }

    [Fact]
    public async Task A_strict_operator_takes_accounts_of_its_signing_keys_only()
    {
        await using ResolverHost host = await ResolverHost.StartAsync(Full, isStrict: true);
        Dialogue client = await host.ConnectAsync();
        string a = TestJwts.NewAccount();
        (await client.RequestAsync("$SYS.REQ.CLAIMS.UPDATE", host.Jwts.Account(a)))
            .ShouldBe(Failed(a, "jwt update resulted in error - operator requires issuer to be a signing key"));
    }

    [Fact]
    public async Task Only_an_operator_deletes_and_never_the_system_account()
    {
        await using ResolverHost host = await ResolverHost.StartAsync(Full);
        Dialogue client = await host.ConnectAsync();
        NKey own = host.Jwts.Operator;
        using NKey other = NKey.Create(NKeyKind.Operator);
        string a = TestJwts.NewAccount();
        (string Request, string Error)[] cases =
        [
            ("abc", "delete accounts request by  failed - expected 3 chunks"),
            (TestJwts.Generic(own, a, $$"""{"accounts":["{{a}}"]}"""), $"delete accounts request by {a} failed - not self signed"),
            (TestJwts.Generic(other, other.PublicKey, $$"""{"accounts":["{{a}}"]}"""), $"delete accounts request by {other.PublicKey} failed - not trusted"),
            (TestJwts.Generic(own, own.PublicKey, "{}"), $"delete accounts request by {own.PublicKey} failed - malformed request"),
            (TestJwts.Generic(own, own.PublicKey, $$"""{"accounts":"{{a}}"}"""), $"delete accounts request by {own.PublicKey} failed - malformed request"),
            (TestJwts.Generic(own, own.PublicKey, """{"accounts":["foo"]}"""), $"delete accounts request by {own.PublicKey} failed - malformed request"),
            (host.Jwts.Deletion(a, ResolverHost.SystemAccount), $"delete accounts request by {own.PublicKey} failed - not allowed to delete system account"),
        ];
        foreach ((string request, string error) in cases) (await client.RequestAsync("$SYS.REQ.CLAIMS.DELETE", request)).ShouldBe(Failed("", error));
        (await client.RequestAsync("$SYS.REQ.CLAIMS.DELETE", host.Jwts.Deletion())).ShouldBe(Done("", "deleted 0 accounts"));
        (await client.RequestAsync("$SYS.REQ.CLAIMS.DELETE", host.Jwts.Deletion(a))).ShouldBe(Done("", "deleted 1 accounts"));
        host.Files.ShouldBe([ResolverHost.SystemAccount + ".jwt"]);
    }

    [Fact]
    public async Task Where_deleting_is_not_allowed_nobody_deletes()
    {
        await using ResolverHost host = await ResolverHost.StartAsync(Full with { AllowDelete = false });
        Dialogue client = await host.ConnectAsync();
        (await client.RequestAsync("$SYS.REQ.CLAIMS.DELETE", host.Jwts.Deletion(TestJwts.NewAccount())))
            .ShouldBe(Failed("", $"delete accounts request by {host.Jwts.Operator.PublicKey} failed - delete must be enabled in server config"));
    }

    [Fact]
    public async Task A_cache_keeps_what_is_in_use_and_does_not_answer_for_others()
    {
        await using ResolverHost host = await ResolverHost.StartAsync(Cache);
        Dialogue client = await host.ConnectAsync();
        string a = TestJwts.NewAccount(), b = TestJwts.NewAccount();
        (await client.RequestAsync("$SYS.REQ.CLAIMS.UPDATE", host.Jwts.Account(a))).ShouldBe(Done(a, "jwt update cache skipped"));
        host.InUse[a] = "";
        string jwt = host.Jwts.Account(a);
        (await client.RequestAsync($"$SYS.REQ.ACCOUNT.{a}.CLAIMS.UPDATE", jwt)).ShouldBe(Done(a, "jwt updated cache"));
        host.InUse[a].ShouldBe(jwt);
        (await client.RequestAsync($"$SYS.REQ.ACCOUNT.{b}.CLAIMS.UPDATE", "abc")).ShouldBe(Failed(b, "jwt update cache resulted in error - expected 3 chunks"));
        (await client.RequestAsync("$SYS.REQ.CLAIMS.UPDATE", "abc")).ShouldBe(Failed("n/a", "jwt update cache resulted in error - expected 3 chunks"));
        (await client.RequestAsync($"$SYS.REQ.ACCOUNT.{a}.CLAIMS.LOOKUP")).ShouldBe("NATS/1.0 503");
        (await client.RequestAsync("$SYS.REQ.CLAIMS.PACK")).ShouldBe("NATS/1.0 503");
        (await client.RequestAsync("$SYS.REQ.CLAIMS.DELETE", host.Jwts.Deletion(a))).ShouldBe(Done("", "deleted 1 accounts"));
        host.Files.ShouldBe([ResolverHost.SystemAccount + ".jwt"]);
    }

    [Fact]
    public async Task A_JWT_the_accounts_refuse_is_kept_and_the_log_says_so()
    {
        await using ResolverHost host = await ResolverHost.StartAsync(Full);
        Dialogue client = await host.ConnectAsync();
        string a = TestJwts.NewAccount();
        host.InUse[a] = "";
        host.ApplyError = "account validation failed";
        (await client.RequestAsync("$SYS.REQ.CLAIMS.UPDATE", host.Jwts.Account(a))).ShouldBe(Done(a, "jwt updated"));
        await host.Log.ContainsAsync("Error", $"DirResolver - Update for account \"{a}\" resulted in error account validation failed");
    }

    [Fact]
    public async Task A_reload_tells_accounts_in_use_what_others_changed_in_the_directory()
    {
        await using ResolverHost host = await ResolverHost.StartAsync(Full);
        string a = TestJwts.NewAccount(), preloaded = TestJwts.NewAccount();
        host.InUse[a] = host.InUse[preloaded] = "";
        string jwt = host.Jwts.Account(a), other = host.Jwts.Account(preloaded);
        await File.WriteAllTextAsync(Path.Combine(host.Directory, a + ".jwt"), jwt, TestContext.Current.CancellationToken);
        host.Resolver.Reload(new Dictionary<string, string> { [preloaded] = other });
        await host.Resolver.Loop.DrainAsync();
        host.InUse[a].ShouldBe(jwt);
        host.InUse[preloaded].ShouldBe(other);
        host.Files.ShouldContain(preloaded + ".jwt");
    }

    [Fact]
    public async Task Expired_JWTs_go_by_themselves()
    {
        await using ResolverHost host = await ResolverHost.StartAsync(Full);
        string a = TestJwts.NewAccount();
        host.Resolver.Store.Save(a, host.Jwts.Account(a, expiresAt: host.Server.Time.GetUtcNow().ToUnixTimeSeconds() + 30));
        host.Server.Time.Advance(TimeSpan.FromSeconds(61));
        await Eventually.HoldsAsync(() => !host.Files.Contains(a + ".jwt"), "the expired file is removed");
    }

    private static string Done(string account, string message) => $"{Server}\"data\":{{{Named(account)}\"code\":200,\"message\":\"{message}\"}}}}";

    private static string Failed(string account, string description) =>
        $"{Server}\"error\":{{{Named(account)}\"code\":500,\"description\":\"{description}\"}}}}";

    private static string Named(string account) => account.Length > 0 ? $"\"account\":\"{account}\"," : "";
}
