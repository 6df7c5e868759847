using System.Text.Json;
using DotNats.Mqtt.Store;
using DotNats.Protocol.Mqtt;
using JetStream.Tests.Harness;
using Mqtt.Tests.Harness;
using Server.Tests.Harness;
using Shouldly;
using Xunit;

namespace Mqtt.Tests.Store;

public sealed class MqttAccountTests
{
    [Theory]
    [InlineData("$MQTT_sess", "$MQTT.sess.>", "limits", "old", 1, false)]
    [InlineData("$MQTT_msgs", "$MQTT.msgs.>", "interest", "old", -1, false)]
    [InlineData("$MQTT_qos2in", "$MQTT.qos2.in.>", "limits", "new", 1, true)]
    [InlineData("$MQTT_out", "$MQTT.out.>", "interest", "old", -1, false)]
    [InlineData("$MQTT_rmsgs", "$MQTT.rmsgs.>", "limits", "old", 1, false)]
    public async Task The_first_client_makes_five_streams(string stream, string subject, string retention, string discard, int perSubject, bool discardsPerSubject)
    {
        await using StoreHarness store = await StoreHarness.StartAsync();
        await store.OpenAsync();
        Dialogue client = await store.Server.ConnectAsync();

        JsonElement config = (await client.AskAsync($"$JS.API.STREAM.INFO.{stream}")).GetProperty("config");
        config.GetProperty("subjects")[0].GetString().ShouldBe(subject);
        config.GetProperty("retention").GetString().ShouldBe(retention);
        config.GetProperty("discard").GetString().ShouldBe(discard);
        config.GetProperty("storage").GetString().ShouldBe("file");
        config.GetProperty("max_msgs_per_subject").GetInt32().ShouldBe(perSubject);
        config.TryGetProperty("discard_new_per_subject", out _).ShouldBe(discardsPerSubject);
    }

    [Fact]
    public async Task Clients_that_come_together_open_an_account_once()
    {
        await using StoreHarness store = await StoreHarness.StartAsync();
        MqttOpened[] opened = await Eventually.ComesAsync(Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Task.Run(() => store.Accounts.OpenAsync(store.Server.Core.Accounts.Global)))));
        opened.Select(static one => one.Account).Distinct().Count().ShouldBe(1);
    }

    [Fact]
    public async Task An_account_that_is_removed_asks_nothing_more_and_one_that_comes_back_begins_anew()
    {
        await using StoreHarness store = await StoreHarness.StartAsync();
        MqttAccount before = await store.OpenAsync();
        store.Accounts.Close(store.Server.Core.Accounts.Global);
        await Eventually.HoldsAsync(() => before.Api.CallAsync("SI", "INFO", default) is { IsCompletedSuccessfully: true, Result.Error: "server is not running" });
        (await store.OpenAsync()).ShouldNotBeSameAs(before);
    }

    [Fact]
    public async Task An_account_that_cannot_be_opened_says_why_and_is_tried_again()
    {
        await using StoreHarness store = await StoreHarness.StartAsync();
        Dialogue client = await store.Server.ConnectAsync();
        await client.CreateStreamAsync("TAKEN", """ "subjects":["$MQTT.msgs.>"]""");

        MqttOpened failed = await Eventually.ComesAsync(store.Accounts.OpenAsync(store.Server.Core.Accounts.Global));
        failed.Error.ShouldBe("create messages stream for account \"$G\": subjects overlap with an existing stream (10065)");
        await client.AskAsync("$JS.API.STREAM.DELETE.TAKEN");
        (await store.OpenAsync()).ShouldNotBeNull();
    }

    [Fact]
    public async Task A_session_is_present_where_it_was_not_clean()
    {
        await using StoreHarness store = await StoreHarness.StartAsync();
        FakePeer first = await store.AttachAsync("a", clean: false);
        (await first.SubscribeAsync(("gold/+", 1))).ShouldBe("01");
        (await first.CloseAsync()).ShouldBeTrue();

        FakePeer second = await store.AttachAsync("a", clean: false, isPresent: true);
        second.Listened.Count().ShouldBe(2);
        await second.CloseAsync();
        await (await store.AttachAsync("a", clean: true)).CloseAsync();
        (await store.AttachAsync("a", clean: false)).Listened.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_clean_session_leaves_nothing()
    {
        await using StoreHarness store = await StoreHarness.StartAsync();
        FakePeer peer = await store.AttachAsync("a");
        await peer.SubscribeAsync(("x", 2));
        await peer.CloseAsync();

        Dialogue client = await store.Server.ConnectAsync();
        foreach (string stream in (string[])["$MQTT_sess", "$MQTT_msgs", "$MQTT_out"])
        {
            await Eventually.HoldsAsync(async () =>
            {
                JsonElement state = (await client.AskAsync($"$JS.API.STREAM.INFO.{stream}")).GetProperty("state");
                return state.GetProperty("messages").GetInt32() + state.GetProperty("consumer_count").GetInt32() == 0;
            });
        }
    }

    [Fact]
    public async Task A_record_is_the_one_that_nats_server_writes()
    {
        await using StoreHarness store = await StoreHarness.StartAsync();
        FakePeer peer = await store.AttachAsync("goldclient", clean: false);
        await peer.SubscribeAsync(("gold/+", 1));

        Dialogue client = await store.Server.ConnectAsync();
        JsonElement message = (await client.AskAsync("$JS.API.STREAM.MSG.GET.$MQTT_sess", """{"last_by_subj":"$MQTT.sess.Lj8gsy5T"}""")).GetProperty("message");
        string record = System.Text.Encoding.UTF8.GetString(message.GetProperty("data").GetBytesFromBase64());
        string durable = JsonDocument.Parse(record).RootElement.GetProperty("cons").GetProperty("gold.*").GetProperty("durable_name").GetString()!;
        string deliver = JsonDocument.Parse(record).RootElement.GetProperty("cons").GetProperty("gold.*").GetProperty("deliver_subject").GetString()!;
        durable.ShouldStartWith("Lj8gsy5T_");
        deliver.ShouldStartWith("$MQTT.sub.");
        record.ShouldBe(
            $$$$"""{"origin":"{{{{MqttSubjects.Hash("S")}}}}","id":"goldclient","subs":{"gold.*":1},"cons":{"gold.*":{"durable_name":"{{{{durable}}}}","deliver_policy":"new","ack_policy":"explicit","ack_wait":30000000000,"filter_subject":"$MQTT.msgs.gold.*","replay_policy":"instant","max_ack_pending":1024,"deliver_subject":"{{{{deliver}}}}","num_replicas":0}}}""");
        System.Text.Encoding.UTF8.GetString(message.GetProperty("hdrs").GetBytesFromBase64()).ShouldBe("NATS/1.0\r\nNats-Expected-Last-Subject-Sequence:1\r\n\r\n");
    }

    [Fact]
    public async Task Sessions_and_their_messages_survive_the_server()
    {
        string directory = Path.Combine(Path.GetTempPath(), "dotnats-mqtt-" + Guid.NewGuid().ToString("N"));
        await using (StoreHarness store = await StoreHarness.StartAsync(directory: directory))
        {
            FakePeer peer = await store.AttachAsync("a", clean: false);
            await peer.SubscribeAsync(("x", 1));
            await peer.CloseAsync();
            await store.PublishAsync(await store.AttachAsync("b"), "x", "stored");
        }

        await using (StoreHarness store = await StoreHarness.StartAsync(directory: directory))
        {
            FakePeer peer = await store.AttachAsync("a", clean: false, isPresent: true);
            await peer.ExpectAsync("x stored qos=1 id=1");
        }

        Directory.Delete(directory, recursive: true);
    }

    [Fact]
    public async Task A_record_of_another_client_is_not_taken()
    {
        await using StoreHarness store = await StoreHarness.StartAsync();
        MqttAccount account = await store.OpenAsync();
        Dialogue client = await store.Server.ConnectAsync();
        await client.RequestAsync($"$MQTT.sess.{MqttSubjects.Hash("a")}", """{"id":"other"}""");

        MqttAttached attached = await account.AttachAsync("a", cleanSession: true, new FakePeer(store.Server.Core));
        (attached.Code, attached.Error).ShouldBe((MqttConnectCode.IdentifierRejected, "stored session does not match client ID for account \"$G\", session \"a\""));
    }

    [Theory]
    [InlineData("{", "unmarshal of session record at sequence 1: ")]
    [InlineData("""{"id":"a","subs":[]}""", "unmarshal of session record at sequence 1: ")]
    [InlineData("""{"id":"a","cons":{"x":{"ack_wait":"y"}}}""", "unmarshal of session record at sequence 1: ")]
    public async Task A_record_that_is_none_keeps_its_client_out(string record, string expected)
    {
        await using StoreHarness store = await StoreHarness.StartAsync();
        MqttAccount account = await store.OpenAsync();
        Dialogue client = await store.Server.ConnectAsync();
        await client.RequestAsync($"$MQTT.sess.{MqttSubjects.Hash("a")}", record);

        (await account.AttachAsync("a", cleanSession: true, new FakePeer(store.Server.Core))).Error.ShouldNotBeNull().ShouldStartWith(expected);
    }

    [Fact]
    public async Task Who_comes_with_a_name_that_is_there_replaces_the_other()
    {
        await using StoreHarness store = await StoreHarness.StartAsync();
        FakePeer first = await store.AttachAsync("a", clean: false);
        await first.SubscribeAsync(("x", 1));
        FakePeer second = await store.AttachAsync("a", clean: false, isPresent: true);

        first.IsReplaced.ShouldBeTrue();
        (await first.CloseAsync()).ShouldBeFalse();
        await store.PublishAsync(second, "x", "1");
        await second.ExpectAsync("x 1 qos=1 id=1");
    }

    [Fact]
    public async Task Clients_that_fight_for_a_name_are_held_up()
    {
        await using StoreHarness store = await StoreHarness.StartAsync();
        MqttAccount account = await store.OpenAsync();
        await store.AttachAsync("a");
        FakePeer second = await store.AttachAsync("a");

        Task<MqttAttached> third = account.AttachAsync("a", cleanSession: true, new FakePeer(store.Server.Core));
        third.IsCompleted.ShouldBeFalse();
        store.Server.Time.Advance(FlappingClients.JailTime);
        (await Eventually.ComesAsync(third)).IsFlapping.ShouldBeTrue();
        second.IsReplaced.ShouldBeFalse();

        store.Server.Time.Advance(TimeSpan.FromMilliseconds(1));
        await store.AttachAsync("a");
        second.IsReplaced.ShouldBeTrue();
    }

    [Fact]
    public async Task Who_comes_back_after_its_own_end_is_not_held_up()
    {
        await using StoreHarness store = await StoreHarness.StartAsync();
        await store.AttachAsync("a");
        FakePeer second = await store.AttachAsync("a");
        await second.CloseAsync();
        await store.AttachAsync("a");
    }

    [Fact]
    public async Task A_name_that_is_busy_is_given_up_after_a_second()
    {
        await using StoreHarness store = await StoreHarness.StartAsync();
        MqttAccount account = await store.OpenAsync();
        account.Locks.TryTake("a").ShouldBeTrue();
        Task<MqttAttached> attaching = account.AttachAsync("a", cleanSession: true, new FakePeer(store.Server.Core));
        await Eventually.HoldsAsync(() =>
        {
            store.Server.Time.Advance(TimeSpan.FromMilliseconds(100));
            return attaching.IsCompleted;
        });
        (await attaching).Error.ShouldBe("other session with client ID \"a\" is in the process of connecting");
    }

    [Fact]
    public async Task A_JetStream_that_does_not_answer_is_waited_for_as_long_as_configured()
    {
        await using StoreHarness store = await StoreHarness.StartAsync(options => options with { JetStreamApiTimeout = TimeSpan.FromSeconds(2) });
        FakePeer peer = await store.AttachAsync("a");
        Dialogue client = await store.Server.ConnectAsync();
        await client.AskAsync("$JS.API.STREAM.DELETE.$MQTT_msgs");

        Task<string?> storing = peer.State!.StoreAsync(null, "x"u8, default, default);
        storing.IsCompleted.ShouldBeFalse();
        store.Server.Time.Advance(TimeSpan.FromSeconds(3));
        string error = (await Eventually.ComesAsync(storing)).ShouldNotBeNull();
        error.ShouldStartWith("timeout after 3s: request type \"MS\" on \"$MQTT.msgs.x\" (reply=\"$MQTT.JSA.");
    }

    [Fact]
    public async Task The_end_of_the_server_ends_what_waits()
    {
        await using StoreHarness store = await StoreHarness.StartAsync();
        FakePeer peer = await store.AttachAsync("a");
        Dialogue client = await store.Server.ConnectAsync();
        await client.AskAsync("$JS.API.STREAM.DELETE.$MQTT_msgs");
        Task<string?> storing = peer.State!.StoreAsync(null, "x"u8, default, default);

        store.Accounts.Dispose();
        (await Eventually.ComesAsync(storing)).ShouldBe("server is not running");
        (await Eventually.ComesAsync(peer.State.StoreAsync(null, "x"u8, default, default))).ShouldBe("server is not running");
    }

    [Fact]
    public async Task What_crosses_into_an_account_is_stored_there_where_that_has_clients()
    {
        await using StoreHarness store = await StoreHarness.StartAsync();
        store.Accounts.StoreCrossed(null, store.Server.Core.Accounts.Global, "x"u8, "NATS/1.0\r\nNmqtt-Pub:1\r\n\r\n"u8, "too early"u8);
        FakePeer peer = await store.AttachAsync("a");
        await peer.SubscribeAsync(("x", 1));
        store.Accounts.StoreCrossed(null, store.Server.Core.Accounts.Global, "x"u8, "NATS/1.0\r\nNmqtt-Pub:0\r\n\r\n"u8, "not stored"u8);
        store.Accounts.StoreCrossed(null, store.Server.Core.Accounts.Global, "x"u8, "NATS/1.0\r\nNmqtt-Pub:1\r\n\r\n"u8, "stored"u8);
        await peer.ExpectAsync("x stored qos=1 id=1");
        peer.Sent.ShouldBeEmpty();
    }
}
