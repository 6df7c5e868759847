using DotNats;
using NATS.Client.Core;
using Shouldly;
using Xunit;

namespace Interop.Tests;

/// <summary>NATS.Net against an embedded server without a socket: its public factory gets our in-process stream.</summary>
public sealed class NatsNetInProcessTests
{
    [Fact]
    public async Task Unmodified_client_publishes_and_requests_without_a_socket()
    {
        await using NatsServer server = await StartAsync();
        await using NatsConnection service = await ConnectAsync(server);
        await using NatsConnection caller = await ConnectAsync(server);
        await service.RespondAsync("upper", request => request.Data!.ToUpperInvariant());
        (await caller.RequestAsync<string, string>("upper", "hello")).Data.ShouldBe("HELLO");
    }

    [Fact]
    public async Task Large_payloads_and_headers_pass()
    {
        await using NatsServer server = await StartAsync();
        await using NatsConnection nats = await ConnectAsync(server);
        await using INatsSub<byte[]> sub = await nats.SubscribeNowAsync<byte[]>("big");
        byte[] payload = new byte[700_000];
        new Random(7).NextBytes(payload);
        await nats.PublishAsync("big", payload, new NatsHeaders { ["Name"] = "value" });
        NatsMsg<byte[]> message = await sub.NextAsync();
        message.Data!.AsSpan().SequenceEqual(payload).ShouldBeTrue();
        message.Headers.ShouldNotBeNull()["Name"].ToString().ShouldBe("value");
    }

    [Fact]
    public async Task In_process_and_socket_clients_meet()
    {
        await using NatsServer server = await StartAsync();
        await using NatsConnection inside = await ConnectAsync(server);
        await using NatsConnection outside = await NatsNetClient.ConnectAsync(new NatsOpts { Url = server.ClientUrl });
        await using INatsSub<string> sub = await inside.SubscribeNowAsync<string>("meet");
        await outside.PublishAsync("meet", "hello");
        await sub.ShouldGetAsync("hello");
    }

    [Fact]
    public async Task Ten_thousand_messages_arrive_in_order()
    {
        await using NatsServer server = await StartAsync();
        await using NatsConnection nats = await ConnectAsync(server);
        await using INatsSub<int> sub = await nats.SubscribeNowAsync<int>("n");
        for (int i = 0; i < 10_000; i++)
            await nats.PublishAsync("n", i);
        for (int i = 0; i < 10_000; i++)
            (await sub.NextAsync()).Data.ShouldBe(i);
    }

    private static Task<NatsServer> StartAsync() => NatsServer.StartAsync(new NatsServerOptions { Host = "127.0.0.1", Port = 0 });

    private static Task<NatsConnection> ConnectAsync(NatsServer server) => NatsNetClient.ConnectAsync(new NatsOpts
    {
        SocketConnectionFactory = new InProcessFactory(server),
        SubPendingChannelCapacity = 20_000,
        CommandTimeout = Eventually.Limit,
        RequestTimeout = Eventually.Limit,
    });

    /// <summary>All it takes: ask the server for a stream, and hand the client's calls on to it.</summary>
    private sealed class InProcessFactory(NatsServer server) : INatsSocketConnectionFactory
    {
        public ValueTask<INatsSocketConnection> ConnectAsync(Uri uri, NatsOpts opts, CancellationToken cancellationToken) =>
            new(new StreamConnection(server.ConnectInProcess()));
    }

    private sealed class StreamConnection(Stream stream) : INatsSocketConnection
    {
        public async ValueTask<int> SendAsync(ReadOnlyMemory<byte> buffer)
        {
            await stream.WriteAsync(buffer);
            return buffer.Length;
        }

        public ValueTask<int> ReceiveAsync(Memory<byte> buffer) => stream.ReadAsync(buffer);

        public ValueTask DisposeAsync() => stream.DisposeAsync();
    }
}
