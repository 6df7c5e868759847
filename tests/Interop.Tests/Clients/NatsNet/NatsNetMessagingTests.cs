using NATS.Client.Core;
using Shouldly;
using Xunit;
using static Interop.Tests.NatsNetClient;

namespace Interop.Tests;

/// <summary>NATS.Net: publish and subscribe.</summary>
public sealed class NatsNetMessagingTests
{
    [Fact]
    public async Task Connect_reports_the_server()
    {
        await using ServerProcess server = await ServerProcess.StartAsync();
        await using NatsConnection nats = await ConnectAsync(server);
        INatsServerInfo info = nats.ServerInfo.ShouldNotBeNull();
        info.Version.ShouldStartWith("2.15.");
        info.MaxPayload.ShouldBe(1024 * 1024);
        info.HeadersSupported.ShouldBeTrue();
        info.ClientId.ShouldBeGreaterThan(0UL);
        info.ClientIp.ShouldBe("127.0.0.1");
        info.Port.ShouldBe(server.Port);
    }

    [Fact]
    public async Task Publish_reaches_the_subscriber_on_another_connection()
    {
        await using ServerProcess server = await ServerProcess.StartAsync();
        await using NatsConnection publisher = await ConnectAsync(server);
        await using NatsConnection subscriber = await ConnectAsync(server);
        await using INatsSub<string> sub = await subscriber.SubscribeNowAsync<string>("greetings");
        await publisher.PublishAsync("greetings", "hello");
        NatsMsg<string> message = await sub.NextAsync();
        message.Subject.ShouldBe("greetings");
        message.Data.ShouldBe("hello");
    }

    [Theory]
    [InlineData("a.*.c", new[] { "a.b.c", "a.x.c" })]
    [InlineData("a.>", new[] { "a.c", "a.b.c", "a.b.b.c", "a.x.c" })]
    [InlineData("a.b.c", new[] { "a.b.c" })]
    [InlineData("*.*", new[] { "a.c" })]
    public async Task Wildcards_select_subjects(string filter, string[] expected)
    {
        await using ServerProcess server = await ServerProcess.StartAsync();
        await using NatsConnection nats = await ConnectAsync(server);
        await using INatsSub<string> sub = await nats.SubscribeNowAsync<string>(filter);
        await using INatsSub<string> end = await nats.SubscribeNowAsync<string>("end");
        foreach (string subject in new[] { "a", "a.c", "a.b.c", "a.b.b.c", "a.x.c", "b.a.c.d" })
            await nats.PublishAsync(subject, subject);
        await nats.PublishAsync("end", "");
        await end.NextAsync();
        await sub.ShouldGetAsync(expected);
        sub.Msgs.TryRead(out _).ShouldBeFalse();
    }

    [Fact]
    public async Task Queue_group_takes_each_message_once()
    {
        await using ServerProcess server = await ServerProcess.StartAsync();
        await using NatsConnection nats = await ConnectAsync(server);
        INatsSub<int>[] members = [.. await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => nats.SubscribeNowAsync<int>("jobs", "workers")))];
        for (int i = 0; i < 600; i++)
            await nats.PublishAsync("jobs", i);
        await nats.PingAsync();
        List<int> seen = [];
        foreach (INatsSub<int> member in members)
        {
            int before = seen.Count;
            while (member.Msgs.TryRead(out NatsMsg<int> message))
                seen.Add(message.Data);
            (seen.Count - before).ShouldBeGreaterThan(60);
        }

        seen.Order().ShouldBe(Enumerable.Range(0, 600));
    }

    [Fact]
    public async Task Headers_travel_with_the_message()
    {
        await using ServerProcess server = await ServerProcess.StartAsync();
        await using NatsConnection nats = await ConnectAsync(server);
        await using INatsSub<string> sub = await nats.SubscribeNowAsync<string>("h");
        await nats.PublishAsync("h", "body", new NatsHeaders { ["Colour"] = new(["red", "green"]), ["x-lower"] = "kept as it is" });
        NatsMsg<string> message = await sub.NextAsync();
        message.Data.ShouldBe("body");
        message.Headers.ShouldNotBeNull()["Colour"].ToArray().ShouldBe(["red", "green"]);
        message.Headers["x-lower"].ToString().ShouldBe("kept as it is");
    }

    [Fact]
    public async Task Subscription_ends_after_its_maximum()
    {
        await using ServerProcess server = await ServerProcess.StartAsync();
        await using NatsConnection nats = await ConnectAsync(server);
        await using INatsSub<int> sub = await nats.SubscribeNowAsync<int>("s", opts: new NatsSubOpts { MaxMsgs = 3 });
        for (int i = 0; i < 10; i++)
            await nats.PublishAsync("s", i);
        using CancellationTokenSource limit = new(Eventually.Limit);
        List<int> got = await sub.Msgs.ReadAllAsync(limit.Token).Select(message => message.Data).ToListAsync(limit.Token);
        got.ShouldBe([0, 1, 2]);
    }

    [Fact]
    public async Task No_echo_keeps_own_messages_away()
    {
        await using ServerProcess server = await ServerProcess.StartAsync();
        await using NatsConnection quiet = await ConnectAsync(OptionsFor(server) with { Echo = false });
        await using NatsConnection other = await ConnectAsync(server);
        await using INatsSub<string> sub = await quiet.SubscribeNowAsync<string>("e");
        await quiet.PublishAsync("e", "own");
        await quiet.PingAsync();
        await other.PublishAsync("e", "other's");
        await sub.ShouldGetAsync("other's");
    }

    [Fact]
    public async Task Verbose_client_is_served()
    {
        await using ServerProcess server = await ServerProcess.StartAsync();
        await using NatsConnection nats = await ConnectAsync(OptionsFor(server) with { Verbose = true });
        await using INatsSub<string> sub = await nats.SubscribeNowAsync<string>("v");
        await nats.PublishAsync("v", "ok");
        await sub.ShouldGetAsync("ok");
    }

    [Fact]
    public async Task Payload_as_large_as_the_limit_passes()
    {
        await using ServerProcess server = await ServerProcess.StartAsync();
        await using NatsConnection nats = await ConnectAsync(server);
        await using INatsSub<byte[]> sub = await nats.SubscribeNowAsync<byte[]>("big");
        byte[] payload = new byte[nats.ServerInfo!.MaxPayload];
        new Random(7).NextBytes(payload);
        await nats.PublishAsync("big", payload);
        (await sub.NextAsync()).Data!.AsSpan().SequenceEqual(payload).ShouldBeTrue();
    }

    [Fact]
    public async Task Payload_above_the_limit_ends_the_connection()
    {
        await using ServerProcess server = await ServerProcess.StartAsync(ScenarioCatalog.SmallPayload);
        await using NatsConnection nats = await ConnectAsync(server);
        nats.ServerInfo!.MaxPayload.ShouldBe(64);
        await Should.ThrowAsync<NatsException>(async () => await nats.PublishAsync("big", new byte[65]));
        await using INatsSub<byte[]> sub = await nats.SubscribeNowAsync<byte[]>("big");
        await nats.PublishAsync("big", new byte[64]);
        (await sub.NextAsync()).Data!.Length.ShouldBe(64);
    }

    [Fact]
    public async Task Hundred_thousand_messages_arrive_in_order()
    {
        await using ServerProcess server = await ServerProcess.StartAsync();
        await using NatsConnection publisher = await ConnectAsync(server);
        await using NatsConnection subscriber = await ConnectAsync(server);
        await using INatsSub<int> sub = await subscriber.SubscribeNowAsync<int>("n");
        Task publishing = Task.Run(async () =>
        {
            for (int i = 0; i < 100_000; i++)
                await publisher.PublishAsync("n", i);
        });
        for (int i = 0; i < 100_000; i++)
            (await sub.NextAsync()).Data.ShouldBe(i);
        await publishing;
    }
}
