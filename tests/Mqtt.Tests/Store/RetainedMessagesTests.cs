using System.Text;
using System.Text.Json;
using DotNats.Mqtt.Store;
using JetStream.Tests.Harness;
using Mqtt.Tests.Harness;
using Server.Tests.Harness;
using Shouldly;
using Xunit;

namespace Mqtt.Tests.Store;

public sealed class RetainedMessagesTests
{
    [Fact]
    public async Task A_new_subscription_gets_what_was_retained()
    {
        await using StoreHarness store = await StoreHarness.StartAsync();
        FakePeer peer = await store.AttachAsync("a");
        await store.PublishAsync(peer, "r/one", "old", qos: 1, retain: true);
        await store.PublishAsync(peer, "r/one", "kept", qos: 2, retain: true);
        await store.PublishAsync(peer, "r/two", "zero", qos: 0, retain: true);
        await store.PublishAsync(peer, "other", "x", qos: 1, retain: true);

        FakePeer second = await store.AttachAsync("b");
        await second.SubscribeAsync(("r/#", 1));
        await second.ExpectAsync("retained r/one kept qos=1 id=1");
        await second.ExpectAsync("retained r/two zero qos=0 id=0");
        second.Sent.ShouldBeEmpty();
        await second.SubscribeAsync(("r/+", 0));
        await second.ExpectAsync("retained r/one kept qos=0 id=0");
        await second.ExpectAsync("retained r/two zero qos=0 id=0");
    }

    [Fact]
    public async Task An_empty_message_forgets_and_leaves_nothing_behind()
    {
        await using StoreHarness store = await StoreHarness.StartAsync();
        FakePeer peer = await store.AttachAsync("a");
        await store.PublishAsync(peer, "r", "x", retain: true);
        await store.PublishAsync(peer, "r", "", retain: true);
        await peer.SubscribeAsync(("r", 0));
        peer.Sent.ShouldBeEmpty();
        Dialogue client = await store.Server.ConnectAsync();
        await Eventually.HoldsAsync(async () => (await client.AskAsync("$JS.API.STREAM.INFO.$MQTT_rmsgs")).GetProperty("state").GetProperty("messages").GetInt32() == 0);
    }

    [Fact]
    public async Task What_others_store_and_remove_is_seen()
    {
        await using StoreHarness store = await StoreHarness.StartAsync();
        await store.OpenAsync();
        Dialogue client = await store.Server.ConnectAsync();
        await PutAsync(client, "$MQTT.rmsgs.x.y", "NATS/1.0\r\nNmqtt-RTopic:x/y\r\nNmqtt-RFlags:1\r\nNmqtt-ROrigin:other\r\n\r\n", "here");
        await EventuallyRetainedAsync(store, "x/y here qos=0 id=0");
        await PutAsync(client, "$MQTT.rmsgs.x.y", "NATS/1.0\r\nNmqtt-RTopic:x/y\r\nNmqtt-RFlags:-1\r\nNmqtt-ROrigin:other\r\n\r\n", "");
        await EventuallyRetainedAsync(store, "");
        // Whoever stored the record that forgets removes it.
        (await client.AskAsync("$JS.API.STREAM.INFO.$MQTT_rmsgs")).GetProperty("state").GetProperty("messages").GetInt32().ShouldBe(1);
    }

    [Fact]
    public async Task Retained_messages_are_there_after_a_start_with_the_first_client()
    {
        string directory = Path.Combine(Path.GetTempPath(), "dotnats-mqtt-" + Guid.NewGuid().ToString("N"));
        await using (StoreHarness store = await StoreHarness.StartAsync(directory: directory))
        {
            FakePeer peer = await store.AttachAsync("a");
            for (int i = 0; i < 200; i++) await store.PublishAsync(peer, $"r/{i:d3}", "x", qos: 0, retain: true);
        }

        await using (StoreHarness store = await StoreHarness.StartAsync(directory: directory))
        {
            FakePeer peer = await store.AttachAsync("a");
            await peer.SubscribeAsync(("r/+", 0));
            peer.Sent.Count.ShouldBe(200);
        }

        Directory.Delete(directory, recursive: true);
    }

    [Fact]
    public async Task A_message_that_is_gone_from_the_stream_is_not_missed()
    {
        await using StoreHarness store = await StoreHarness.StartAsync();
        FakePeer peer = await store.AttachAsync("a");
        await store.PublishAsync(peer, "r", "x", retain: true);
        Dialogue client = await store.Server.ConnectAsync();
        await client.AskAsync("$JS.API.STREAM.PURGE.$MQTT_rmsgs");
        (await peer.SubscribeAsync(("r", 0))).ShouldBe("00");
        peer.Sent.ShouldBeEmpty();
        await store.Server.Log.ContainsAsync("Warning", "failed to load retained message for subject \"r\": no message found (10037)");
    }

    [Fact]
    public async Task Who_may_not_have_a_subject_does_not_get_what_was_retained_there()
    {
        await using StoreHarness store = await StoreHarness.StartAsync(options => options with { RejectQos2Publish = true });
        FakePeer peer = await store.AttachAsync("a");
        await store.PublishAsync(peer, "r/secret", "x", retain: true);
        await store.PublishAsync(peer, "r/two", "x", qos: 2, retain: true);
        peer.Denied.Add("r.secret");
        await peer.SubscribeAsync(("r/+", 2));
        peer.Sent.ShouldBeEmpty();
        await store.Server.Log.ContainsAsync("Warning", "Rejecting retained message with QoS2 for subscription \"r.*\", as configured");
    }

    [Fact]
    public async Task A_birth_is_kept_as_a_certificate()
    {
        await using StoreHarness store = await StoreHarness.StartAsync();
        FakePeer peer = await store.AttachAsync("a");
        await peer.SubscribeAsync(("$sparkplug/certificates/#", 0));
        await store.PublishAsync(peer, "spBv1.0/g/NBIRTH/n", "born", qos: 0);
        await peer.ExpectAsync("$sparkplug/certificates/spBv1.0/g/NBIRTH/n born");
        FakePeer second = await store.AttachAsync("b");
        await second.SubscribeAsync(("$sparkplug/certificates/#", 0), ("spBv1.0/#", 0));
        await second.ExpectAsync("retained $sparkplug/certificates/spBv1.0/g/NBIRTH/n born qos=0 id=0");
        second.Sent.ShouldBeEmpty();
        // With the flag it is wrong, and not kept at all.
        await store.PublishAsync(peer, "spBv1.0/g/DBIRTH/n/d", "born", qos: 0, retain: true);
        await second.ExpectAsync("spBv1.0/g/DBIRTH/n/d born");
        await second.SubscribeAsync(("$sparkplug/+/spBv1.0/g/DBIRTH/#", 0), ("spBv1.0/g/#", 0));
        second.Sent.ShouldBeEmpty();
    }

    [Fact]
    public async Task What_a_user_retained_goes_when_he_may_not_publish_it_any_more()
    {
        await using StoreHarness store = await StoreHarness.StartAsync();
        FakePeer peer = await store.AttachAsync("a", username: "u");
        await store.PublishAsync(peer, "r/one", "x", retain: true);
        await store.PublishAsync(peer, "r/two", "y", retain: true);
        await Eventually.ComesAsync(store.Accounts.ReviewRetainedAsync((user, subject) => user == "u" && subject != "r.one"));
        await peer.SubscribeAsync(("r/#", 0));
        await peer.ExpectAsync("retained r/two y qos=0 id=0");
        peer.Sent.ShouldBeEmpty();
    }

    [Fact]
    public async Task Retained_messages_of_an_older_server_get_subjects_of_their_own()
    {
        await using StoreHarness store = await StoreHarness.StartAsync();
        Dialogue client = await store.Server.ConnectAsync();
        await client.AskAsync("$JS.API.STREAM.CREATE.$MQTT_rmsgs", """{"name":"$MQTT_rmsgs","storage":"file","subjects":["$MQTT.rmsgs"]}""");
        await client.RequestAsync("$MQTT.rmsgs", """{"origin":"S","subject":"a.b","topic":"a/b","msg":"aGk=","flags":3}""");
        await client.RequestAsync("$MQTT.rmsgs", "nonsense");
        await client.RequestAsync("$MQTT.rmsgs", """{"origin":"S","subject":"a.c","topic":"a/c","msg":"aGk=","flags":1}""");

        FakePeer peer = await store.AttachAsync("a");
        await peer.SubscribeAsync(("a/+", 0));
        await peer.ExpectAsync("retained a/b hi qos=0 id=0");
        await peer.ExpectAsync("retained a/c hi qos=0 id=0");
        JsonElement config = (await client.AskAsync("$JS.API.STREAM.INFO.$MQTT_rmsgs")).GetProperty("config");
        config.GetProperty("max_msgs_per_subject").GetInt32().ShouldBe(1);
        config.GetProperty("subjects")[0].GetString().ShouldBe("$MQTT.rmsgs.>");
    }

    [Fact]
    public async Task Sessions_of_an_older_server_are_taken_over()
    {
        await using StoreHarness store = await StoreHarness.StartAsync();
        Dialogue client = await store.Server.ConnectAsync();
        string hash = MqttSubjects.Hash("a");
        await client.AskAsync($"$JS.API.STREAM.CREATE.$MQTT_sess_{hash}", $$"""{"name":"$MQTT_sess_{{hash}}","storage":"file","subjects":["$MQTT_sess_{{hash}}"]}""");
        await client.RequestAsync($"$MQTT_sess_{hash}", """{"origin":"S","id":"a","subs":{"x":0}}""");
        await store.OpenAsync();
        await Eventually.HoldsAsync(async () => (await client.AskAsync($"$JS.API.STREAM.INFO.$MQTT_sess_{hash}")).ErrorCode() == 10059);
        (await store.AttachAsync("a", clean: false, isPresent: true)).Listened.ShouldBe(["x"]);
    }

    private static async Task EventuallyRetainedAsync(StoreHarness store, string expected)
    {
        int count = 0;
        await Eventually.HoldsAsync(async () =>
        {
            FakePeer peer = await store.AttachAsync($"looker{++count}");
            await peer.SubscribeAsync(("#", 0));
            return string.Join('|', peer.Sent.Select(static sent => sent["retained ".Length..])) == expected;
        });
    }

    private static async Task PutAsync(Dialogue client, string subject, string headers, string payload)
    {
        client.SendBytes(Encoding.UTF8.GetBytes($"HPUB {subject} {headers.Length} {headers.Length + payload.Length}\r\n{headers}{payload}\r\n"));
        await client.FenceAsync();
    }
}
