using DotNats;
using DotNats.Security;
using DotNats.Server.Connections;
using Mqtt.Tests.Harness;
using Server.Tests.Harness;
using Shouldly;
using Xunit;

namespace Mqtt.Tests.Connections;

public sealed class LifeTests
{
    [Fact]
    public async Task A_will_is_published_when_its_client_is_lost_and_not_when_it_leaves()
    {
        await using MqttServer server = await MqttServer.StartAsync();
        MqttDialogue watcher = await server.ConnectAsync("w");
        await watcher.SubscribeAsync("01", ("will/#", 1));
        MqttDialogue polite = await server.ConnectAsync("polite", will: new("will/polite", "bye"));
        polite.SendBytes(0xE0, 0);
        await polite.ExpectAsync("closed");
        MqttDialogue lost = await server.ConnectAsync("lost", will: new("will/lost", "gone", Qos: 1));
        await lost.DisposeAsync();
        await watcher.ExpectAsync("will/lost gone qos=1 id=1");
        MqttDialogue rude = await server.ConnectAsync("rude", will: new("will/rude", "expelled"));
        rude.SendBytes(0xFF, 0);
        await watcher.ExpectAsync("will/rude expelled qos=0");
        await watcher.FenceAsync();
    }

    [Fact]
    public async Task A_will_needs_permission_like_any_message()
    {
        await using MqttServer server = await MqttServer.StartAsync(MqttServer.Users(
            new UserOptions { Username = "u", Password = "p", Permissions = new PermissionSet { Publish = new SubjectPermission { Allow = ["ok"] } } }));
        MqttDialogue lost = await server.ConnectAsync("lost", "u", "p", will: new("no", "x"));
        await lost.DisposeAsync();
        await server.Log.ContainsAsync("Error", "\"lost\" - Publish Violation - Subject \"no\"");
    }

    [Fact]
    public async Task Silence_for_half_as_long_again_as_promised_ends_the_connection()
    {
        await using MqttServer server = await MqttServer.StartAsync();
        MqttDialogue client = await server.ConnectAsync("c", keepAlive: 10);
        await client.FenceAsync();
        server.Time.Advance(TimeSpan.FromSeconds(14));
        await client.FenceAsync();
        server.Time.Advance(TimeSpan.FromSeconds(14));
        await client.FenceAsync();
        server.Time.Advance(TimeSpan.FromSeconds(15.5));
        await client.ExpectAsync("closed");
        (await server.ClosedAsync(1)).ShouldBe(["c: Read Error"]);
    }

    [Fact]
    public async Task Who_promised_nothing_may_be_silent_for_ever()
    {
        await using MqttServer server = await MqttServer.StartAsync();
        MqttDialogue client = await server.ConnectAsync("c");
        server.Time.Advance(TimeSpan.FromDays(1));
        await client.FenceAsync();
    }

    [Fact]
    public async Task A_client_identifier_goes_to_the_newcomer()
    {
        await using MqttServer server = await MqttServer.StartAsync();
        MqttDialogue old = await server.ConnectAsync("same", clean: false, will: new("w", "x"));
        await old.SubscribeAsync("00", ("#", 0));
        MqttDialogue now = server.Open();
        now.Connect("same", clean: false);
        await now.ExpectAsync("CONNACK 1 0");
        await old.ExpectAsync("closed");
        (await server.ClosedAsync(1)).ShouldBe(["same: Duplicate Client ID"]);
        now.Publish("a", "mine");
        await now.ExpectAsync("a mine qos=0");
        await now.FenceAsync();
    }

    [Fact]
    public async Task A_session_outlives_its_connection_and_clean_ones_leave_nothing()
    {
        await using MqttServer server = await MqttServer.StartAsync();
        MqttDialogue first = await server.ConnectAsync("c", clean: false);
        await first.SubscribeAsync("01", ("a", 1));
        await first.DisposeAsync();
        await server.ClosedAsync(1);
        MqttDialogue sender = await server.ConnectAsync("s");
        sender.Publish("a", "kept", qos: 1, id: 1);
        await sender.ExpectAsync("PUBACK 1");
        MqttDialogue again = server.Open();
        again.Connect("c", clean: false);
        await again.ExpectAsync("CONNACK 1 0", "a kept qos=1 id=1");
        again.Answer(4, 1);
        await again.FenceAsync();
        await again.DisposeAsync();
        await server.ClosedAsync(2);
        await server.ConnectAsync("c");
    }

    [Fact]
    public async Task Connections_leave_no_subscriptions_behind()
    {
        await using MqttServer server = await MqttServer.StartAsync();
        MqttDialogue keeper = await server.ConnectAsync("keeper");
        int Members() => server.Core.Accounts.Global.Subscriptions.Snapshot().Count(static subscription => subscription.Subscriber.Member is not null);
        MqttDialogue client = await server.ConnectAsync("c");
        await client.SubscribeAsync("000102", ("a/#", 0), ("b/#", 1), ("c", 2));
        // Of QoS 1 and 2 one more for the consumer, below a wildcard both twice, and PUBREL.
        Members().ShouldBe(2 + 4 + 2 + 1);
        await client.DisposeAsync();
        await Eventually.HoldsAsync(() => Members() == 0, "all of its subscriptions are gone");
        server.Core.Accounts.Global.Connections.ShouldBe(1);
        await keeper.FenceAsync();
    }

    [Fact]
    public async Task Monitoring_knows_MQTT_clients_by_their_identifier()
    {
        await using MqttServer server = await MqttServer.StartAsync();
        MqttDialogue client = await server.ConnectAsync("mon", "user", "any");
        await client.SubscribeAsync("01", ("a", 1));
        client.Publish("x", "four");
        await client.FenceAsync();
        var query = new DotNats.Server.Monitoring.ConnzQuery { MqttClient = "mon", ShowUser = true };
        DotNats.Server.Monitoring.ConnectionInfo shown = server.Core.Monitoring.Connz(query).Connections.ShouldHaveSingleItem();
        (shown.Kind, shown.Type, shown.MqttClient, shown.AuthorizedUser, shown.Subscriptions).ShouldBe(("Client", "mqtt", "mon", "user", 2));
        (shown.InMsgs, shown.InBytes, shown.OutMsgs).ShouldBe((1, 27, 0));
        query = query with { MqttClient = "other" };
        server.Core.Monitoring.Connz(query).Connections.ShouldBeEmpty();
        DotNats.Server.Monitoring.VarzMqtt section = server.Core.Monitoring.Varz().Mqtt;
        (section.Host, section.Port, section.TlsTimeout).ShouldBe(("127.0.0.1", server.Core.Mqtt!.EndPoint.Port, 2));
    }

    [Fact]
    public async Task Events_tell_who_came()
    {
        await using MqttServer server = await MqttServer.StartAsync(options => options with
        {
            Accounts =
            [
                new AccountOptions { Name = "A", Users = [new UserOptions { Username = "a", Password = "a" }], JetStream = new AccountJetStreamOptions() },
                new AccountOptions { Name = "SYS", Users = [new UserOptions { Username = "s", Password = "s" }] },
            ],
            SystemAccount = "SYS",
        });
        Dialogue system = await server.ConnectNatsAsync("\"user\":\"s\",\"pass\":\"s\"");
        system.Send("SUB $SYS.ACCOUNT.A.CONNECT 1");
        (await system.FenceAsync()).ShouldBeEmpty();
        await server.ConnectAsync("eve", "a", "a");
        string line = (await system.ReadLineAsync())!;
        string body = System.Text.Encoding.UTF8.GetString(await system.ReadBytesAsync(int.Parse(line.Split(' ')[^1])));
        body.ShouldContain("\"client_type\":\"mqtt\",\"client_id\":\"eve\"");
    }

    [Fact]
    public async Task An_operator_may_send_a_client_away()
    {
        await using MqttServer server = await MqttServer.StartAsync();
        MqttDialogue client = await server.ConnectAsync("c", will: new("w", "x"));
        server.Core.Connections.All.Single().Close(CloseReason.Kicked);
        await client.ExpectAsync("closed");
        (await server.ClosedAsync(1)).ShouldBe(["c: Kicked"]);
    }

    [Fact]
    public async Task Traces_show_packets_without_their_secrets()
    {
        await using MqttServer server = await MqttServer.StartAsync(options => options with { Logging = options.Logging with { Trace = true, Debug = true } });
        MqttDialogue client = await server.ConnectAsync("c", "user", "secret", keepAlive: 10, will: new("w", "x", 1, true));
        await client.SubscribeAsync("00", ("a", 0));
        client.Publish("a", "x");
        await client.ExpectAsync("a x qos=0");
        await server.Log.ContainsAsync("Trace", "\"c\" - <<- [CONNECT clientID=c keepAlive=15s will=(topic=w QoS=1 retain=true) clean username=user password=****]");
        await server.Log.ContainsAsync("Trace", "\"c\" - ->> [CONNACK sp=false rc=0]");
        await server.Log.ContainsAsync("Trace", "\"c\" - <<- [SUBSCRIBE [a (a) QoS=0] pi=1]");
        await server.Log.ContainsAsync("Trace", "\"c\" - <<- [PUBLISH a dup=false QoS=0 retain=false size=1]");
        await server.Log.ContainsAsync("Trace", "\"c\" - <<- MSG_PAYLOAD: [\"x\"]");
        await server.Log.ContainsAsync("Trace", "\"c\" - ->> [PUBLISH a dup=false QoS=0 retain=false size=1]");
        server.Log.Lines.ShouldNotContain(line => line.Contains("secret"));
    }
}
