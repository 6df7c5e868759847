using System.Collections.Concurrent;
using System.Net.Security;
using DotNats;
using DotNats.Server.Accounts;
using DotNats.Server.Accounts.Resolving;
using Microsoft.Extensions.Time.Testing;
using Server.Tests.Harness;
using Shouldly;
using Xunit;

namespace Server.Tests.Accounts.Resolving;

public sealed class UrlResolverTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly RecordedLog _log = new();
    private readonly FakeFetchers _http = new();

    [Fact]
    public async Task The_key_is_put_behind_the_url_and_fetches_of_one_account_are_one()
    {
        await using AccountResolving resolver = Open();
        string a = TestJwts.NewAccount();
        resolver.TryGet(a, out _).ShouldBeFalse();
        Task<FetchedAccount>[] fetches = [.. Enumerable.Range(0, 5).Select(_ => FetchAsync(resolver, a))];
        await Eventually.HoldsAsync(() => _http.Waiting.Count == 1, "one request arrives");
        _http.Answer($"http://h/jwt/{a}", new AccountFetchReply(200, "OK", "the jwt"));
        (await Task.WhenAll(fetches)).ShouldAllBe(fetched => fetched.Jwt == "the jwt");
        _http.Asked.ShouldBe([$"http://h/jwt/{a}"]);
        (await FetchAsync(resolver, "no key")).ShouldBe(FetchedAccount.Missing);
    }

    [Fact]
    public async Task A_failure_says_why_without_the_password()
    {
        await using AccountResolving resolver = Open("http://me:secret@h/jwt/");
        string a = TestJwts.NewAccount();
        Task<FetchedAccount> fetch = FetchAsync(resolver, a);
        await Eventually.HoldsAsync(() => _http.Waiting.Count == 1, "the request arrives");
        _http.Answer($"http://me:secret@h/jwt/{a}", new AccountFetchReply(404, "Not Found", "x"));
        (await fetch).ShouldBe(FetchedAccount.Failed($"could not fetch <\"http://me:xxxxx@h/jwt/{a}\">: 404 Not Found"));
    }

    [Fact]
    public async Task A_fetch_ends_after_its_time_or_when_its_asker_gives_up()
    {
        await using AccountResolving resolver = Open();
        string a = TestJwts.NewAccount();
        Task<FetchedAccount> fetch = FetchAsync(resolver, a);
        using var cancel = new CancellationTokenSource();
        Task<FetchedAccount> impatient = resolver.FetchAsync(a, cancel.Token).AsTask();
        await Eventually.HoldsAsync(() => _http.Waiting.Count == 1, "the request arrives");
        await cancel.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(impatient);
        _time.Advance(TimeSpan.FromSeconds(2));
        (await fetch).Error.ShouldNotBeNull().ShouldContain("context deadline exceeded");
    }

    [Fact]
    public async Task A_url_nobody_answers_at_ends_the_start()
    {
        await using AccountResolving resolver = Open();
        Task check = resolver.CheckAsync(CancellationToken.None);
        await Eventually.HoldsAsync(() => _http.Waiting.Count == 1, "the request arrives");
        _http.Fail("http://h/jwt/", "dial tcp h:80: connect: connection refused");
        (await Should.ThrowAsync<ResolverException>(check)).Message
            .ShouldBe("could not fetch <\"http://h/jwt/\">: Get \"http://h/jwt/\": dial tcp h:80: connect: connection refused");
    }

    [Fact]
    public void An_address_that_is_none_is_told_without_its_password() =>
        Should.Throw<ResolverException>(() => AccountResolving.Open(Options("http://joe:secret@[there/"), _http, _time, _log)).Message
            .ShouldBe("error parsing account resolver url [\"http://[REDACTED]@[there/\"]");

    [Fact]
    public void Without_anybody_who_fetches_over_HTTP_and_with_preloaded_JWTs_there_is_no_url_resolver()
    {
        NatsServerOptions options = Options("http://h/");
        Should.Throw<ResolverException>(() => AccountResolving.Open(options, null, _time, _log)).Message.ShouldContain("HttpAccountFetcher");
        Should.Throw<ResolverException>(() => AccountResolving.Open(options with { ResolverPreload = new Dictionary<string, string> { ["A"] = "x" } }, _http, _time, _log))
            .Message.ShouldBe("resolver preloads only available for writeable resolver types MEM/DIR/CACHE_DIR");
    }

    [Fact]
    public async Task A_reload_names_another_url_or_keeps_what_it_has()
    {
        await using AccountResolving resolver = Open();
        resolver.Prepare(Options("http://h/jwt/")).ShouldBeNull();
        NatsServerOptions other = Options("http://other/");
        resolver.Apply(other, resolver.Prepare(other));
        string a = TestJwts.NewAccount();
        Task<FetchedAccount> fetch = FetchAsync(resolver, a);
        await Eventually.HoldsAsync(() => _http.Waiting.Count == 1, "the request arrives");
        _http.Answer($"http://other/{a}", new AccountFetchReply(200, "OK", "jwt"));
        (await fetch).Jwt.ShouldBe("jwt");
        await Eventually.HoldsAsync(() => _http.Disposed == 1, "the fetcher of the other url is disposed");
        NatsServerOptions memory = other with { Resolver = new ResolverOptions { Kind = ResolverKind.Memory }, ResolverPreload = new Dictionary<string, string> { [a] = "there" } };
        resolver.Apply(memory, resolver.Prepare(memory));
        resolver.TryGet(a, out string? jwt).ShouldBeTrue();
        jwt.ShouldBe("there");
    }

    private static Task<FetchedAccount> FetchAsync(AccountResolving resolver, string account) => resolver.FetchAsync(account, CancellationToken.None).AsTask();

    private static NatsServerOptions Options(string url) => new() { Resolver = new ResolverOptions { Kind = ResolverKind.Url, Url = url } };

    private AccountResolving Open(string url = "http://h/jwt/") => AccountResolving.Open(Options(url), _http, _time, _log);

    /// <summary>An HTTP server the test plays.</summary>
    private sealed class FakeFetchers : IAccountFetcherFactory
    {
        public ConcurrentDictionary<string, TaskCompletionSource<AccountFetchReply>> Waiting { get; } = new();

        public ConcurrentQueue<string> Asked { get; } = new();

        public int Disposed { get; private set; }

        public IAccountFetcher Create(SslClientAuthenticationOptions? tls) => new Fetcher(this);

        public void Answer(string url, AccountFetchReply reply) => Take(url).SetResult(reply);

        public void Fail(string url, string error) => Take(url).SetException(new AccountFetchException(error));

        private TaskCompletionSource<AccountFetchReply> Take(string url)
        {
            Waiting.TryRemove(url, out TaskCompletionSource<AccountFetchReply>? waiting).ShouldBeTrue();
            return waiting!;
        }

        private sealed class Fetcher(FakeFetchers http) : IAccountFetcher
        {
            public Task<AccountFetchReply> GetAsync(Uri url, CancellationToken cancellationToken)
            {
                http.Asked.Enqueue(url.OriginalString);
                var answer = new TaskCompletionSource<AccountFetchReply>(TaskCreationOptions.RunContinuationsAsynchronously);
                http.Waiting[url.OriginalString] = answer;
                return answer.Task.WaitAsync(cancellationToken);
            }

            public void Dispose() => http.Disposed++;
        }
    }
}
