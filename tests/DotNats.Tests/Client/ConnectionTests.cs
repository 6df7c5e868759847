using System.Net;
using System.Net.Sockets;
using DotNats.Client;
using DotNats.Protocol;
using DotNats.Security;
using DotNats.Tests.Harness;
using Microsoft.Extensions.Time.Testing;
using Shouldly;
using Xunit;

namespace DotNats.Tests.Client;

/// <summary>What the client does when the other side is slow, silent, strange or gone.</summary>
public sealed class ConnectionTests
{
    [Fact]
    public async Task The_servers_words_about_itself_are_kept()
    {
        (ScriptedPeer peer, NatsConnection nats) = await ScriptedPeer.ConnectAsync();
        var changed = new TaskCompletionSource<ServerInfo>();
        nats.ServerInfoChanged += (_, info) => changed.TrySetResult(info);
        nats.ServerInfo.ServerName.ShouldBe("scripted");
        peer.Say("""INFO {"server_id":"N1","ldm":true,"connect_urls":["a:1","b:2"],"max_payload":100}""");

        ServerInfo info = await Eventually.ComesAsync(changed.Task);
        info.LameDuckMode.ShouldBeTrue();
        info.ConnectUrls.ShouldBe(["a:1", "b:2"]);
        nats.ServerInfo.MaxPayloadBytes.ShouldBe(100);
        await peer.DisposeAsync();
        await nats.DisposeAsync();
    }

    [Fact]
    public async Task Pings_are_answered()
    {
        (ScriptedPeer peer, NatsConnection nats) = await ScriptedPeer.ConnectAsync();
        peer.Say("PING");

        await peer.HearAsync("PONG");
        await peer.DisposeAsync();
        await nats.DisposeAsync();
    }

    [Fact]
    public async Task Messages_may_arrive_in_any_pieces()
    {
        (ScriptedPeer peer, NatsConnection nats) = await ScriptedPeer.ConnectAsync();
        NatsSubscription subscription = nats.Subscribe("a.*");
        await peer.HearAsync("SUB a.* 2");
        foreach (char c in "MSG a.b 2 r 5\r\nhello\r\nhmsg a.c 2 24 25\r\nNATS/1.0 503 No\r\nA:b\r\n\r\n!\r\n") peer.SayRaw(c.ToString());

        NatsMessage first = await subscription.NextAsync(), second = await subscription.NextAsync();
        (first.Subject, first.Reply, first.Text).ShouldBe(("a.b", "r", "hello"));
        (second.Subject, second.Reply, second.Text).ShouldBe(("a.c", null, "!"));
        (second.Headers!.Status, second.Headers!.Description, second.Headers!["A"]).ShouldBe((503, "No", "b"));
        await peer.DisposeAsync();
        await nats.DisposeAsync();
    }

    [Fact]
    public async Task A_full_queue_drops_counts_and_tells_once()
    {
        (ScriptedPeer peer, NatsConnection nats) = await ScriptedPeer.ConnectAsync();
        var told = new List<NatsErrorEventArgs>();
        nats.ErrorOccurred += (_, error) => told.Add(error);
        NatsSubscription subscription = nats.Subscribe("a", new NatsSubscriptionOptions { QueueCapacity = 3 });
        await peer.HearAsync("SUB a 2");
        for (int i = 0; i < 10; i++) peer.SayRaw($"MSG a 2 1\r\n{i}\r\n");
        await Eventually.HoldsAsync(() => subscription.DroppedMessages == 7, "seven dropped");

        told.Count.ShouldBe(1);
        (told[0].Kind, told[0].Subscription).ShouldBe((NatsErrorKind.SlowConsumer, subscription));
        for (int i = 0; i < 3; i++) (await subscription.NextAsync()).Text.ShouldBe($"{i}");
        await peer.DisposeAsync();
        await nats.DisposeAsync();
    }

    [Fact]
    public async Task A_subscription_may_make_the_connection_wait_instead()
    {
        (ScriptedPeer peer, NatsConnection nats) = await ScriptedPeer.ConnectAsync();
        NatsSubscription subscription = nats.Subscribe("a", new NatsSubscriptionOptions { QueueCapacity = 1, WhenFull = NatsQueueFullMode.PauseConnection });
        await peer.HearAsync("SUB a 2");
        for (int i = 0; i < 100; i++) peer.SayRaw($"MSG a 2 {$"{i}".Length}\r\n{i}\r\n");
        for (int i = 0; i < 100; i++) (await subscription.NextAsync()).Text.ShouldBe($"{i}");

        subscription.DroppedMessages.ShouldBe(0);
        await peer.DisposeAsync();
        await nats.DisposeAsync();
    }

    [Fact]
    public async Task Publishing_to_a_peer_that_does_not_read_stops_at_the_limit()
    {
        (ScriptedPeer peer, NatsConnection nats) = await ScriptedPeer.ConnectAsync(new NatsConnectionOptions { MaxPendingBytes = 100_000 });
        byte[] payload = new byte[10_000];
        // More than the stream takes: the sender is stuck in this one from the moment another message finds room.
        await nats.PublishAsync("a", new byte[300_000]);
        await nats.PublishAsync("a", payload);
        int taken = 1;
        while (nats.TryPublish("a", payload)) taken++;
        Task waiting = nats.PublishAsync("a", payload).AsTask();

        taken.ShouldBe(9);
        waiting.IsCompleted.ShouldBeFalse();
        await peer.DisposeAsync();
        await Should.ThrowAsync<NatsConnectionClosedException>(Eventually.ComesAsync(waiting));
        await nats.DisposeAsync();
    }

    [Fact]
    public async Task Errors_of_the_server_are_told()
    {
        (ScriptedPeer peer, NatsConnection nats) = await ScriptedPeer.ConnectAsync();
        var told = new TaskCompletionSource<NatsErrorEventArgs>();
        nats.ErrorOccurred += (_, error) => told.TrySetResult(error);
        nats.ErrorOccurred += (_, _) => throw new InvalidOperationException("a handler's own fault");
        peer.Say("""-ERR 'Permissions Violation for Publish to "a"'""");

        NatsErrorEventArgs error = await Eventually.ComesAsync(told.Task);
        (error.Kind, error.Message).ShouldBe((NatsErrorKind.Server, "Permissions Violation for Publish to \"a\""));
        nats.IsConnected.ShouldBeTrue();
        await peer.DisposeAsync();
        await nats.DisposeAsync();
    }

    [Fact]
    public async Task A_lost_connection_ends_everything_and_says_why()
    {
        (ScriptedPeer peer, NatsConnection nats) = await ScriptedPeer.ConnectAsync();
        NatsSubscription subscription = nats.Subscribe("a");
        Task<TimeSpan> ping = nats.PingAsync();
        peer.Say("-ERR 'Stale Connection'");
        await peer.DisposeAsync();
        await Eventually.ComesAsync(nats.Completion);

        nats.IsConnected.ShouldBeFalse();
        nats.CloseCause.ShouldBeOfType<NatsServerException>().Message.ShouldBe("Stale Connection");
        await Should.ThrowAsync<NatsConnectionClosedException>(ping);
        await Should.ThrowAsync<NatsConnectionClosedException>(() => subscription.NextAsync());
        Should.Throw<NatsConnectionClosedException>(() => nats.TryPublish("a", default));
        Should.Throw<NatsConnectionClosedException>(() => nats.Subscribe("a"));
        await nats.DisposeAsync();
    }

    [Fact]
    public async Task A_server_that_stops_answering_is_given_up()
    {
        var time = new FakeTimeProvider();
        (ScriptedPeer peer, NatsConnection nats) = await ScriptedPeer.ConnectAsync(new NatsConnectionOptions { TimeProvider = time });
        for (int i = 0; i < 2; i++)
        {
            time.Advance(TimeSpan.FromMinutes(2));
            await peer.HearAsync("PING");
        }

        time.Advance(TimeSpan.FromMinutes(2));
        await Eventually.ComesAsync(nats.Completion);
        nats.CloseCause!.Message.ShouldContain("unanswered");
        await peer.DisposeAsync();
        await nats.DisposeAsync();
    }

    [Fact]
    public async Task Disposing_does_not_wait_for_a_silent_server_for_ever()
    {
        var time = new FakeTimeProvider();
        (ScriptedPeer peer, NatsConnection nats) = await ScriptedPeer.ConnectAsync(new NatsConnectionOptions { TimeProvider = time, PingInterval = Timeout.InfiniteTimeSpan });
        Task disposing = nats.DisposeAsync().AsTask();
        await peer.HearAsync("PING");
        time.Advance(TimeSpan.FromSeconds(2));

        await Eventually.ComesAsync(disposing);
        nats.CloseCause.ShouldBeNull();
        await peer.DisposeAsync();
    }

    [Fact]
    public async Task A_server_that_says_nothing_times_out()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var options = new NatsConnectionOptions { Url = $"nats://{listener.LocalEndpoint}", ConnectTimeout = TimeSpan.FromMilliseconds(100) };

        (await Should.ThrowAsync<TimeoutException>(NatsConnection.ConnectAsync(options))).Message.ShouldContain(listener.LocalEndpoint.ToString()!);
    }

    [Theory]
    [InlineData("HTTP/1.1 400 Bad Request")]
    [InlineData("INFO [1]")]
    [InlineData("INFO {\"max_payload\":\"much\"}")]
    [InlineData("-ERR 'maximum connections exceeded'")]
    public async Task Peers_that_do_not_say_info_are_refused(string firstLine)
    {
        await using var peer = new ScriptedPeer();
        peer.Say(firstLine);

        await Should.ThrowAsync<NatsException>(NatsConnection.ConnectAsync(peer.ClientEnd));
    }

    [Fact]
    public async Task A_closed_door_is_a_socket_error()
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));

        await Should.ThrowAsync<SocketException>(NatsConnection.ConnectAsync(new NatsConnectionOptions { Url = $"nats://{socket.LocalEndPoint}" }));
    }

    [Fact]
    public async Task Rubbish_in_the_conversation_ends_it()
    {
        (ScriptedPeer peer, NatsConnection nats) = await ScriptedPeer.ConnectAsync();
        peer.Say("MSG a b c d e f");
        await Eventually.ComesAsync(nats.Completion);

        nats.CloseCause.ShouldBeOfType<NatsException>();
        await peer.DisposeAsync();
        await nats.DisposeAsync();
    }

    [Theory]
    [InlineData("nats://example.com", "example.com:4222")]
    [InlineData("example.com:1", "example.com:1")]
    [InlineData("tls://[::1]:4333", "[::1]:4333")]
    [InlineData("nats://user:p%40ss@h:9", "h:9")]
    public void Addresses_are_read(string url, string expected) => ServerAddress.Parse(url).ToString().ShouldBe(expected);

    [Theory]
    [InlineData("http://example.com")]
    [InlineData("nats://")]
    [InlineData("")]
    public void What_is_no_nats_url_is_refused(string url) => Should.Throw<FormatException>(() => ServerAddress.Parse(url));
}
