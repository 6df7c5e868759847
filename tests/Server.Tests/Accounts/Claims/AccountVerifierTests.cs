using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using DotNats;
using DotNats.Security;
using DotNats.Server.Accounts;
using Microsoft.Extensions.Time.Testing;
using Server.Tests.Authentication;
using Server.Tests.Harness;
using Shouldly;
using Xunit;

namespace Server.Tests.Accounts.Claims;

/// <summary>Where account JWTs come from while that changes.</summary>
public sealed class AccountVerifierTests : IDisposable
{
    private readonly OperatorWorld _world = new();

    [Fact]
    public async Task Whoever_asks_meanwhile_waits_for_the_same_answer()
    {
        await using TestServer server = await _world.StartAsync();
        SlowResolver resolver = new();
        OperatorWorld.Accounts(server).Resolver = resolver;
        Task<(Account? Account, string? Error)>[] asked = [.. Enumerable.Range(0, 3).Select(_ => FindAsync(server))];
        resolver.Answer(_world.A.PublicKey, _world.Sign(_world.ClaimsOfA));
        foreach ((Account? account, _) in await Task.WhenAll(asked)) account.ShouldNotBeNull();
        resolver.Asked.ShouldBe(1);
    }

    [Fact]
    public async Task What_a_replaced_resolver_answers_late_is_asked_of_the_new_one()
    {
        await using TestServer server = await _world.StartAsync();
        SlowResolver before = new(), after = new();
        OperatorAccounts accounts = OperatorWorld.Accounts(server);
        accounts.Resolver = before;
        Task<(Account? Account, string? Error)> first = FindAsync(server);
        accounts.Resolver = after;
        await accounts.OnResolverReplacedAsync();
        Task<(Account? Account, string? Error)> second = FindAsync(server);
        before.Answer(_world.A.PublicKey, _world.Sign(_world.ClaimsOfA with { Name = "old" }));
        after.Answer(_world.A.PublicKey, _world.Sign(_world.ClaimsOfA with { Name = "new" }));
        (await first).Account.ShouldNotBeNull().NameTag.ShouldBe("new");
        (await second).Account.ShouldBeSameAs((await first).Account);
        before.Asked.ShouldBe(1);
    }

    [Fact]
    public async Task What_is_installed_was_not_fetched_from_a_resolver_replaced_while_it_waited()
    {
        // The importer comes from the old resolver at once, what it imports from keeps it waiting until there is another one.
        await using TestServer server = await _world.StartAsync();
        ImportClaim import = new() { Name = "i", Account = _world.B.PublicKey, Subject = "x", Kind = SharingKind.Stream };
        SlowResolver before = new(), after = new();
        OperatorAccounts accounts = OperatorWorld.Accounts(server);
        accounts.Resolver = before;
        Task<(Account? Account, string? Error)> find = FindAsync(server);
        before.Answer(_world.A.PublicKey, _world.Sign(_world.ClaimsOfA with { Name = "old", Imports = [import] }));
        await Eventually.HoldsAsync(() => before.Asked == 2, "the exporter is asked for");
        accounts.Resolver = after;
        await accounts.OnResolverReplacedAsync();
        before.Answer(_world.B.PublicKey, _world.Sign(_world.ClaimsOfB));
        after.Answer(_world.B.PublicKey, _world.Sign(_world.ClaimsOfB));
        after.Answer(_world.A.PublicKey, _world.Sign(_world.ClaimsOfA with { Name = "new" }));
        (await find).Account.ShouldNotBeNull().NameTag.ShouldBe("new");
    }

    [Fact]
    public void Failures_are_logged_once_in_a_while()
    {
        FakeTimeProvider time = new();
        RecordedLog log = new();
        FetchFailures failures = new(time, log);
        for (int i = 0; i < 3; i++)
        {
            failures.Report($"error {i}");
            if (i == 1) time.Advance(TimeSpan.FromSeconds(11));
        }

        log.Lines.ShouldBe(["Warning: Account fetch failed: error 0", "Warning: Account fetch failed: error 2 (and 1 more since the last such line)"]);
    }

    [Fact]
    public async Task A_failed_fetch_is_told_once_with_what_the_resolver_says()
    {
        RecordedLog log = new();
        await using TestServer server = await TestServer.StartAsync(_world.Options(), new NatsServerDependencies { LoggerFactory = log });
        SlowResolver resolver = new();
        OperatorWorld.Accounts(server).Resolver = resolver;
        Task<(Account? Account, string? Error)> find = FindAsync(server);
        resolver.Fail(_world.A.PublicKey, "account jwt not found");
        (await find).Error.ShouldBe("account jwt not found");
        log.Lines.Count(line => line.Contains("fetch failed", StringComparison.Ordinal)).ShouldBe(1);
    }

    private Task<(Account? Account, string? Error)> FindAsync(TestServer server) => OperatorWorld.Accounts(server).FindAsync(_world.A.PublicKey).AsTask();

    public void Dispose() => _world.Dispose();

    /// <summary>Answers when the test says so.</summary>
    private sealed class SlowResolver : IAccountResolver
    {
        private readonly ConcurrentDictionary<string, TaskCompletionSource<FetchedAccount>> _answers = new();
        private int _asked;

        public int Asked => Volatile.Read(ref _asked);

        public bool TryGet(string accountKey, [NotNullWhen(true)] out string? jwt)
        {
            jwt = null;
            return false;
        }

        public async ValueTask<FetchedAccount> FetchAsync(string accountKey, CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref _asked);
            return await AnswerOf(accountKey).Task.WaitAsync(cancellationToken);
        }

        public void Answer(string key, string jwt) => AnswerOf(key).TrySetResult(new FetchedAccount(jwt, null));

        public void Fail(string key, string error) => AnswerOf(key).TrySetResult(FetchedAccount.Failed(error));

        private TaskCompletionSource<FetchedAccount> AnswerOf(string key) =>
            _answers.GetOrAdd(key, static _ => new TaskCompletionSource<FetchedAccount>(TaskCreationOptions.RunContinuationsAsynchronously));
    }
}
