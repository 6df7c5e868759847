using System.Security.Cryptography;
using DotNats.Server.Accounts.Resolving;
using Microsoft.Extensions.Time.Testing;
using Server.Tests.Harness;
using Shouldly;
using Xunit;

namespace Server.Tests.Accounts.Resolving;

public sealed class JwtStoreTests
{
    private readonly TestJwts _jwts = new();
    private readonly FakeTimeProvider _time = new(DateTimeOffset.UnixEpoch.AddSeconds(1_700_000_000));
    private readonly RecordedLog _log = new();
    private readonly MemoryJwtFiles _files = new();

    [Fact]
    public void What_is_saved_can_be_read_and_survives_a_restart()
    {
        string a = TestJwts.NewAccount();
        string jwt = _jwts.Account(a);
        JwtStore store = Open();
        store.Save(a, jwt).ShouldBe(StoreResult.Done);
        store.Save(a, jwt).ShouldBe(StoreResult.Same);
        store.Read(a).ShouldBe(jwt);
        _files.Files.Keys.ShouldBe([a + ".jwt"]);
        Open().Read(a).ShouldBe(jwt);
        Open().Keys().ShouldBe([a]);
    }

    [Fact]
    public void The_hash_is_the_same_for_the_same_JWTs_in_any_order_and_nothing_for_none()
    {
        string[] accounts = [TestJwts.NewAccount(), TestJwts.NewAccount(), TestJwts.NewAccount()];
        string[] jwts = [.. accounts.Select(account => _jwts.Account(account))];
        JwtStore store = Open();
        store.Hash.ToArray().ShouldBe(new byte[32]);
        for (int i = 0; i < 3; i++) store.Save(accounts[i], jwts[i]);
        JwtStore other = JwtStore.Open(new MemoryJwtFiles(), new JwtStoreRules(), _time, _log);
        for (int i = 2; i >= 0; i--) other.Save(accounts[i], _jwts.Account(accounts[i], name: "first"));
        for (int i = 2; i >= 0; i--) other.Save(accounts[i], jwts[i]);
        other.Hash.ToArray().ShouldBe(store.Hash.ToArray());
        byte[] expected = new byte[32];
        foreach (string jwt in jwts)
        {
            byte[] one = SHA256.HashData(TestJwts.Bytes(jwt));
            for (int i = 0; i < 32; i++) expected[i] ^= one[i];
        }

        store.Hash.ToArray().ShouldBe(expected);
        foreach (string account in accounts) store.Delete(account);
        store.Hash.ToArray().ShouldBe(new byte[32]);
    }

    [Theory]
    [InlineData("")]
    [InlineData("A")]
    [InlineData("../../etc/passwd")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB")]
    public void Only_account_keys_name_files(string key)
    {
        JwtStore store = Open();
        store.Save(key, _jwts.Account(TestJwts.NewAccount())).Error.ShouldBe("invalid public key");
        store.Delete(key).Error.ShouldBe("invalid public key");
        store.Read(key).ShouldBeNull();
        _files.Files.ShouldBeEmpty();
    }

    [Fact]
    public void A_full_store_says_so_and_takes_changes_of_what_it_has()
    {
        JwtStore store = Open(new JwtStoreRules { Limit = 2 });
        string a = TestJwts.NewAccount(), b = TestJwts.NewAccount(), c = TestJwts.NewAccount();
        store.Save(a, _jwts.Account(a));
        store.Save(b, _jwts.Account(b));
        store.Save(c, _jwts.Account(c)).Error.ShouldBe("jwt store is full");
        store.Save(b, _jwts.Account(b, name: "changed")).ShouldBe(StoreResult.Done);
        store.Delete(a);
        store.Save(c, _jwts.Account(c)).ShouldBe(StoreResult.Done);
    }

    [Fact]
    public void A_cache_lets_go_what_was_not_asked_for_longest()
    {
        JwtStore store = Open(new JwtStoreRules { Limit = 2, EvictsAtLimit = true });
        string a = TestJwts.NewAccount(), b = TestJwts.NewAccount(), c = TestJwts.NewAccount();
        store.Save(a, _jwts.Account(a));
        store.Save(b, _jwts.Account(b));
        store.Read(a).ShouldNotBeNull();
        store.Save(c, _jwts.Account(c)).ShouldBe(StoreResult.Done);
        store.Keys().ShouldBe(Sorted(a, c));
        _files.Files.Keys.ShouldNotContain(b + ".jwt");
    }

    [Fact]
    public void A_deleted_JWT_is_put_aside_or_gone_and_one_that_is_not_there_is_no_error()
    {
        string a = TestJwts.NewAccount();
        JwtStore soft = Open(new JwtStoreRules { KeepsDeleted = true });
        soft.Save(a, _jwts.Account(a));
        soft.Delete(a).ShouldBe(StoreResult.Done);
        soft.Delete(a).ShouldBe(StoreResult.Same);
        _files.Files.Keys.ShouldBe([a + ".jwt.deleted"]);
        JwtStore hard = Open();
        hard.Count.ShouldBe(0);
        hard.Save(a, _jwts.Account(a));
        hard.Delete(a).ShouldBe(StoreResult.Done);
        _files.Files.Keys.ShouldBe([a + ".jwt.deleted"]);
    }

    [Fact]
    public void Of_two_JWTs_the_one_issued_later_stays()
    {
        string a = TestJwts.NewAccount();
        JwtStore store = Open();
        string older = _jwts.Account(a, issuedAt: 100), newer = _jwts.Account(a, issuedAt: 200);
        store.SaveIfNewer(a, newer).ShouldBe(StoreResult.Done);
        store.SaveIfNewer(a, older).ShouldBe(StoreResult.Same);
        store.Read(a).ShouldBe(newer);
        store.Save(a, older).ShouldBe(StoreResult.Done);
        store.SaveIfNewer(a, newer).ShouldBe(StoreResult.Done);
        store.SaveIfNewer(TestJwts.NewAccount(), newer).Error.ShouldBe("jwt subject nkey and provided nkey do not match");
        store.SaveIfNewer(a, newer[..^10] + (newer[^10] == 'A' ? 'B' : 'A') + newer[^9..]).Error.ShouldNotBeNull();
        store.Read(a).ShouldBe(newer);
    }

    [Fact]
    public void Expired_JWTs_are_neither_listed_nor_kept()
    {
        string a = TestJwts.NewAccount(), b = TestJwts.NewAccount();
        JwtStore store = Open();
        store.Save(a, _jwts.Account(a, expiresAt: 1_700_000_010));
        store.Save(b, _jwts.Account(b));
        store.RemoveExpired();
        store.Keys().ShouldBe(Sorted(a, b));
        _time.Advance(TimeSpan.FromSeconds(11));
        store.Keys().ShouldBe([b]);
        _files.Files.Count.ShouldBe(2);
        store.RemoveExpired();
        _files.Files.Keys.ShouldBe([b + ".jwt"]);
        store.Hash.ToArray().ShouldBe(Open().Hash.ToArray());
    }

    [Fact]
    public void An_expiry_nobody_signed_removes_nothing()
    {
        string a = TestJwts.NewAccount();
        string jwt = _jwts.Account(a, expiresAt: 1);
        _files.Files[a + ".jwt"] = TestJwts.Bytes(jwt[..^4] + "AAAA");
        JwtStore store = Open();
        store.RemoveExpired();
        _files.Files.ShouldContainKey(a + ".jwt");
    }

    [Fact]
    public void With_a_time_to_live_only_use_keeps_a_JWT()
    {
        string a = TestJwts.NewAccount(), b = TestJwts.NewAccount();
        JwtStore store = Open(new JwtStoreRules { TimeToLive = TimeSpan.FromMinutes(1) });
        store.Save(a, _jwts.Account(a, expiresAt: 1));
        store.Save(b, _jwts.Account(b));
        _time.Advance(TimeSpan.FromSeconds(40));
        store.Read(a).ShouldNotBeNull();
        _time.Advance(TimeSpan.FromSeconds(40));
        store.RemoveExpired();
        _files.Files.Keys.ShouldBe([a + ".jwt"]);
    }

    [Fact]
    public async Task Torn_oversize_and_foreign_files_are_reported_and_left_alone()
    {
        string torn = TestJwts.NewAccount(), large = TestJwts.NewAccount(), foreign = TestJwts.NewAccount(), empty = TestJwts.NewAccount(), good = TestJwts.NewAccount();
        string jwt = _jwts.Account(torn);
        _files.Files[torn + ".jwt"] = TestJwts.Bytes(jwt[..(jwt.Length / 3)]);
        _files.Files[large + ".jwt"] = new byte[2 * 1024 * 1024];
        _files.Files[foreign + ".jwt"] = TestJwts.Bytes(_jwts.Account(good));
        _files.Files[empty + ".jwt"] = [];
        _files.Files["notes.jwt"] = TestJwts.Bytes("hello");
        _files.Files[good + ".jwt"] = TestJwts.Bytes(_jwts.Account(good));
        JwtStore store = Open();
        store.Keys().ShouldBe([good]);
        foreach (string bad in (string[])[torn, large, foreign, empty]) store.Read(bad).ShouldBeNull();
        _files.Files.Count.ShouldBe(6);
        await _log.ContainsAsync("Warning", $"File \"{torn}.jwt\" is not used: is damaged");
        await _log.ContainsAsync("Warning", $"File \"{large}.jwt\" is not used: is too large");
        await _log.ContainsAsync("Warning", $"File \"{foreign}.jwt\" is not used: is about another account");
        await _log.ContainsAsync("Warning", "File \"notes.jwt\" is not used: is not named after an account");
        // What another server has takes the place of what is torn.
        store.SaveIfNewer(torn, jwt).ShouldBe(StoreResult.Done);
        store.Read(torn).ShouldBe(jwt);
    }

    [Fact]
    public void A_full_disk_changes_nothing()
    {
        string a = TestJwts.NewAccount(), b = TestJwts.NewAccount();
        JwtStore store = Open();
        string jwt = _jwts.Account(a);
        store.Save(a, jwt);
        byte[] hash = store.Hash.ToArray();
        _files.Failure = "no space left on device";
        store.Save(a, _jwts.Account(a, name: "changed")).Error.ShouldBe("no space left on device");
        store.Save(b, _jwts.Account(b)).Error.ShouldBe("no space left on device");
        store.Delete(a).Error.ShouldBe("no space left on device");
        store.Read(a).ShouldBe(jwt);
        store.Hash.ToArray().ShouldBe(hash);
        _files.Failure = null;
        store.Save(b, _jwts.Account(b)).ShouldBe(StoreResult.Done);
    }

    [Fact]
    public void What_others_change_in_the_directory_is_found_at_once_and_listed_after_a_refresh()
    {
        string a = TestJwts.NewAccount(), b = TestJwts.NewAccount(), c = TestJwts.NewAccount();
        JwtStore store = Open();
        store.Save(a, _jwts.Account(a));
        store.Save(c, _jwts.Account(c));
        _files.Files[a + ".jwt"] = TestJwts.Bytes(_jwts.Account(a, name: "changed"));
        _files.Files[b + ".jwt"] = TestJwts.Bytes(_jwts.Account(b));
        _files.Files.Remove(c + ".jwt");
        store.Read(b).ShouldNotBeNull();
        store.Keys().ShouldBe([a]);
        store.Refresh().ShouldBe([a, b], ignoreOrder: true);
        store.Keys().ShouldBe(Sorted(a, b));
        store.Hash.ToArray().ShouldBe(Open().Hash.ToArray());
        store.Refresh().ShouldBeEmpty();
    }

    [Fact]
    public void A_store_agrees_with_a_naive_twin_whatever_happens()
    {
        for (int seed = 0; seed < 20; seed++)
        {
            var random = new Random(seed);
            string[] accounts = [.. Enumerable.Range(0, 6).Select(_ => TestJwts.NewAccount())];
            var files = new MemoryJwtFiles();
            JwtStore store = JwtStore.Open(files, new JwtStoreRules { Limit = 4 }, _time, _log);
            var twin = new Dictionary<string, string>();
            for (int step = 0; step < 60; step++)
            {
                string account = accounts[random.Next(accounts.Length)];
                files.Failure = random.Next(5) == 0 ? "disk" : null;
                string jwt = _jwts.Account(account, issuedAt: random.Next(1, 5));
                bool fits = files.Failure is null && (twin.ContainsKey(account) || twin.Count < 4);
                switch (random.Next(3))
                {
                    case 0:
                        if (store.Save(account, jwt).Error is null) twin[account] = jwt;
                        else fits.ShouldBeFalse($"seed {seed} step {step}");
                        break;
                    case 1:
                        if (store.SaveIfNewer(account, jwt).Changed) twin[account] = jwt;
                        break;
                    default:
                        if (store.Delete(account).Error is null) twin.Remove(account);
                        break;
                }

                store.Keys().ShouldBe(Sorted([.. twin.Keys]), $"seed {seed} step {step}");
                foreach ((string key, string kept) in twin) store.Read(key).ShouldBe(kept);
            }

            files.Failure = null;
            JwtStore.Open(files, new JwtStoreRules(), _time, _log).Hash.ToArray().ShouldBe(store.Hash.ToArray(), $"seed {seed}");
        }
    }

    private JwtStore Open(JwtStoreRules? rules = null) => JwtStore.Open(_files, rules ?? new JwtStoreRules(), _time, _log);

    private static string[] Sorted(params string[] keys) => [.. keys.Order(StringComparer.Ordinal)];
}
