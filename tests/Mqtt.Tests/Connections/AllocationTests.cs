using DotNats.Mqtt.Connections;
using DotNats.Mqtt.Service;
using DotNats.Server;
using DotNats.Server.Connections;
using DotNats.Server.Routing;
using Mqtt.Tests.Harness;
using Shouldly;
using Xunit;

namespace Mqtt.Tests.Connections;

public sealed class AllocationTests
{
    [Fact]
    public async Task Publishing_and_delivering_with_QoS_0_allocates_nothing()
    {
        await using MqttServer server = await MqttServer.StartAsync();
        MqttSession publisher = await ConnectAsync(server.Core, "p"), subscriber = await ConnectAsync(server.Core, "s");
        DeliveryContext context = server.Core.Contexts.Create();
        Receive(subscriber, context, MqttDialogue.Packet(0x82, [0, 1, .. MqttDialogue.Text("a/+"), 0]));
        await Eventually.HoldsAsync(() => !subscriber.IsSuspended && subscriber.Subscriptions.Count == 1, "it has subscribed");
        byte[] packet = MqttDialogue.PublishPacket("a/b", "hello");
        for (int i = 0; i < 1000; i++) Receive(publisher, context, packet);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 1000; i++) Receive(publisher, context, packet);
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(1000);
        subscriber.Subscriptions.Snapshot()[0].Delivered.ShouldBe(2000);
    }

    private static async Task<MqttSession> ConnectAsync(ServerCore core, string id)
    {
        Connection connection = core.Attach(new SwallowingEndpoint(), "127.0.0.1", 1, peer => new MqttSession(peer, (MqttService)core.Mqtt!));
        var session = (MqttSession)connection.Session;
        session.Start();
        Receive(session, core.Contexts.Create(), MqttDialogue.Packet(0x10, [.. MqttDialogue.Text("MQTT"), 4, 2, 0, 0, .. MqttDialogue.Text(id)]));
        await Eventually.HoldsAsync(() => session is { IsSuspended: false, State: not null }, "it is connected");
        return session;
    }

    private static void Receive(Session session, DeliveryContext context, ReadOnlySpan<byte> bytes)
    {
        if (session.Receive(context, bytes).Consumed != bytes.Length) throw new InvalidOperationException("not all bytes were consumed");
        context.Flush();
    }
}
