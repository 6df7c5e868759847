using DotNats.Client;
using DotNats.Tests.Harness;
using Shouldly;
using Xunit;

namespace DotNats.Tests.Client;

/// <summary>The client against a real server of ours, over a socket and inside the process.</summary>
public abstract class MessagingTests(SocketTransport transport) : IAsyncLifetime
{
    private NatsServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await transport.StartAsync(new NatsServerOptions { Host = "127.0.0.1", Port = 0 });

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_is_published_arrives(bool inProcess)
    {
        await using NatsConnection nats = await ConnectAsync(inProcess);
        NatsSubscription subscription = nats.Subscribe("greet.*");
        await nats.PublishAsync("greet.world", "hello", reply: "thank.you");

        NatsMessage message = await subscription.NextAsync();
        message.Subject.ShouldBe("greet.world");
        message.Reply.ShouldBe("thank.you");
        message.Text.ShouldBe("hello");
        message.Headers.ShouldBeNull();
    }

    [Fact]
    public async Task Headers_keep_order_repeats_and_case()
    {
        await using NatsConnection nats = await ConnectAsync();
        NatsSubscription subscription = nats.Subscribe("a");
        var headers = new NatsHeaders { { "X", "1" }, { "x", "ü" }, { "X", "" } };
        await nats.PublishAsync("a", new byte[] { 7 }, headers: headers);

        NatsMessage message = await subscription.NextAsync();
        message.Headers!.ShouldBe([new("X", "1"), new("x", "ü"), new("X", "")]);
        message.Headers!.GetAll("X").ShouldBe(["1", ""]);
        message.Headers!["missing"].ShouldBeNull();
        message.Payload.ToArray().ShouldBe([7]);
    }

    [Fact]
    public async Task One_member_of_a_queue_group_gets_each_message()
    {
        await using NatsConnection nats = await ConnectAsync();
        NatsSubscription first = nats.Subscribe("work", "workers"), second = nats.Subscribe("work", "workers");
        for (int i = 0; i < 200; i++) await nats.PublishAsync("work", $"{i}");
        await nats.FlushAsync();

        (first.PendingMessages + second.PendingMessages).ShouldBe(200);
        first.PendingMessages.ShouldBeInRange(1, 199);
    }

    [Fact]
    public async Task A_subscription_ends_after_its_maximum()
    {
        await using NatsConnection nats = await ConnectAsync();
        NatsSubscription subscription = nats.Subscribe("a", new NatsSubscriptionOptions { MaxMessages = 2 });
        for (int i = 0; i < 5; i++) await nats.PublishAsync("a", $"{i}");

        (await ReadAllAsync(subscription)).ShouldBe(["0", "1"]);
        await Should.ThrowAsync<NatsException>(() => subscription.NextAsync());
    }

    [Fact]
    public async Task UnsubscribeAfter_counts_what_came_before()
    {
        await using NatsConnection nats = await ConnectAsync();
        NatsSubscription subscription = nats.Subscribe("a");
        await nats.PublishAsync("a", "0");
        await nats.FlushAsync();
        subscription.UnsubscribeAfter(2);
        for (int i = 1; i < 5; i++) await nats.PublishAsync("a", $"{i}");

        (await ReadAllAsync(subscription)).ShouldBe(["0", "1"]);
    }

    [Fact]
    public async Task A_disposed_subscription_gets_nothing_more()
    {
        await using NatsConnection nats = await ConnectAsync();
        NatsSubscription subscription = nats.Subscribe("a");
        await nats.PublishAsync("a", "before");
        await nats.FlushAsync();
        await subscription.DisposeAsync();
        await nats.PublishAsync("a", "after");
        await nats.FlushAsync();

        (await ReadAllAsync(subscription)).ShouldBe(["before"]);
        _server.CountClientSubscriptions().ShouldBe(0);
    }

    [Fact]
    public async Task Draining_a_subscription_keeps_what_was_on_its_way()
    {
        await using NatsConnection nats = await ConnectAsync();
        NatsSubscription subscription = nats.Subscribe("a");
        for (int i = 0; i < 1000; i++) await nats.PublishAsync("a", $"{i}");
        await subscription.DrainAsync();

        (await ReadAllAsync(subscription)).Count.ShouldBe(1000);
    }

    [Fact]
    public async Task Draining_a_connection_waits_for_its_readers_and_closes()
    {
        NatsConnection nats = await ConnectAsync();
        NatsSubscription subscription = nats.Subscribe("a");
        for (int i = 0; i < 1000; i++) await nats.PublishAsync("a", $"{i}");
        Task<List<string>> reading = ReadAllAsync(subscription);
        await Eventually.ComesAsync(nats.DrainAsync());

        (await Eventually.ComesAsync(reading)).Count.ShouldBe(1000);
        nats.IsConnected.ShouldBeFalse();
        nats.CloseCause.ShouldBeNull();
    }

    [Fact]
    public async Task Without_echo_own_messages_stay_away()
    {
        await using NatsConnection nats = await NatsConnection.ConnectAsync(_server.ConnectInProcess(), new NatsConnectionOptions { Echo = false });
        NatsSubscription subscription = nats.Subscribe("a");
        await nats.PublishAsync("a", "to myself");
        await nats.FlushAsync();

        subscription.PendingMessages.ShouldBe(0);
    }

    [Fact]
    public async Task Disposing_sends_what_was_published()
    {
        await using NatsConnection receiver = await ConnectAsync();
        NatsSubscription subscription = receiver.Subscribe("a");
        await receiver.FlushAsync();
        await using (NatsConnection sender = await ConnectAsync(inProcess: false))
        {
            for (int i = 0; i < 20_000; i++) await sender.PublishAsync("a", $"{i}");
        }

        for (int i = 0; i < 20_000; i++) (await subscription.NextAsync()).Text.ShouldBe($"{i}");
    }

    [Fact]
    public async Task Each_subject_keeps_its_name_behind_a_wildcard()
    {
        await using NatsConnection nats = await ConnectAsync();
        NatsSubscription all = nats.Subscribe(">"), grüße = nats.Subscribe("grüße.*");
        await nats.PublishAsync("grüße.welt", "");

        (await all.NextAsync()).Subject.ShouldBe("grüße.welt");
        (await grüße.NextAsync()).Payload.Length.ShouldBe(0);
    }

    [Fact]
    public async Task Round_trips_are_measured()
    {
        await using NatsConnection nats = await ConnectAsync();

        (await nats.PingAsync()).ShouldBeGreaterThan(TimeSpan.Zero);
    }

    [Theory]
    [InlineData("")]
    [InlineData("a b")]
    [InlineData("a\r\nPUB b 0\r\n")]
    public async Task Subjects_that_would_break_the_line_are_refused(string subject)
    {
        await using NatsConnection nats = await ConnectAsync();

        Should.Throw<ArgumentException>(() => nats.TryPublish(subject, "x"u8));
        Should.Throw<ArgumentException>(() => nats.TryPublish("a", "x"u8, reply: subject));
        Should.Throw<ArgumentException>(() => nats.Subscribe(subject));
        Should.Throw<ArgumentException>(() => nats.Subscribe("a", subject));
    }

    [Fact]
    public async Task Messages_over_max_payload_are_refused_here()
    {
        await using NatsConnection nats = await ConnectAsync();
        byte[] payload = new byte[nats.ServerInfo.MaxPayloadBytes];

        nats.TryPublish("a", payload).ShouldBeTrue();
        Should.Throw<NatsException>(() => nats.TryPublish("a", payload, headers: new NatsHeaders { { "a", "b" } }));
        await nats.FlushAsync();
    }

    private async Task<NatsConnection> ConnectAsync(bool inProcess = true) => inProcess
        ? await NatsConnection.ConnectAsync(_server.ConnectInProcess())
        : await NatsConnection.ConnectAsync(new NatsConnectionOptions { Url = _server.ClientUrl });

    private static async Task<List<string>> ReadAllAsync(NatsSubscription subscription)
    {
        var texts = new List<string>();
        using var cancel = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        await foreach (NatsMessage message in subscription.WithCancellation(cancel.Token)) texts.Add(message.Text);
        return texts;
    }
}

public sealed class MessagingTestsOverLoops() : MessagingTests(SocketTransport.Loops);

public sealed class MessagingTestsOverStreams() : MessagingTests(SocketTransport.Streams);
