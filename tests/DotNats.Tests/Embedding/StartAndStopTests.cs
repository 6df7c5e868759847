using System.Net;
using System.Net.Sockets;
using DotNats.Client;
using DotNats.Tests.Harness;
using Shouldly;
using Xunit;

namespace DotNats.Tests.Embedding;

public sealed class StartAndStopTests
{
    private static readonly NatsServerOptions Local = new() { Host = "127.0.0.1", Port = 0 };

    [Fact]
    public async Task Two_servers_share_nothing()
    {
        await using NatsServer first = await NatsServer.StartAsync(Local), second = await NatsServer.StartAsync(Local);
        await using NatsConnection onFirst = await NatsConnection.ConnectAsync(first.ConnectInProcess()), onSecond = await NatsConnection.ConnectAsync(second.ConnectInProcess());
        NatsSubscription firstAll = onFirst.Subscribe(">"), secondAll = onSecond.Subscribe(">");
        await onFirst.PublishAsync("a", "first");
        await onSecond.PublishAsync("a", "second");

        (await firstAll.NextAsync()).Text.ShouldBe("first");
        (await secondAll.NextAsync()).Text.ShouldBe("second");
        await first.DisposeAsync();
        await onSecond.PublishAsync("a", "still here");
        (await secondAll.NextAsync()).Text.ShouldBe("still here");
        onFirst.ServerInfo.ServerId.ShouldNotBe(onSecond.ServerInfo.ServerId);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public async Task A_free_port_is_taken(int port)
    {
        await using NatsServer first = await NatsServer.StartAsync(Local with { Port = port }), second = await NatsServer.StartAsync(Local with { Port = port });

        first.ClientEndPoint.Port.ShouldBeGreaterThan(0);
        first.ClientEndPoint.Port.ShouldNotBe(second.ClientEndPoint.Port);
        first.ClientUrl.ShouldBe($"nats://127.0.0.1:{first.ClientEndPoint.Port}");
    }

    [Theory]
    [InlineData("")]
    [InlineData("0.0.0.0")]
    [InlineData("::")]
    public async Task Every_address_is_every_address_of_both_kinds(string host)
    {
        Assert.SkipUnless(Socket.OSSupportsIPv6, "no IPv6");
        await using NatsServer server = await NatsServer.StartAsync(Local with { Host = host });
        server.ClientUrl.ShouldBe($"nats://127.0.0.1:{server.ClientEndPoint.Port}");
        using RawClient four = await RawClient.ConnectAsync(new IPEndPoint(IPAddress.Loopback, server.ClientEndPoint.Port));
        using RawClient six = await RawClient.ConnectAsync(new IPEndPoint(IPAddress.IPv6Loopback, server.ClientEndPoint.Port));
        server.Core.Connections.All.Select(connection => connection.RemoteIp).Order().ShouldBe(["127.0.0.1", "::1"]);
    }

    [Fact]
    public async Task Disposing_closes_clients_and_frees_the_port()
    {
        NatsServer server = await NatsServer.StartAsync(Local);
        using RawClient raw = await RawClient.ConnectAsync(server.ClientEndPoint);
        NatsConnection inProcess = await NatsConnection.ConnectAsync(server.ConnectInProcess());
        await server.DisposeAsync();

        await using NatsServer next = await NatsServer.StartAsync(Local with { Port = server.ClientEndPoint.Port });
        next.ClientEndPoint.ShouldBe(server.ClientEndPoint);
        await raw.ReadToEndAsync();
        await Eventually.ComesAsync(inProcess.Completion);
        await inProcess.DisposeAsync();
        server.Completion.IsCompletedSuccessfully.ShouldBeTrue();
        server.Core.Connections.Count.ShouldBe(0);
    }

    [Fact]
    public async Task A_taken_port_is_told_clearly()
    {
        await using NatsServer server = await NatsServer.StartAsync(Local);
        int port = server.ClientEndPoint.Port;

        var failure = await Should.ThrowAsync<ServerStartException>(NatsServer.StartAsync(Local with { Port = port }));
        failure.Message.ShouldBe($"Error listening on port: 127.0.0.1:{port}, \"listen tcp 127.0.0.1:{port}: bind: address already in use\"");
        await using NatsConnection nats = await NatsConnection.ConnectAsync(new NatsConnectionOptions { Url = server.ClientUrl });
        nats.IsConnected.ShouldBeTrue();
    }

    [Theory]
    [InlineData("256.256.256.256")]
    [InlineData("no.such.host.invalid")]
    public async Task A_host_that_is_none_is_told(string host)
    {
        var failure = await Should.ThrowAsync<ServerStartException>(NatsServer.StartAsync(Local with { Host = host }));

        failure.Message.ShouldContain(host);
    }

    [Fact]
    public async Task Stopping_twice_is_stopping_once()
    {
        NatsServer server = await NatsServer.StartAsync(Local);
        await Task.WhenAll(server.ShutdownAsync(), server.ShutdownAsync(), server.DisposeAsync().AsTask());
        await server.DisposeAsync();
        await server.ShutdownAsync();

        Should.Throw<ObjectDisposedException>(() => server.ConnectInProcess());
        await Should.ThrowAsync<SocketException>(NatsConnection.ConnectAsync(new NatsConnectionOptions { Url = server.ClientUrl }));
    }

    [Fact]
    public async Task A_start_that_is_not_wanted_any_more_does_nothing()
    {
        using var cancel = new CancellationTokenSource();
        await cancel.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(NatsServer.StartAsync(Local, cancellationToken: cancel.Token));
    }

    [Fact]
    public async Task Nothing_comes_back_to_the_hosts_context()
    {
        // A window's or an old web framework's context: what is posted to it waits for a thread that may be blocked on this very call.
        var context = new DeafContext();
        SynchronizationContext? before = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(context);
        Task all = StartTalkStopAsync();
        SynchronizationContext.SetSynchronizationContext(before);
        await Eventually.ComesAsync(all);

        context.Posts.ShouldBe(0);
    }

    private static async Task StartTalkStopAsync()
    {
        NatsServer server = await NatsServer.StartAsync(Local).ConfigureAwait(false);
        NatsConnection nats = await NatsConnection.ConnectAsync(server.ConnectInProcess()).ConfigureAwait(false);
        await nats.FlushAsync().ConfigureAwait(false);
        await nats.DisposeAsync().ConfigureAwait(false);
        await server.DisposeAsync().ConfigureAwait(false);
    }

    private sealed class DeafContext : SynchronizationContext
    {
        private int _posts;

        public int Posts => Volatile.Read(ref _posts);

        public override void Post(SendOrPostCallback d, object? state) => Interlocked.Increment(ref _posts);
    }
}
