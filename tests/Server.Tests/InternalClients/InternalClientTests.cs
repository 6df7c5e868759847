using System.Collections.Concurrent;
using System.Text;
using DotNats.Server.Accounts;
using DotNats.Server.InternalClients;
using Server.Tests.Harness;
using Shouldly;
using Xunit;

namespace Server.Tests.InternalClients;

public sealed class InternalClientTests
{
    [Fact]
    public async Task What_a_part_of_the_server_publishes_reaches_clients_with_reply_and_headers()
    {
        await using TestServer server = await TestServer.StartAsync();
        Dialogue client = await server.ConnectAsync();
        client.Send("SUB a.* 7");
        await client.FenceAsync();
        using InternalClient part = ClientOf(server);
        part.Publish("a.b"u8, "re"u8, default, "hi"u8).ShouldBeTrue();
        part.Publish("a.c"u8, default, "NATS/1.0\r\nK: v\r\n\r\n"u8, "hi"u8).ShouldBeTrue();
        part.Publish("z"u8, default, default, default).ShouldBeFalse();
        await client.ExpectAsync("MSG a.b 7 re 2", "hi", "HMSG a.c 7 18 20", "NATS/1.0", "K: v", "", "hi");
    }

    [Fact]
    public async Task A_handler_gets_a_copy_that_outlives_the_publishers_buffer()
    {
        await using TestServer server = await TestServer.StartAsync();
        Dialogue client = await server.ConnectAsync();
        using InternalClient part = ClientOf(server);
        var received = new ConcurrentQueue<InternalMessage>();
        part.Subscribe("svc.>", null, received.Enqueue);
        client.Send("PUB svc.one re 3", "abc", "HPUB svc.two 12 15", "NATS/1.0", "", "xyz", "PUB other 1", "q");
        await Eventually.HoldsAsync(() => received.Count == 2, "both messages arrive");
        InternalMessage[] messages = [.. received];
        messages.Select(message => Encoding.ASCII.GetString(message.Subject)).ShouldBe(["svc.one", "svc.two"]);
        messages.Select(message => Encoding.ASCII.GetString(message.Payload)).ShouldBe(["abc", "xyz"]);
        messages.Select(message => Encoding.ASCII.GetString(message.Reply)).ShouldBe(["re", ""]);
        messages.Select(message => message.Headers.Length).ShouldBe([0, 12]);
        messages[0].Origin!.Id.ShouldBe(5UL);
    }

    [Fact]
    public async Task A_request_is_answered_and_a_queue_group_gets_it_once()
    {
        await using TestServer server = await TestServer.StartAsync();
        Dialogue client = await server.ConnectAsync();
        client.Send("SUB in 1");
        using InternalClient part = ClientOf(server);
        for (int i = 0; i < 3; i++) part.Subscribe("svc", "q", request => part.Respond(request, default, "pong"u8).ShouldBeTrue());
        client.Send("PUB svc in 0", "");
        await client.ExpectAsync("MSG in 1 4", "pong");
        (await client.FenceAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_request_to_a_part_that_has_no_room_is_told_that_nobody_responds()
    {
        await using TestServer server = await TestServer.StartAsync();
        Dialogue client = await server.ConnectAsync();
        using var gate = new SemaphoreSlim(0);
        using var part = new InternalClient(server.Server.Core, server.Server.Core.Accounts.Global, "test", maxMessages: 2);
        part.Subscribe("svc", null, _ => gate.Wait(Eventually.Limit));
        client.Send("SUB in 1", "PUB svc in 0", "", "PUB svc in 0", "", "PUB svc in 0", "");
        (await client.FenceAsync()).ShouldBe(["HMSG in 1 35 35", "NATS/1.0 503", "Nats-Subject: svc", "", ""]);
        (part.Pending, part.Refused).ShouldBe((2, 1L));
        gate.Release(2);
    }

    [Fact]
    public async Task A_handler_that_throws_leaves_the_others_alone()
    {
        await using TestServer server = await TestServer.StartAsync();
        Dialogue client = await server.ConnectAsync();
        client.Send("SUB in 1");
        using InternalClient part = ClientOf(server);
        part.Subscribe("bad", null, _ => throw new InvalidOperationException());
        part.Subscribe("good", null, request => part.Respond(request, default, "ok"u8));
        client.Send("PUB bad 0", "", "PUB good in 0", "");
        await client.ExpectAsync("MSG in 1 2", "ok");
    }

    [Fact]
    public async Task Disposing_ends_every_subscription()
    {
        await using TestServer server = await TestServer.StartAsync();
        Account account = server.Server.Core.Accounts.Global;
        int before = account.Subscriptions.Count;
        InternalClient part = ClientOf(server);
        InternalSubscription one = part.Subscribe("one", null, _ => { });
        part.Subscribe("two", "q", _ => { });
        account.Subscriptions.Count.ShouldBe(before + 2);
        one.Dispose();
        one.Dispose();
        account.Subscriptions.Count.ShouldBe(before + 1);
        part.Dispose();
        account.Subscriptions.Count.ShouldBe(before);
        Should.Throw<ObjectDisposedException>(() => part.Subscribe("three", null, _ => { }));
    }

    private static InternalClient ClientOf(TestServer server) => new(server.Server.Core, server.Server.Core.Accounts.Global, "test");
}
