using DotNats;
using DotNats.Security;
using Mqtt.Tests.Harness;
using Server.Tests.Harness;
using Shouldly;
using Xunit;

namespace Mqtt.Tests.Connections;

public sealed class PublishTests
{
    [Fact]
    public async Task Messages_go_from_MQTT_to_MQTT_and_NATS_and_back()
    {
        await using MqttServer server = await MqttServer.StartAsync();
        MqttDialogue client = await server.ConnectAsync("c");
        await client.SubscribeAsync("00", ("a/#", 0));
        Dialogue nats = await server.ConnectNatsAsync();
        nats.Send("SUB a.> 1");
        (await nats.FenceAsync()).ShouldBeEmpty();
        client.Publish("a/b.c", "hello");
        await client.ExpectAsync("a/b.c hello qos=0");
        await nats.ExpectAsync("HMSG a.b//c 1 25 30", "NATS/1.0", "Nmqtt-Pub:0", "", "hello");
        nats.Send("PUB a 2", "up", "PUB a.x.y 4", "down");
        await client.ExpectAsync("a up qos=0", "a/x/y down qos=0");
    }

    [Fact]
    public async Task A_nats_request_to_an_MQTT_client_has_a_responder()
    {
        await using MqttServer server = await MqttServer.StartAsync();
        MqttDialogue client = await server.ConnectAsync("c");
        await client.SubscribeAsync("00", ("q", 0));
        Dialogue nats = await server.ConnectNatsAsync();
        nats.Send("SUB r 1", "PUB q r 1", "x", "PUB nobody r 1", "x");
        await client.ExpectAsync("q x qos=0");
        await nats.ExpectAsync("HMSG r 1 38 38");
    }

    [Fact]
    public async Task Wildcards_are_not_for_topics_that_begin_with_a_dollar_sign()
    {
        await using MqttServer server = await MqttServer.StartAsync();
        MqttDialogue client = await server.ConnectAsync("c");
        await client.SubscribeAsync("0000", ("#", 0), ("$x/+", 0));
        Dialogue nats = await server.ConnectNatsAsync();
        nats.Send("PUB $x.y 1", "1", "PUB $y.y 1", "2", "PUB z 1", "3");
        await client.ExpectAsync("$x/y 1 qos=0", "z 3 qos=0");
    }

    [Fact]
    public async Task Acknowledgements_leave_in_the_order_of_the_messages_while_others_are_read()
    {
        await using MqttServer server = await MqttServer.StartAsync();
        MqttDialogue client = await server.ConnectAsync("c");
        const int Count = 3000;
        byte[] all = [.. Enumerable.Range(1, Count).SelectMany(static id => MqttDialogue.PublishPacket("a", "x", qos: 1, (ushort)id))];
        client.SendBytes(all);
        for (int id = 1; id <= Count; id++) await client.ExpectAsync($"PUBACK {id}");
        await client.FenceAsync();
    }

    [Fact]
    public async Task QoS_2_is_published_once_when_it_is_released()
    {
        await using MqttServer server = await MqttServer.StartAsync();
        MqttDialogue sender = await server.ConnectAsync("s"), receiver = await server.ConnectAsync("r");
        await receiver.SubscribeAsync("00", ("a", 0));
        sender.Publish("a", "x", qos: 2, id: 5);
        await sender.ExpectAsync("PUBREC 5");
        sender.Publish("a", "x", qos: 2, id: 5);
        await sender.ExpectAsync("PUBREC 5");
        await receiver.FenceAsync();
        sender.Answer(6, 5);
        await sender.ExpectAsync("PUBCOMP 5");
        await receiver.ExpectAsync("a x qos=0");
        sender.Answer(6, 99);
        await sender.ExpectAsync("PUBCOMP 99");
        await receiver.FenceAsync();
    }

    [Fact]
    public async Task A_retained_message_is_live_without_the_flag_and_kept_with_it()
    {
        await using MqttServer server = await MqttServer.StartAsync();
        MqttDialogue client = await server.ConnectAsync("c");
        await client.SubscribeAsync("00", ("a", 0));
        client.Publish("a", "x", qos: 1, id: 3, retain: true);
        await client.ExpectInAnyOrderAsync("a x qos=0", "PUBACK 3");
        await Eventually.HoldsAsync(async () =>
        {
            MqttDialogue late = await server.ConnectAsync("late");
            await late.SubscribeAsync("00", ("a", 0));
            late.Ping();
            string first = await late.ReadAsync();
            await late.DisposeAsync();
            return first == "a x qos=0 retain";
        }, "the message is retained");
    }

    [Fact]
    public async Task What_may_not_be_published_goes_nowhere_and_is_acknowledged_all_the_same()
    {
        await using MqttServer server = await MqttServer.StartAsync(MqttServer.Users(
            new UserOptions { Username = "u", Password = "p", Permissions = new PermissionSet { Publish = new SubjectPermission { Allow = ["ok.>"] } } }));
        MqttDialogue client = await server.ConnectAsync("c", "u", "p");
        await client.SubscribeAsync("00", ("#", 0));
        client.Publish("no/x", "0");
        client.Publish("no/x", "1", qos: 1, id: 1);
        client.Publish("no/x", "2", retain: true);
        client.Publish("ok/x", "3");
        await client.ExpectInAnyOrderAsync("PUBACK 1", "ok/x 3 qos=0");
        await server.Log.ContainsAsync("Error", "\"c\" - Publish Violation - Subject \"no.x\"");
    }

    [Theory]
    [InlineData(0, 75, 76)]
    [InlineData(1, 75, 76)]
    [InlineData(2, 57, 58)]
    public async Task A_message_that_is_too_large_with_its_header_ends_the_connection(int qos, int fits, int tooLarge)
    {
        await using MqttServer server = await MqttServer.StartAsync(options => options with { Limits = options.Limits with { MaxPayloadBytes = 100 } });
        MqttDialogue client = await server.ConnectAsync("c");
        client.Publish("a", new string('x', fits), qos, id: 1);
        if (qos > 0) await client.ExpectAsync(qos == 1 ? "PUBACK 1" : "PUBREC 1");
        await client.FenceAsync();
        client.Publish("a", new string('x', tooLarge), qos, id: 2);
        await client.ExpectAsync("closed");
        (await server.ClosedAsync(1)).ShouldBe(["c: Maximum Message Payload Exceeded"]);
        await server.Log.ContainsAsync("Error", "\"c\" - maximum payload exceeded: 101 vs 100");
    }

    [Fact]
    public async Task A_packet_that_only_announces_too_much_is_not_waited_for()
    {
        await using MqttServer server = await MqttServer.StartAsync();
        MqttDialogue client = await server.ConnectAsync("c");
        client.SendBytes(0x30, 0xFF, 0xFF, 0xFF, 0x7F);
        await client.ExpectAsync("closed");
        (await server.ClosedAsync(1)).ShouldBe(["c: Maximum Message Payload Exceeded"]);
    }

    [Fact]
    public async Task Mappings_give_topics_new_names()
    {
        await using MqttServer server = await MqttServer.StartAsync(options => options with
        {
            Mappings = [new SubjectMapping { Source = "from.*", Destinations = [new MappingDestination { Subject = "to.$1" }] }],
        });
        MqttDialogue client = await server.ConnectAsync("c");
        await client.SubscribeAsync("00", ("#", 0));
        client.Publish("from/x", "0");
        await client.ExpectAsync("to/x 0 qos=0");
        client.Publish("from/x", "2", qos: 2, id: 1);
        await client.ExpectAsync("PUBREC 1");
        client.Answer(6, 1);
        await client.ExpectInAnyOrderAsync("to/x 2 qos=0", "PUBCOMP 1");
    }

    [Theory]
    [InlineData("3602000161")]
    [InlineData("300200FF")]
    [InlineData("30040002612B")]
    [InlineData("3003000120")]
    [InlineData("320500016100")]
    [InlineData("3207000161000078")]
    [InlineData("41020001")]
    [InlineData("40020000")]
    [InlineData("F000")]
    [InlineData("82020001")]
    [InlineData("8206000100016103")]
    [InlineData("30FFFFFFFF7F")]
    public async Task Packets_that_are_none_end_the_connection_and_nothing_else(string hex)
    {
        await using MqttServer server = await MqttServer.StartAsync();
        MqttDialogue other = await server.ConnectAsync("other"), client = await server.ConnectAsync("c");
        client.SendBytes([.. Convert.FromHexString(hex), 0, 0]);
        await client.ExpectAsync("closed");
        await other.FenceAsync();
        (await server.ClosedAsync(1)).ShouldBe(["c: Protocol Violation"]);
    }
}
