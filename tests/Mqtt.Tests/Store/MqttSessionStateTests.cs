using System.Text;
using System.Text.Json;
using DotNats.Mqtt.Store;
using DotNats.Protocol.Mqtt;
using JetStream.Tests.Harness;
using Mqtt.Tests.Harness;
using Server.Tests.Harness;
using Shouldly;
using Xunit;

namespace Mqtt.Tests.Store;

public sealed class MqttSessionStateTests
{
    [Fact]
    public async Task Each_message_comes_one_way_alone()
    {
        await using StoreHarness store = await StoreHarness.StartAsync();
        FakePeer peer = await store.AttachAsync("a");
        (await peer.SubscribeAsync(("zero", 0), ("one", 1), ("two", 2))).ShouldBe("000102");
        FakePeer other = await store.AttachAsync("b");

        await store.PublishAsync(other, "zero", "a", qos: 2);
        await peer.ExpectAsync("zero a");
        await store.PublishAsync(other, "one", "b", qos: 0);
        await peer.ExpectAsync("one b");
        await store.PublishAsync(other, "one", "c", qos: 2);
        await peer.ExpectAsync("one c qos=1 id=1");
        await store.PublishAsync(other, "two", "d", qos: 2);
        await peer.ExpectAsync("two d qos=2 id=2");
        peer.Sent.ShouldBeEmpty();
    }

    [Fact]
    public async Task What_is_not_acknowledged_comes_again_with_its_identifier()
    {
        await using StoreHarness store = await StoreHarness.StartAsync(options => options with { AckWait = TimeSpan.FromSeconds(2) });
        FakePeer peer = await store.AttachAsync("a");
        await peer.SubscribeAsync(("x", 1));
        await store.PublishAsync(peer, "x", "m");
        await peer.ExpectAsync("x m qos=1 id=1");

        await TurnUntilAsync(store, peer);
        await peer.ExpectAsync("x m qos=1 id=1 dup");
        store.InBatch(context => peer.State!.OnPubAck(context, 1));
        await IdleAsync(store, "$MQTT_msgs");
    }

    [Fact]
    public async Task A_persistent_session_gets_what_it_has_not_acknowledged_on_its_next_connection()
    {
        await using StoreHarness store = await StoreHarness.StartAsync(options => options with { AckWait = TimeSpan.FromSeconds(2) });
        FakePeer peer = await store.AttachAsync("a", clean: false);
        await peer.SubscribeAsync(("x", 1));
        await store.PublishAsync(peer, "x", "m");
        await peer.ExpectAsync("x m qos=1 id=1");
        await peer.CloseAsync();

        peer = await store.AttachAsync("a", clean: false, isPresent: true);
        await TurnUntilAsync(store, peer);
        await peer.ExpectAsync("x m qos=1 id=1 dup");
    }

    [Fact]
    public async Task No_more_than_allowed_wait_for_the_client()
    {
        await using StoreHarness store = await StoreHarness.StartAsync(options => options with { MaxAckPending = 2 });
        FakePeer peer = await store.AttachAsync("a");
        await peer.SubscribeAsync(("x", 1));
        for (int i = 0; i < 3; i++) await store.PublishAsync(peer, "x", $"{i}");
        await peer.ExpectAsync("x 0 qos=1 id=1");
        await peer.ExpectAsync("x 1 qos=1 id=2");
        peer.Sent.ShouldBeEmpty();
        store.InBatch(context => peer.State!.OnPubAck(context, 1));
        await peer.ExpectAsync("x 2 qos=1 id=3");
    }

    [Fact]
    public async Task A_staged_message_is_taken_out_once()
    {
        await using StoreHarness store = await StoreHarness.StartAsync();
        FakePeer peer = await store.AttachAsync("a");
        byte[] headers = new byte[MqttHeaderBlock.MaxStagedLength(3, 0)];
        int length = MqttHeaderBlock.WriteStaged(headers, "x.y"u8, default, retain: true, duplicate: false);
        headers = headers[..length];
        (await Eventually.ComesAsync(peer.State!.StageAsync(null, 6, headers, "first"u8))).ShouldBeNull();
        (await Eventually.ComesAsync(peer.State.StageAsync(null, 6, headers, "again"u8))).ShouldBeNull();

        MqttUnstaged unstaged = await Eventually.ComesAsync(peer.State.UnstageAsync(6));
        (Encoding.UTF8.GetString(unstaged.Subject!), Encoding.UTF8.GetString(unstaged.Payload.Span), unstaged.Retain, unstaged.Error).ShouldBe(("x.y", "first", true, null));
        (await Eventually.ComesAsync(peer.State.UnstageAsync(6))).Subject.ShouldBeNull();
    }

    [Fact]
    public async Task A_staged_message_that_is_none_is_an_error_once()
    {
        await using StoreHarness store = await StoreHarness.StartAsync();
        FakePeer peer = await store.AttachAsync("a");
        Dialogue client = await store.Server.ConnectAsync();
        await client.RequestAsync("$MQTT.qos2.in.a.9", "x");
        (await Eventually.ComesAsync(peer.State!.UnstageAsync(9))).Error.ShouldBe("invalid message in QoS2 PUBREL stream");
        (await Eventually.ComesAsync(peer.State.UnstageAsync(9))).ShouldBe(default);
    }

    [Fact]
    public async Task A_message_of_QoS_2_is_released_and_completed()
    {
        await using StoreHarness store = await StoreHarness.StartAsync();
        FakePeer peer = await store.AttachAsync("a");
        await peer.SubscribeAsync(("x", 2));
        await store.PublishAsync(peer, "x", "m", qos: 2);
        await peer.ExpectAsync("x m qos=2 id=1");
        (await Eventually.ComesAsync(peer.State!.OnPubRecAsync(null, 1))).ShouldBeNull();
        await peer.ExpectAsync("release 1");
        store.InBatch(context => peer.State.OnPubComp(context, 1));
        await IdleAsync(store, "$MQTT_msgs");
        await IdleAsync(store, "$MQTT_out");
    }

    [Fact]
    public async Task A_release_survives_the_connection()
    {
        await using StoreHarness store = await StoreHarness.StartAsync(options => options with { AckWait = TimeSpan.FromSeconds(2) });
        FakePeer peer = await store.AttachAsync("a", clean: false);
        await peer.SubscribeAsync(("x", 2));
        await store.PublishAsync(peer, "x", "m", qos: 2);
        await peer.ExpectAsync("x m qos=2 id=1");
        await peer.State!.OnPubRecAsync(null, 1);
        await peer.ExpectAsync("release 1");
        await peer.CloseAsync();

        peer = await store.AttachAsync("a", clean: false, isPresent: true);
        await TurnUntilAsync(store, peer);
        await peer.ExpectAsync("release 1");
    }

    [Fact]
    public async Task Subscribing_again_changes_what_was_granted()
    {
        await using StoreHarness store = await StoreHarness.StartAsync();
        FakePeer peer = await store.AttachAsync("a", clean: false);
        await peer.SubscribeAsync(("x", 1));
        await peer.SubscribeAsync(("x", 0));
        peer.Listened.ShouldBe(["x"]);
        await store.PublishAsync(peer, "x", "m");
        await peer.ExpectAsync("x m");
        await peer.SubscribeAsync(("x", 1));
        await store.PublishAsync(peer, "x", "n");
        await peer.ExpectAsync("x n qos=1 id=1");
    }

    [Fact]
    public async Task Everything_below_means_the_parent_too()
    {
        await using StoreHarness store = await StoreHarness.StartAsync();
        FakePeer peer = await store.AttachAsync("a");
        await peer.SubscribeAsync(("x/#", 1));
        peer.Listened.Where(static sid => sid[0] != '$').ShouldBe(["x fwc", "x.>"]);
        await store.PublishAsync(peer, "x", "parent");
        await peer.ExpectAsync("x parent qos=1 id=1");
        await store.PublishAsync(peer, "x/y", "child");
        await peer.ExpectAsync("x/y child qos=1 id=2");

        await peer.UnsubscribeAsync("x/#");
        peer.Listened.ShouldBeEmpty();
        await ConsumersAsync(store, "$MQTT_msgs", 0);
    }

    [Fact]
    public async Task What_cannot_be_subscribed_fails_alone()
    {
        await using StoreHarness store = await StoreHarness.StartAsync();
        FakePeer peer = await store.AttachAsync("a");
        peer.Refused.Add("no.>");
        (await peer.SubscribeAsync(("ok", 1), ("$MQTT/msgs/#", 1), ("a b", 0), ("no/#", 2))).ShouldBe("01808080");
        peer.Listened.Count(static sid => sid[0] != '$').ShouldBe(1);
    }

    [Fact]
    public async Task Consumers_of_a_session_may_not_have_too_much_pending_together()
    {
        await using StoreHarness store = await StoreHarness.StartAsync(options => options with { MaxAckPending = 40_000 });
        FakePeer peer = await store.AttachAsync("a");
        (await peer.SubscribeAsync(("x", 1), ("y", 1))).ShouldBe("0180");
        peer.Listened.Where(static sid => sid[0] != '$').ShouldBe(["x"]);
        await store.Server.Log.ContainsAsync("Error", "max_ack_pending for all consumers would be 80000 which exceeds the limit of 65535");
    }

    [Fact]
    public async Task Topics_with_a_dollar_are_not_for_filters_that_begin_with_a_wildcard()
    {
        await using StoreHarness store = await StoreHarness.StartAsync();
        FakePeer peer = await store.AttachAsync("a");
        await peer.SubscribeAsync(("#", 1));
        peer.Denied.Add("denied");
        await store.PublishAsync(peer, "$x", "hidden");
        await store.PublishAsync(peer, "denied", "hidden");
        await store.PublishAsync(peer, "y", "seen");
        await peer.ExpectAsync("y seen qos=1 id=1");
        store.InBatch(context => peer.State!.OnPubAck(context, 1));
        await IdleAsync(store, "$MQTT_msgs");
    }

    [Fact]
    public async Task Granted_QoS_may_be_lowered()
    {
        await using StoreHarness store = await StoreHarness.StartAsync(options => options with { DowngradeQos2Subscribe = true });
        FakePeer peer = await store.AttachAsync("a");
        (await peer.SubscribeAsync(("x", 2))).ShouldBe("01");
        await store.Server.Log.ContainsAsync("Warning", "Downgrading subscription QoS2 to QoS1 for \"x\", as configured");
    }

    [Fact]
    public async Task Consumers_are_made_as_configured()
    {
        await using StoreHarness store = await StoreHarness.StartAsync(options => options with { ConsumerMemoryStorage = true, ConsumerInactiveThreshold = TimeSpan.FromMinutes(1), AckWait = TimeSpan.FromSeconds(7), MaxAckPending = 5 });
        FakePeer peer = await store.AttachAsync("a");
        await peer.SubscribeAsync(("x", 2));
        Dialogue client = await store.Server.ConnectAsync();
        foreach (string stream in (string[])["$MQTT_msgs", "$MQTT_out"])
        {
            JsonElement config = (await client.AskAsync($"$JS.API.CONSUMER.LIST.{stream}")).GetProperty("consumers")[0].GetProperty("config");
            config.GetProperty("mem_storage").GetBoolean().ShouldBeTrue();
            config.GetProperty("inactive_threshold").GetInt64().ShouldBe(60_000_000_000);
            config.GetProperty("ack_wait").GetInt64().ShouldBe(7_000_000_000);
            config.GetProperty("max_ack_pending").GetInt64().ShouldBe(5);
        }
    }

    // Where a test turns the clock, what is due comes in its own time.
    private static Task TurnUntilAsync(StoreHarness store, FakePeer peer) => Eventually.HoldsAsync(() =>
    {
        store.Server.Time.Advance(TimeSpan.FromMilliseconds(500));
        return !peer.Sent.IsEmpty;
    });

    private static async Task IdleAsync(StoreHarness store, string stream)
    {
        Dialogue client = await store.Server.ConnectAsync();
        await Eventually.HoldsAsync(async () =>
        {
            JsonElement consumer = (await client.AskAsync($"$JS.API.CONSUMER.LIST.{stream}")).GetProperty("consumers")[0];
            return consumer.GetProperty("num_ack_pending").GetInt32() + consumer.GetProperty("num_pending").GetInt32() == 0;
        });
        await Eventually.HoldsAsync(async () => (await client.AskAsync($"$JS.API.STREAM.INFO.{stream}")).GetProperty("state").GetProperty("messages").GetInt32() == 0);
    }

    private static async Task ConsumersAsync(StoreHarness store, string stream, int count)
    {
        Dialogue client = await store.Server.ConnectAsync();
        await Eventually.HoldsAsync(async () => (await client.AskAsync($"$JS.API.STREAM.INFO.{stream}")).GetProperty("state").GetProperty("consumer_count").GetInt32() == count);
    }
}
