using System.Text;
using DotNats;
using DotNats.Server;
using DotNats.Server.Connections;
using DotNats.Server.Routing;
using DotNats.Server.Tracing;
using Microsoft.Extensions.Logging.Abstractions;
using Shouldly;
using Xunit;

namespace Server.Tests.Tracing;

/// <summary>Refusals that a conversation meets only by chance: a destination that ends or falls behind while the message is on its way.</summary>
public sealed class TraceRefusalTests
{
    [Fact]
    public async Task A_subscription_that_ended_meanwhile_is_told()
    {
        await using var server = new ServerCore(new NatsServerOptions(), NullLoggerFactory.Instance, TimeProvider.System);
        ClientSession client = Connect(server, "SUB foo 1\r\n");
        client.Subscriptions.Snapshot()[0].IsClosed = true;
        Route(server, client).Steps.ShouldHaveSingleItem().ShouldBeOfType<TraceEgress>().Error.ShouldBe("Not delivered because subscription is closed");
    }

    [Fact]
    public async Task A_client_that_closed_meanwhile_is_told()
    {
        await using var server = new ServerCore(new NatsServerOptions(), NullLoggerFactory.Instance, TimeProvider.System);
        ClientSession client = Connect(server, "SUB foo 1\r\n");
        client.Connection.Outbound.Acquire();
        client.Connection.Outbound.Close(discard: true);
        client.Connection.Outbound.Release();
        Route(server, client).Steps.ShouldHaveSingleItem().ShouldBeOfType<TraceEgress>().Error.ShouldBe("Not delivered because client is closed");
    }

    [Fact]
    public async Task A_consumer_too_slow_for_a_producer_that_never_waits_is_told()
    {
        var options = new NatsServerOptions { NoFastProducerStall = true, Limits = new LimitOptions { MaxPendingBytes = 400_000 } };
        await using var server = new ServerCore(options, NullLoggerFactory.Instance, TimeProvider.System);
        ClientSession client = Connect(server, "SUB foo 1\r\n");
        Receive(server, client, $"PUB foo 320000\r\n{new string('x', 320_000)}\r\n");
        Route(server, client).Steps.ShouldHaveSingleItem().ShouldBeOfType<TraceEgress>().Error.ShouldBe("Not delivered because fast producer not stalled and consumer is slow");
    }

    private static MessageTrace Route(ServerCore server, ClientSession origin)
    {
        ReadOnlySpan<byte> headers = "NATS/1.0\r\nNats-Trace-Dest: t\r\n\r\n"u8;
        var trace = new MessageTrace(origin, TraceHeaders.Read(headers, null)!, "foo"u8.ToArray(), headers.Length);
        var message = new Message { Subject = "foo"u8, HeaderLength = headers.Length, Body = "NATS/1.0\r\nNats-Trace-Dest: t\r\n\r\n\r\n"u8, Trace = trace };
        DeliveryContext context = server.Contexts.Create();
        MessageRouter.Route(context, origin.Account, in message).ShouldBeFalse();
        context.ReleaseHeld();
        return trace;
    }

    private static ClientSession Connect(ServerCore server, string more)
    {
        Connection connection = server.Attach(new DeafEndpoint(), "127.0.0.1", 1, peer => new ClientSession(peer, server, "STANDARD"));
        connection.Session.Start();
        Receive(server, connection.Session, "CONNECT {\"verbose\":false,\"headers\":true}\r\n" + more);
        return (ClientSession)connection.Session;
    }

    private static void Receive(ServerCore server, Session session, string text)
    {
        DeliveryContext context = server.Contexts.Create();
        session.Receive(context, Encoding.ASCII.GetBytes(text)).Consumed.ShouldBe(text.Length);
        context.ReleaseHeld();
    }

    /// <summary>A peer that takes nothing.</summary>
    private sealed class DeafEndpoint : Endpoint
    {
        public override void Flush(bool becameWritable)
        {
        }

        public override void Resume()
        {
        }

        public override void BeginClose(bool discard)
        {
        }
    }
}
