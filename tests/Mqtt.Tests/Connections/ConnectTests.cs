using DotNats;
using Mqtt.Tests.Harness;
using Server.Tests.Harness;
using Shouldly;
using Xunit;

namespace Mqtt.Tests.Connections;

public sealed class ConnectTests
{
    [Theory]
    [InlineData(5, "c", "CONNACK 0 1", "unacceptable protocol version of 5")]
    [InlineData(4, "a b", "CONNACK 0 2", "invalid character in client ID \"a b\"")]
    [InlineData(4, "a.b", "CONNACK 0 2", "invalid character in client ID \"a.b\"")]
    public async Task A_refused_connect_is_answered_with_its_code_and_closed(byte level, string id, string answer, string log)
    {
        await using MqttServer server = await MqttServer.StartAsync();
        MqttDialogue client = server.Open();
        client.Connect(id, level: level);
        await client.ExpectAsync(answer, "closed");
        await server.Log.ContainsAsync("Error", log);
    }

    [Fact]
    public async Task Whoever_begins_with_something_else_is_closed_without_a_word()
    {
        await using MqttServer server = await MqttServer.StartAsync();
        MqttDialogue client = server.Open();
        client.Ping();
        await client.ExpectAsync("closed");
        MqttDialogue browser = server.Open();
        browser.SendBytes("GET / HTTP/1.1\r\n\r\n"u8.ToArray());
        await browser.ExpectAsync("closed");
        await server.Log.ContainsAsync("Error", "the first packet should be a CONNECT (16), got 192");
        await server.Log.ContainsAsync("Error", "MQTT clients over websocket must connect to the Websocket port, not the MQTT port");
    }

    [Fact]
    public async Task A_second_connect_ends_the_connection()
    {
        await using MqttServer server = await MqttServer.StartAsync();
        MqttDialogue client = await server.ConnectAsync("one");
        client.Connect("one");
        await client.ExpectAsync("closed");
        (await server.ClosedAsync(1)).ShouldBe(["one: Protocol Violation"]);
        await server.Log.ContainsAsync("Error", "\"one\" - received a second CONNECT packet");
    }

    [Fact]
    public async Task Packets_may_come_in_any_pieces_and_all_at_once()
    {
        await using MqttServer server = await MqttServer.StartAsync();
        MqttDialogue slow = server.Open();
        foreach (byte one in (byte[])[.. MqttDialogue.Packet(0x10, [.. MqttDialogue.Text("MQTT"), 4, 2, 0, 0, .. MqttDialogue.Text("slow")]), 0xC0, 0]) slow.SendBytes(one);
        await slow.ExpectAsync("CONNACK 0 0", "PINGRESP");
        MqttDialogue hasty = server.Open();
        hasty.SendBytes(
        [
            .. MqttDialogue.Packet(0x10, [.. MqttDialogue.Text("MQTT"), 4, 2, 0, 0, .. MqttDialogue.Text("hasty")]),
            .. MqttDialogue.Packet(0x82, [0, 1, .. MqttDialogue.Text("a"), 0]), .. MqttDialogue.PublishPacket("a", "x"), 0xC0, 0,
        ]);
        await hasty.ExpectAsync("CONNACK 0 0", "SUBACK 1 00", "a x qos=0", "PINGRESP");
    }

    [Fact]
    public async Task What_lies_behind_the_last_field_of_a_connect_is_the_next_packet()
    {
        await using MqttServer server = await MqttServer.StartAsync();
        MqttDialogue client = server.Open();
        client.SendBytes(MqttDialogue.Packet(0x10, [.. MqttDialogue.Text("MQTT"), 4, 2, 0, 0, .. MqttDialogue.Text("c"), 0xC0, 0]));
        await client.ExpectAsync("CONNACK 0 0", "PINGRESP");
    }

    [Fact]
    public async Task Users_log_in_and_others_are_not_authorized()
    {
        await using MqttServer server = await MqttServer.StartAsync(MqttServer.Users(
            new UserOptions { Username = "u", Password = "p" },
            new UserOptions { Username = "m", Password = "m", AllowedConnectionTypes = ["MQTT"] },
            new UserOptions { Username = "n", Password = "n", AllowedConnectionTypes = ["STANDARD"] }));
        await server.ConnectAsync("a", "u", "p");
        await server.ConnectAsync("b", "m", "m");
        foreach ((string? user, string? password) in new[] { ("u", "x"), ("n", "n"), ("u", null), ((string?)null, (string?)null) })
        {
            MqttDialogue refused = server.Open();
            refused.Connect("r", user, password);
            await refused.ExpectAsync("CONNACK 0 5", "closed");
        }

        (await server.ClosedAsync(4)).ShouldAllBe(closed => closed == "r: Authentication Failure");
        await server.Log.ContainsAsync("Error", "\"r\" - authentication error - User \"n\"");
        await server.Log.ContainsAsync("Error", "\"r\" - unable to connect: authentication error");
    }

    [Fact]
    public async Task The_password_may_be_the_servers_token()
    {
        await using MqttServer server = await MqttServer.StartAsync(options => options with { Authorization = new AuthorizationOptions { Token = "tok", IsDefined = true } });
        await server.ConnectAsync("a", "any", "tok");
        MqttDialogue refused = server.Open();
        refused.Connect("r", "any", "other");
        await refused.ExpectAsync("CONNACK 0 5", "closed");
    }

    [Fact]
    public async Task The_listeners_own_login_stands_in_place_of_the_servers()
    {
        await using MqttServer server = await MqttServer.StartAsync(mqtt: mqtt => mqtt with { Username = "mu", Password = "mp" });
        await server.ConnectAsync("a", "mu", "mp");
        MqttDialogue refused = server.Open();
        refused.Connect("r");
        await refused.ExpectAsync("CONNACK 0 5", "closed");
        Dialogue nats = await server.ConnectNatsAsync();
        (await nats.FenceAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Its_own_no_auth_user_lets_in_who_says_nothing()
    {
        await using MqttServer server = await MqttServer.StartAsync(
            MqttServer.Users(new UserOptions { Username = "u", Password = "p" }), mqtt => mqtt with { NoAuthUser = "u" });
        await server.ConnectAsync("a");
        Dialogue nats = await server.ConnectNatsAsync("\"user\":\"u\",\"pass\":\"p\"");
        (await nats.FenceAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_bcrypt_password_is_checked_while_the_connection_waits()
    {
        // "secret", with the least cost there is.
        const string Hash = "$2a$04$X.1Hs3yf6Xs1zC8VYk5sxOaJ9DLv5S0q1Vj0oVgV2kH0oGQ8Nn3dO";
        await using MqttServer server = await MqttServer.StartAsync(MqttServer.Users(new UserOptions { Username = "u", Password = Hash }));
        MqttDialogue refused = server.Open();
        refused.Connect("r", "u", "wrong");
        refused.Ping();
        await refused.ExpectAsync("CONNACK 0 5", "closed");
    }

    [Fact]
    public async Task Who_does_not_say_who_it_is_in_time_is_closed()
    {
        await using MqttServer server = await MqttServer.StartAsync(mqtt: mqtt => mqtt with { Username = "u", Password = "p", AuthTimeout = TimeSpan.FromSeconds(1) });
        MqttDialogue client = server.Open();
        await Eventually.HoldsAsync(() => server.Core.Connections.Count == 1);
        server.Time.Advance(TimeSpan.FromSeconds(2));
        await client.ExpectAsync("closed");
        (await server.ClosedAsync(1)).ShouldBe([": Authentication Timeout"]);
    }

    [Fact]
    public async Task An_account_that_is_full_and_a_server_that_is_full_take_no_more()
    {
        await using MqttServer server = await MqttServer.StartAsync(options => options with
        {
            Limits = options.Limits with { MaxConnections = 2 },
            Accounts = [new AccountOptions { Name = "A", Users = [new UserOptions { Username = "a", Password = "a" }], Limits = new AccountLimitOptions { MaxConnections = 1 }, JetStream = new AccountJetStreamOptions() }],
        });
        await server.ConnectAsync("one", "a", "a");
        MqttDialogue second = server.Open();
        second.Connect("two", "a", "a");
        await second.ExpectAsync("closed");
        MqttDialogue idle = server.Open();
        await Eventually.HoldsAsync(() => server.Core.Connections.Count == 2);
        await server.Open().ExpectAsync("closed");
        await idle.DisposeAsync();
        (await server.ClosedAsync(3)).ShouldBe([": Client Closed", ": Maximum Connections Exceeded", "two: Maximum Account Connections Exceeded"]);
    }

    [Fact]
    public async Task An_account_without_JetStream_has_no_sessions()
    {
        await using MqttServer server = await MqttServer.StartAsync(options => options with
        {
            Accounts = [new AccountOptions { Name = "A", Users = [new UserOptions { Username = "a", Password = "a" }] }],
        });
        MqttDialogue client = server.Open();
        client.Connect("one", "a", "a");
        await client.ExpectAsync("closed");
        await server.Log.ContainsAsync("Error", "unable to connect: ");
        await server.Log.ContainsAsync("Error", "JetStream not enabled for account (10039)");
    }

    [Fact]
    public async Task The_same_holds_without_loops()
    {
        await using MqttServer server = await MqttServer.StartAsync(isPortable: true);
        MqttDialogue client = await server.ConnectAsync("c");
        await client.SubscribeAsync("01", ("a", 1));
        client.Publish("a", "x", qos: 1, id: 7);
        await client.ExpectInAnyOrderAsync("PUBACK 7", "a x qos=1 id=1");
        await client.FenceAsync();
    }
}
