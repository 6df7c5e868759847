using System.Text;
using DotNats;
using Server.Tests.Harness;
using Shouldly;
using Xunit;

namespace Server.Tests.Connections;

public sealed class ClientSessionTests
{
    [Fact]
    public async Task Info_comes_first_and_names_the_limits()
    {
        await using TestServer server = await TestServer.StartAsync(new NatsServerOptions { Limits = new LimitOptions { MaxPayloadBytes = 4321 } });
        string info = await server.Open().ReadInfoAsync();
        info.ShouldContain("\"max_payload\":4321");
        info.ShouldContain("\"headers\":true");
    }

    [Fact]
    public async Task A_cluster_that_is_only_named_is_told()
    {
        await using TestServer server = await TestServer.StartAsync(new NatsServerOptions { Cluster = new ClusterOptions { Name = "cl" } });
        (await server.Open().ReadInfoAsync()).ShouldContain("\"cluster\":\"cl\"");
        server.Server.Monitoring.Varz().Cluster.Name.ShouldBe("cl");
    }

    [Fact]
    public async Task A_message_reaches_every_matching_subscription_once()
    {
        await using TestServer server = await TestServer.StartAsync();
        Dialogue a = await server.ConnectAsync(), b = await server.ConnectAsync();
        a.Send("SUB foo.* 1", "SUB foo.> 2");
        await a.FenceAsync();
        b.Send("PUB foo.bar re.ply 2", "hi");
        await b.FenceAsync();
        List<string> lines = await a.FenceAsync();
        lines.Count.ShouldBe(4);
        lines.ShouldContain("MSG foo.bar 1 re.ply 2");
        lines.ShouldContain("MSG foo.bar 2 re.ply 2");
    }

    [Fact]
    public async Task Split_bytes_make_the_same_conversation()
    {
        await using TestServer server = await TestServer.StartAsync();
        Dialogue client = server.Open();
        foreach (byte one in Encoding.ASCII.GetBytes("CONNECT {\"verbose\":true,\"headers\":true}\r\nSUB a.> 1\r\nPUB a.b.c ret 3\r\nabc\r\nHPUB a.h 12 13\r\nNATS/1.0\r\n\r\nz\r\nPING\r\n"))
            client.SendBytes([one]);
        await client.ExpectAsync("+OK", "+OK", "+OK", "MSG a.b.c 1 ret 3", "abc", "+OK", "HMSG a.h 1 12 13", "NATS/1.0", "", "z", "PONG");
    }

    [Fact]
    public async Task A_client_without_headers_gets_the_payload_alone()
    {
        await using TestServer server = await TestServer.StartAsync();
        Dialogue old = server.Open();
        old.Send("CONNECT {\"verbose\":false}", "SUB h 1");
        await old.FenceAsync();
        Dialogue modern = await server.ConnectAsync();
        modern.Send("HPUB h 12 14", "NATS/1.0", "", "ok");
        await modern.FenceAsync();
        await old.ExpectAsync("MSG h 1 2", "ok");
    }

    [Fact]
    public async Task Nobody_there_is_told_to_the_asking_subscription()
    {
        await using TestServer server = await TestServer.StartAsync();
        Dialogue client = await server.ConnectAsync();
        client.Send("SUB _INBOX.* 7", "PUB nobody _INBOX.1 0", "");
        await client.ExpectAsync("HMSG _INBOX.1 7 38 38", "NATS/1.0 503", "Nats-Subject: nobody", "", "");
    }

    [Fact]
    public async Task Unsub_with_a_maximum_counts_what_was_delivered_before()
    {
        await using TestServer server = await TestServer.StartAsync();
        Dialogue client = await server.ConnectAsync();
        client.Send("SUB m 1", "PUB m 1", "a", "UNSUB 1 2", "PUB m 1", "b", "PUB m 1", "c");
        (await client.FenceAsync()).ShouldBe(["MSG m 1 1", "a", "MSG m 1 1", "b"]);
    }

    [Fact]
    public async Task One_member_of_a_queue_group_gets_each_message()
    {
        await using TestServer server = await TestServer.StartAsync();
        Dialogue a = await server.ConnectAsync(), b = await server.ConnectAsync(), publisher = await server.ConnectAsync();
        a.Send("SUB q workers 1");
        b.Send("SUB q workers 1");
        await a.FenceAsync();
        await b.FenceAsync();
        for (int i = 0; i < 200; i++) publisher.Send("PUB q 1", "x");
        await publisher.FenceAsync();
        int first = (await a.FenceAsync()).Count / 2, second = (await b.FenceAsync()).Count / 2;
        (first + second).ShouldBe(200);
        first.ShouldBeInRange(50, 150);
    }

    [Fact]
    public async Task A_message_over_the_limit_ends_the_connection_at_its_control_line()
    {
        await using TestServer server = await TestServer.StartAsync(new NatsServerOptions { Limits = new LimitOptions { MaxPayloadBytes = 10 } });
        Dialogue client = await server.ConnectAsync();
        client.Send("PUB a 11");
        await client.ExpectClosedAsync("-ERR 'Maximum Payload Violation'");
    }

    [Theory]
    [InlineData("FOO")]
    [InlineData("PUBX a 1")]
    [InlineData("MSG a 1 1")]
    public async Task An_unknown_verb_ends_the_connection(string line)
    {
        await using TestServer server = await TestServer.StartAsync();
        Dialogue client = await server.ConnectAsync();
        client.Send(line);
        await client.ExpectClosedAsync("-ERR 'Unknown Protocol Operation'");
    }

    [Fact]
    public async Task A_control_line_that_never_ends_is_cut_off_at_the_limit()
    {
        await using TestServer server = await TestServer.StartAsync(new NatsServerOptions { Limits = new LimitOptions { MaxControlLineBytes = 256 } });
        Dialogue client = await server.ConnectAsync();
        client.SendBytes(Encoding.ASCII.GetBytes("PUB " + new string('a', 3000)));
        await client.ExpectClosedAsync("-ERR 'maximum control line exceeded'");
    }

    [Fact]
    public async Task Without_echo_own_messages_stay_away()
    {
        await using TestServer server = await TestServer.StartAsync();
        Dialogue client = await server.ConnectAsync("\"echo\":false");
        client.Send("SUB e 1", "PUB e 1", "x");
        (await client.FenceAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Subscriptions_over_the_limit_are_refused_and_the_connection_stays()
    {
        await using TestServer server = await TestServer.StartAsync(new NatsServerOptions { Limits = new LimitOptions { MaxSubscriptions = 1 } });
        Dialogue client = await server.ConnectAsync();
        client.Send("SUB a 1", "SUB b 2", "PUB a 0", "");
        (await client.FenceAsync()).ShouldBe(["-ERR 'maximum subscriptions exceeded'", "MSG a 1 0", ""]);
    }

    [Fact]
    public async Task A_subscription_ends_with_its_connection()
    {
        await using TestServer server = await TestServer.StartAsync();
        Dialogue leaver = await server.ConnectAsync(), stayer = await server.ConnectAsync("\"no_responders\":true");
        leaver.Send("SUB gone 1");
        await leaver.FenceAsync();
        await leaver.DisposeAsync();
        stayer.Send("SUB in 1");
        string? line;
        do
        {
            stayer.Send("PUB gone in 0", "");
            line = (await stayer.FenceAsync()).FirstOrDefault();
        }
        while (line is null);
        line.ShouldStartWith("HMSG in 1");
    }
}
