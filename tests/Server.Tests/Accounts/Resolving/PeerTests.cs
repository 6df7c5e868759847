using System.Text;
using DotNats;
using DotNats.Server.Accounts;
using DotNats.Server.Accounts.Resolving;
using Server.Tests.Harness;
using Shouldly;
using Xunit;

namespace Server.Tests.Accounts.Resolving;

/// <summary>What servers say to each other about JWTs; a client plays the other servers.</summary>
public sealed class PeerTests
{
    private static readonly ResolverOptions Full = new() { Kind = ResolverKind.Full, Interval = TimeSpan.FromSeconds(30) };
    private static readonly ResolverOptions Cache = new() { Kind = ResolverKind.Cache };

    [Fact]
    public async Task What_is_not_here_is_asked_of_others_and_kept()
    {
        foreach (ResolverOptions options in (ResolverOptions[])[Full, Cache])
        {
            await using ResolverHost host = await ResolverHost.StartAsync(options);
            Dialogue other = await host.ConnectAsync();
            await ListenAsync(other, "$SYS.REQ.ACCOUNT.*.CLAIMS.LOOKUP");
            string a = TestJwts.NewAccount();
            string jwt = host.Jwts.Account(a);
            host.Resolver.TryGet(a, out _).ShouldBeFalse();
            Task<string?> fetch = Fetch(host, a), joined = Fetch(host, a);
            Reply(other, await QuestionAsync(other, $"$SYS.REQ.ACCOUNT.{a}.CLAIMS.LOOKUP"), jwt);
            (await fetch).ShouldBe(jwt);
            (await joined).ShouldBe(jwt);
            (await other.FenceAsync()).ShouldBeEmpty();
            await host.Resolver.Loop.DrainAsync();
            host.Resolver.TryGet(a, out string? kept).ShouldBeTrue();
            kept.ShouldBe(jwt);
            host.Files.ShouldContain(a + ".jwt");
        }
    }

    [Fact]
    public async Task Where_no_other_server_listens_the_answer_is_no_at_once()
    {
        await using ResolverHost host = await ResolverHost.StartAsync(Full);
        (await host.Resolver.FetchAsync(TestJwts.NewAccount(), CancellationToken.None)).ShouldBe(FetchedAccount.Failed("account jwt not found"));
        (await Fetch(host, "no key")).ShouldBeNull();
    }

    [Fact]
    public async Task A_no_counts_when_all_known_servers_have_said_it()
    {
        await using ResolverHost host = await ResolverHost.StartAsync(Full, otherServers: 2);
        Dialogue other = await host.ConnectAsync();
        await ListenAsync(other, "$SYS.REQ.ACCOUNT.*.CLAIMS.LOOKUP");
        string a = TestJwts.NewAccount(), b = TestJwts.NewAccount();
        Task<string?> fetch = Fetch(host, a);
        string inbox = await QuestionAsync(other, $"$SYS.REQ.ACCOUNT.{a}.CLAIMS.LOOKUP");
        Reply(other, inbox, "");
        Reply(other, inbox, host.Jwts.Account(a));
        (await fetch).ShouldNotBeNull();
        fetch = Fetch(host, b);
        inbox = await QuestionAsync(other, $"$SYS.REQ.ACCOUNT.{b}.CLAIMS.LOOKUP");
        Reply(other, inbox, "");
        Reply(other, inbox, "");
        (await fetch).ShouldBeNull();
    }

    [Fact]
    public async Task Silence_and_rubbish_are_no_JWT()
    {
        await using ResolverHost host = await ResolverHost.StartAsync(Cache with { FetchTimeout = TimeSpan.FromSeconds(5) });
        Dialogue other = await host.ConnectAsync();
        await ListenAsync(other, "$SYS.REQ.ACCOUNT.*.CLAIMS.LOOKUP");
        string a = TestJwts.NewAccount(), b = TestJwts.NewAccount();
        Task<FetchedAccount> late = host.Resolver.FetchAsync(a, CancellationToken.None).AsTask();
        await QuestionAsync(other, $"$SYS.REQ.ACCOUNT.{a}.CLAIMS.LOOKUP");
        await Eventually.HoldsAsync(
            () =>
            {
                host.Server.Time.Advance(TimeSpan.FromSeconds(6));
                return late.IsCompleted;
            },
            "the fetch ends");
        (await late).ShouldBe(FetchedAccount.Failed("fetching jwt timed out"));
        Task<string?> fetch = Fetch(host, a);
        Reply(other, await QuestionAsync(other, $"$SYS.REQ.ACCOUNT.{a}.CLAIMS.LOOKUP"), host.Jwts.Account(b));
        (await fetch).ShouldBeNull();
        host.Files.ShouldBe([ResolverHost.SystemAccount + ".jwt"]);
    }

    [Fact]
    public async Task A_fetch_can_be_given_up()
    {
        await using ResolverHost host = await ResolverHost.StartAsync(Cache);
        Dialogue other = await host.ConnectAsync();
        await ListenAsync(other, "$SYS.REQ.ACCOUNT.*.CLAIMS.LOOKUP");
        using var cancel = new CancellationTokenSource();
        Task<FetchedAccount> fetch = host.Resolver.FetchAsync(TestJwts.NewAccount(), cancel.Token).AsTask();
        await cancel.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(fetch);
    }

    [Fact]
    public async Task Two_full_stores_become_alike()
    {
        var jwts = new TestJwts();
        await using ResolverHost one = await ResolverHost.StartAsync(Full, jwts: jwts);
        await using ResolverHost two = await ResolverHost.StartAsync(Full, jwts: jwts);
        string both = TestJwts.NewAccount(), onlyOne = TestJwts.NewAccount(), onlyTwo = TestJwts.NewAccount();
        string newer = jwts.Account(both, issuedAt: 200);
        one.Resolver.Store.Save(both, jwts.Account(both, issuedAt: 100));
        two.Resolver.Store.Save(both, newer);
        one.Resolver.Store.Save(onlyOne, jwts.Account(onlyOne));
        two.Resolver.Store.Save(onlyTwo, jwts.Account(onlyTwo));
        one.Resolver.Store.Save(ResolverHost.SystemAccount, two.Resolver.Store.Read(ResolverHost.SystemAccount)!);
        one.InUse[both] = "";
        await CompareAsync(one, two);
        one.InUse[both].ShouldBe(newer);
        one.Resolver.Store.Count.ShouldBe(4);
        await CompareAsync(two, one);
        two.Resolver.Store.Hash.ToArray().ShouldBe(one.Resolver.Store.Hash.ToArray());
        Dialogue client = await two.ConnectAsync();
        client.SendBytes([.. "PUB $SYS.REQ.CLAIMS.PACK in 32\r\n"u8, .. one.Resolver.Store.Hash, .. "\r\n"u8]);
        (await client.AnswerAsync()).ShouldBe("");
    }

    [Fact]
    public async Task A_pack_that_is_none_is_refused_and_the_log_says_so()
    {
        await using ResolverHost host = await ResolverHost.StartAsync(Full);
        Dialogue other = await host.ConnectAsync();
        await ListenAsync(other, "$SYS.REQ.CLAIMS.PACK");
        host.Server.Time.Advance(TimeSpan.FromSeconds(31));
        string inbox = await QuestionAsync(other, "$SYS.REQ.CLAIMS.PACK");
        Reply(other, inbox, "x|y|z");
        Reply(other, inbox, "foo|bar");
        Reply(other, inbox, $"{TestJwts.NewAccount()}|bar");
        Reply(other, inbox, "");
        await host.Log.ContainsAsync("Error", "Merging resulted in error: line in package didn't contain 2 entries: \"x|y|z\"");
        await host.Log.ContainsAsync("Error", "Merging resulted in error: key to merge is not a valid public account key");
        await host.Log.ContainsAsync("Error", "Merging resulted in error: expected 3 chunks");
        host.Files.ShouldBe([ResolverHost.SystemAccount + ".jwt"]);
    }

    // One asks when its time has come; a client carries the question to the other and the answers back.
    private static async Task CompareAsync(ResolverHost one, ResolverHost two)
    {
        Dialogue here = await one.ConnectAsync(), there = await two.ConnectAsync();
        await ListenAsync(here, "$SYS.REQ.CLAIMS.PACK");
        one.Server.Time.Advance(TimeSpan.FromSeconds(31));
        string inbox = await QuestionAsync(here, "$SYS.REQ.CLAIMS.PACK");
        there.Ask("$SYS.REQ.CLAIMS.PACK", "old hash");
        while (await there.AnswerAsync() is { Length: > 0 } line) Reply(here, inbox, line);
        Reply(here, inbox, "");
        await here.FenceAsync();
        await one.Log.ContainsAsync("Debug", "Merging finished");
        await one.Resolver.Loop.DrainAsync();
    }

    private static async Task<string?> Fetch(ResolverHost host, string account) => (await host.Resolver.FetchAsync(account, CancellationToken.None)).Jwt;

    private static async Task ListenAsync(Dialogue client, string subject)
    {
        client.Send($"SUB {subject} 2");
        await client.FenceAsync();
    }

    private static void Reply(Dialogue client, string inbox, string body) => client.Send($"PUB {inbox} {Encoding.UTF8.GetByteCount(body)}", body);

    // The reply subject of the question that comes next.
    private static async Task<string> QuestionAsync(Dialogue client, string subject)
    {
        string[] words = (await client.ReadMessageLineAsync()).Split(' ');
        words[..3].ShouldBe(["MSG", subject, "2"]);
        // A hash may hold what looks like the end of a line.
        int left = int.Parse(words[4]) - (await client.ReadLineAsync())!.Length;
        while (left > 0) left -= 2 + (await client.ReadLineAsync())!.Length;
        return words[3];
    }
}
