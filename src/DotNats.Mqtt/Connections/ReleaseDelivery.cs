using DotNats.Protocol.Mqtt;
using DotNats.Server.Connections;
using DotNats.Server.Routing;

namespace DotNats.Mqtt.Connections;

/// <summary>What a session's own consumer delivers for QoS 2 messages that the client has received: PUBREL.</summary>
// Owner: its subscription. Called by the consumer's runner; works under the connection's lock.
internal sealed class ReleaseDelivery(MqttSession session) : ISubscriber
{
    public MemberSession Member => session;

    public bool Deliver(DeliveryContext context, Subscription subscription, in Message message, ReadOnlySpan<byte> subject)
    {
        Connection connection = session.Connection;
        context.Hold(connection);
        if (subscription.IsClosed || session.State is not { } state || connection.Outbound.IsClosed) return false;
        if (message.Trace is { IsTraceOnly: true }) return true;
        subscription.Delivered++;
        ushort packetId = state.TrackRelease(session.Listening, message.Body[..Math.Max(0, message.HeaderLength)], message.Reply);
        if (packetId == 0) return true;
        Span<byte> packet = stackalloc byte[MqttPacketWriter.ShortPacketLength];
        MqttPacketWriter.WritePacketId(packet, MqttPacketType.PubRel, packetId);
        AppendResult result = connection.Outbound.Append(packet);
        context.PromiseFlush(connection);
        if (session.TraceEnabled) MqttTrace.Outbound(session, "PUBREL", MqttTrace.PacketId(packetId));
        if (result is AppendResult.Stall or AppendResult.Overflow) session.OnAppended(context, result);
        return true;
    }
}
