using NATS.Client.Core;
using NATS.Client.JetStream;
using NATS.Client.JetStream.Models;
using NATS.Client.KeyValueStore;
using Shouldly;
using Xunit;
using static Interop.Tests.NatsNetClient;

namespace Interop.Tests;

/// <summary>NATS.Net: what key-value buckets can do beside put and get.</summary>
public sealed class NatsNetBucketTests
{
    [Fact]
    public async Task Keys_expire_and_leave_markers_that_watchers_see()
    {
        await using ServerProcess server = await ServerProcess.StartAsync(ScenarioCatalog.JetStream);
        await using NatsConnection nats = await ConnectAsync(server);
        INatsKVStore bucket = await CreateAsync(nats, new NatsKVConfig("B") { History = 3, LimitMarkerTTL = TimeSpan.FromSeconds(2) });
        (await bucket.GetStatusAsync()).Info.Config.SubjectDeleteMarkerTTL.ShouldBe(TimeSpan.FromSeconds(2));
        await using Seen seen = await Seen.WatchAsync(bucket);
        await bucket.CreateAsync("short", "lived", TimeSpan.FromSeconds(1));
        await bucket.PutAsync("long", "lived");
        await bucket.PutAsync("gone", "soon");
        await bucket.PurgeAsync("gone", TimeSpan.FromSeconds(1));
        await seen.ShouldBeginWithAsync("short=lived", "long=lived", "gone=soon", "gone:Purge");
        // The value expires and leaves a marker, which expires too; the purge leaves nothing when its time is over.
        await seen.ShouldHaveAsync("short:Purge");
        await Should.ThrowAsync<NatsKVKeyDeletedException>(async () => await bucket.GetEntryAsync<string>("short"));
        await Eventually.HoldsAsync(async () => (await bucket.GetStatusAsync()).Info.State.Messages == 1, "only the value without an end is left");
        await Should.ThrowAsync<NatsKVKeyNotFoundException>(async () => await bucket.GetEntryAsync<string>("short"));
        await bucket.CreateAsync("short", "again");
        (await bucket.GetEntryAsync<string>("short")).Value.ShouldBe("again");
    }

    [Fact]
    public async Task Values_older_than_the_bucket_keeps_leave_markers()
    {
        await using ServerProcess server = await ServerProcess.StartAsync(ScenarioCatalog.JetStream);
        await using NatsConnection nats = await ConnectAsync(server);
        INatsKVStore bucket = await CreateAsync(nats, new NatsKVConfig("B") { MaxAge = TimeSpan.FromSeconds(1), LimitMarkerTTL = TimeSpan.FromSeconds(30) });
        await using Seen seen = await Seen.WatchAsync(bucket);
        await bucket.PutAsync("a.1", "x");
        await bucket.PutAsync("b", "y");
        await seen.ShouldHaveAsync("a.1:Purge");
        await seen.ShouldHaveAsync("b:Purge");
        (await KeysAsync(bucket)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Watchers_choose_what_they_see()
    {
        await using ServerProcess server = await ServerProcess.StartAsync(ScenarioCatalog.JetStream);
        await using NatsConnection nats = await ConnectAsync(server);
        INatsKVStore bucket = await CreateAsync(nats, new NatsKVConfig("B") { History = 5 });
        await bucket.PutAsync("a.1", "1");
        await bucket.PutAsync("a.1", "2");
        await bucket.PutAsync("a.2", "3");
        await bucket.PutAsync("b.1", "4");
        await bucket.DeleteAsync("a.2");
        await ShouldSeeAsync(bucket, ["a.1=2", "b.1=4", "a.2:Del"], new NatsKVWatchOpts());
        await ShouldSeeAsync(bucket, ["a.1=2", "b.1=4"], new NatsKVWatchOpts { IgnoreDeletes = true });
        await ShouldSeeAsync(bucket, ["a.1=1", "a.1=2", "a.2=3", "b.1=4", "a.2:Del"], new NatsKVWatchOpts { IncludeHistory = true });
        await ShouldSeeAsync(bucket, ["a.1=", "b.1=", "a.2:Del"], new NatsKVWatchOpts { MetaOnly = true });
        await ShouldSeeAsync(bucket, ["a.2=3", "b.1=4", "a.2:Del"], new NatsKVWatchOpts { ResumeAtRevision = 3 });
        await ShouldSeeAsync(bucket, ["a.1=2", "a.2:Del"], new NatsKVWatchOpts(), "a.*");
        await ShouldSeeAsync(bucket, ["a.1=2", "b.1=4"], new NatsKVWatchOpts(), "a.1", "b.>");
        await using Seen updates = await Seen.WatchAsync(bucket, new NatsKVWatchOpts { UpdatesOnly = true });
        await bucket.PutAsync("c", "5");
        await updates.ShouldBeginWithAsync("c=5");
        (await KeysAsync(bucket)).ShouldBe(["a.1", "b.1", "c"], ignoreOrder: true);
        (await KeysAsync(bucket, "a.*", "c")).ShouldBe(["a.1", "c"], ignoreOrder: true);
        await bucket.PurgeDeletesAsync(new NatsKVPurgeOpts { RetainRecentlyDeletedKeyHistory = false, DeleteMarkersThreshold = TimeSpan.Zero });
        (await bucket.GetStatusAsync()).Info.State.NumSubjects.ShouldBe(3);
    }

    [Fact]
    public async Task Keys_change_only_from_the_revision_that_is_named()
    {
        await using ServerProcess server = await ServerProcess.StartAsync(ScenarioCatalog.JetStream);
        await using NatsConnection nats = await ConnectAsync(server);
        INatsKVStore bucket = await CreateAsync(nats, new NatsKVConfig("B") { History = 2 });
        ulong first = await bucket.CreateAsync("k", "1");
        ulong second = await bucket.UpdateAsync("k", "2", first);
        await Should.ThrowAsync<NatsKVWrongLastRevisionException>(async () => await bucket.DeleteAsync("k", new NatsKVDeleteOpts { Revision = first }));
        await bucket.DeleteAsync("k", new NatsKVDeleteOpts { Revision = second });
        (await bucket.PutAsync("k", "3")).ShouldBe(4UL);
        await Should.ThrowAsync<NatsKVWrongLastRevisionException>(async () => await bucket.PurgeAsync("k", new NatsKVDeleteOpts { Revision = second }));
        (await bucket.GetEntryAsync<string>("k", 4)).Value.ShouldBe("3");
        INatsKVStore small = await CreateAsync(nats, new NatsKVConfig("SMALL") { MaxValueSize = 10 });
        NatsJSApiException tooLarge = await Should.ThrowAsync<NatsJSApiException>(async () => await small.PutAsync("k", "more than ten bytes"));
        tooLarge.Error.ErrCode.ShouldBe(10054);
        // Of many that write at once from the same revision one wins.
        Task<NatsResult<ulong>>[] writers = [.. Enumerable.Range(0, 20).Select(i => bucket.TryUpdateAsync("k", $"{i}", 4).AsTask())];
        (await Task.WhenAll(writers)).Count(static result => result.Success).ShouldBe(1);
    }

    [Fact]
    public async Task A_bucket_gathers_others_and_a_mirror_has_what_its_origin_has()
    {
        await using ServerProcess server = await ServerProcess.StartAsync(ScenarioCatalog.JetStream);
        await using NatsConnection nats = await ConnectAsync(server);
        INatsKVStore bucket = await CreateAsync(nats, new NatsKVConfig("B") { History = 3 });
        INatsKVStore other = await CreateAsync(nats, new NatsKVConfig("C"));
        await bucket.PutAsync("k", "1");
        await other.PutAsync("l", "2");
        INatsKVStore mirror = await CreateAsync(nats, new NatsKVConfig("M") { Mirror = new StreamSource { Name = "B" } });
        INatsKVStore gathered = await CreateAsync(nats, new NatsKVConfig("G") { Sources = [Renamed("B"), Renamed("C")] });
        await Eventually.HoldsAsync(async () => (await mirror.GetStatusAsync()).Info is { State.Messages: 1, Mirror.Lag: 0 }, "mirrored");
        await Eventually.HoldsAsync(async () => (await gathered.GetStatusAsync()).Info.State.Messages == 2, "gathered");
        (await gathered.GetEntryAsync<string>("k")).Value.ShouldBe("1");
        (await gathered.GetEntryAsync<string>("l")).Value.ShouldBe("2");
        await using Seen seen = await Seen.WatchAsync(gathered);
        await bucket.DeleteAsync("k");
        await seen.ShouldHaveAsync("k:Del");
        await Eventually.HoldsAsync(async () => (await mirror.GetStatusAsync()).Info.State.LastSeq == 2, "mirrored");
    }

    // The client leaves it to its user that keys of another bucket become keys of this one.
    private static StreamSource Renamed(string bucket) => new() { Name = "KV_" + bucket, SubjectTransforms = [new SubjectTransform { Src = $"$KV.{bucket}.>", Dest = "$KV.G.>" }] };

    private static async Task<INatsKVStore> CreateAsync(NatsConnection nats, NatsKVConfig config) => await new NatsKVContext(new NatsJSContext(nats)).CreateStoreAsync(config);

    private static async Task ShouldSeeAsync(INatsKVStore bucket, string[] expected, NatsKVWatchOpts options, params string[] keys)
    {
        await using Seen seen = await Seen.WatchAsync(bucket, options, keys);
        await seen.ShouldBeginWithAsync(expected);
    }

    private static async Task<List<string>> KeysAsync(INatsKVStore bucket, params string[] filters)
    {
        List<string> keys = [];
        await foreach (string key in filters.Length == 0 ? bucket.GetKeysAsync() : bucket.GetKeysAsync(filters)) keys.Add(key);
        return keys;
    }

    /// <summary>What a watcher saw so far, as "key=value" or "key:operation".</summary>
    private sealed class Seen : IAsyncDisposable
    {
        private readonly CancellationTokenSource _stop = new();
        private readonly List<string> _entries = [];
        private Task _watching = Task.CompletedTask;

        /// <summary>Begins to watch, and waits until the watcher is there.</summary>
        public static async Task<Seen> WatchAsync(INatsKVStore bucket, NatsKVWatchOpts? options = null, params string[] keys)
        {
            var seen = new Seen();
            long before = await ConsumersAsync(bucket);
            IAsyncEnumerable<NatsKVEntry<string>> entries = bucket.WatchAsync<string>(keys.Length == 0 ? [">"] : keys, opts: options, cancellationToken: seen._stop.Token);
            seen._watching = seen.ReadAsync(entries);
            await Eventually.HoldsAsync(async () => await ConsumersAsync(bucket) > before, "somebody watches");
            return seen;
        }

        public Task ShouldHaveAsync(string entry) => Eventually.HoldsAsync(
            () =>
            {
                lock (_entries) return _entries.Contains(entry);
            },
            entry);

        public async Task ShouldBeginWithAsync(params string[] entries)
        {
            await Eventually.HoldsAsync(
                () =>
                {
                    lock (_entries) return _entries.Count >= entries.Length;
                },
                string.Join(' ', entries));
            lock (_entries) _entries.Take(entries.Length).ShouldBe(entries);
        }

        public async ValueTask DisposeAsync()
        {
            await _stop.CancelAsync();
            await _watching;
            _stop.Dispose();
        }

        private static async Task<long> ConsumersAsync(INatsKVStore bucket) => (await bucket.GetStatusAsync()).Info.State.ConsumerCount;

        private async Task ReadAsync(IAsyncEnumerable<NatsKVEntry<string>> entries)
        {
            try
            {
                await foreach (NatsKVEntry<string> entry in entries)
                {
                    lock (_entries) _entries.Add(entry.Operation == NatsKVOperation.Put ? $"{entry.Key}={entry.Value}" : $"{entry.Key}:{entry.Operation}");
                }
            }
            catch (OperationCanceledException)
            {
                // The test has seen enough.
            }
        }
    }
}
