using DotNats.JetStream.Origins;
using DotNats.Server.Routing;
using JetStream.Tests.Harness;
using Shouldly;
using Xunit;

namespace JetStream.Tests.Origins;

public sealed class OriginInboxTests
{
    // nats-server's largest window, and what a message counts in it at least: deliver subject, acknowledgement subject, no payload.
    private const int Window = 32 * 1024 * 1024;

    [Theory]
    [InlineData(0)]
    [InlineData(200)]
    public async Task What_flow_control_lets_one_consumer_send_finds_room(int payload)
    {
        await using StreamServer server = await StreamServer.StartAsync();
        int woken = 0;
        var inbox = new OriginInbox(server.Core, server.Core.Accounts.Global, () => woken++);
        OriginSubscription subscription = inbox.Listen("$JS.S.abcdefgh", 1);
        byte[] reply = "$JS.ACK.ORIGIN.JS_SRC_abcdefgh_ijklmnop.1.12345678.12345678.1700000000000000000.1234567"u8.ToArray(), body = new byte[payload + 2];
        int count = Window / (14 + reply.Length + payload);
        for (int i = 0; i < count; i++)
            inbox.Post(subscription, new Message { Subject = "$JS.S.abcdefgh"u8, Reply = reply, HeaderLength = -1, Body = body }, "orders.1"u8);
        inbox.Records.Count.ShouldBe(count);
        woken.ShouldBe(1);
        inbox.Unlisten(subscription);
        inbox.Records.Close();
    }
}
