using NATS.Client.Core;
using NATS.Client.JetStream;
using NATS.Client.KeyValueStore;
using NATS.Client.ObjectStore;
using NATS.Client.ObjectStore.Models;
using NATS.Client.Services;
using Shouldly;
using Xunit;
using static Interop.Tests.NatsNetClient;

namespace Interop.Tests;

/// <summary>NATS.Net: key-value buckets, object stores and services.</summary>
public sealed class NatsNetStoreTests
{
    [Fact]
    public async Task Keys_are_put_changed_watched_and_deleted()
    {
        await using ServerProcess server = await ServerProcess.StartAsync(ScenarioCatalog.JetStream);
        await using NatsConnection nats = await ConnectAsync(server);
        INatsKVStore bucket = await new NatsKVContext(new NatsJSContext(nats)).CreateStoreAsync(new NatsKVConfig("B") { History = 5 });
        (await bucket.PutAsync("k", "1")).ShouldBe(1UL);
        (await bucket.UpdateAsync("k", "2", 1)).ShouldBe(2UL);
        await Should.ThrowAsync<NatsKVWrongLastRevisionException>(async () => await bucket.UpdateAsync("k", "3", 1));
        await Should.ThrowAsync<NatsKVCreateException>(async () => await bucket.CreateAsync("k", "x"));
        (await bucket.GetEntryAsync<string>("k")).Value.ShouldBe("2");
        List<string> history = [];
        await foreach (NatsKVEntry<string> entry in bucket.HistoryAsync<string>("k")) history.Add(entry.Value!);
        history.ShouldBe(["1", "2"]);
        List<string> seen = [];
        await foreach (NatsKVEntry<string> entry in bucket.WatchAsync<string>())
        {
            seen.Add($"{entry.Key}={entry.Value}");
            if (seen.Count == 1) await bucket.PutAsync("l", "3");
            if (seen.Count == 2) break;
        }

        seen.ShouldBe(["k=2", "l=3"]);
        await bucket.DeleteAsync("k");
        await Should.ThrowAsync<NatsKVKeyDeletedException>(async () => await bucket.GetEntryAsync<string>("k"));
        List<string> keys = [];
        await foreach (string key in bucket.GetKeysAsync()) keys.Add(key);
        keys.ShouldBe(["l"]);
        await bucket.PurgeAsync("k");
        (await bucket.GetStatusAsync()).Info.State.Messages.ShouldBe(2L);
    }

    [Fact]
    public async Task Objects_travel_in_chunks_are_linked_listed_and_deleted()
    {
        await using ServerProcess server = await ServerProcess.StartAsync(ScenarioCatalog.JetStream);
        await using NatsConnection nats = await ConnectAsync(server);
        INatsObjStore store = await new NatsObjContext(new NatsJSContext(nats)).CreateObjectStoreAsync("O");
        byte[] bytes = new byte[(2 * 1024 * 1024) + 5];
        Random.Shared.NextBytes(bytes);
        ObjectMetadata made = await store.PutAsync("big", bytes);
        made.Size.ShouldBe((ulong)bytes.Length);
        (await store.GetBytesAsync("big")).ShouldBe(bytes);
        await store.AddLinkAsync("alias", made);
        (await store.GetBytesAsync("alias")).Length.ShouldBe(bytes.Length);
        List<string> names = [];
        await foreach (ObjectMetadata item in store.ListAsync()) names.Add(item.Name);
        names.Order().ShouldBe(["alias", "big"]);
        await store.DeleteAsync("big");
        await Should.ThrowAsync<NatsObjNotFoundException>(async () => await store.GetBytesAsync("big"));
    }

    [Fact]
    public async Task Service_answers_and_counts()
    {
        await using ServerProcess server = await ServerProcess.StartAsync();
        await using NatsConnection nats = await ConnectAsync(server);
        await using INatsSvcServer service = await new NatsSvcContext(nats).AddServiceAsync("sums", "1.0.0");
        await service.AddEndpointAsync<int>(async message => await message.ReplyAsync(message.Data + 1), "add");
        (await nats.RequestAsync<int, int>("add", 41)).Data.ShouldBe(42);
        NatsMsg<string> stats = await nats.RequestAsync<string>("$SRV.STATS.sums");
        stats.Data.ShouldNotBeNull().ShouldContain("\"num_requests\":1");
    }
}
