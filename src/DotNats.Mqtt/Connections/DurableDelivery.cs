using DotNats.Mqtt.Store;
using DotNats.Protocol.Mqtt;
using DotNats.Server.Connections;
using DotNats.Server.Routing;

namespace DotNats.Mqtt.Connections;

/// <summary>What the durable consumer of one topic filter delivers: goes to the client with QoS 1 or 2, and is acknowledged by it.</summary>
// Owner: its subscription. Called by the consumer's runner; works under the connection's lock.
internal sealed class DurableDelivery(MqttSession session, MqttInterest interest) : ISubscriber
{
    public MemberSession Member => session;

    public bool Deliver(DeliveryContext context, Subscription subscription, in Message message, ReadOnlySpan<byte> subject)
    {
        Connection connection = session.Connection;
        context.Hold(connection);
        if (subscription.IsClosed || session.State is not { } state || connection.Outbound.IsClosed) return false;
        if (message.Trace is { IsTraceOnly: true }) return true;
        subscription.Delivered++;
        ReadOnlySpan<byte> headers = message.Body[..Math.Max(0, message.HeaderLength)];
        MqttDelivery delivery = state.Track(session.Listening, interest, subject, headers, message.Reply);
        if (delivery.Verdict == MqttVerdict.Acknowledge)
        {
            context.ReleaseHeld();
            state.AcknowledgeUnsent(context, message.Reply);
        }
        else if (delivery.Verdict == MqttVerdict.Send)
        {
            Send(context, in message, MqttSessionState.TopicSubject(subject), in delivery);
        }

        // Also what was not sent: the consumer is to wait for its acknowledgement, not to ask somebody else.
        return true;
    }

    private void Send(DeliveryContext context, in Message message, ReadOnlySpan<byte> subject, in MqttDelivery delivery)
    {
        Connection connection = session.Connection;
        connection.LastActivityTicks = context.NowTicks;
        ReadOnlySpan<byte> payload = message.Body[Math.Max(0, message.HeaderLength)..^2];
        byte[] topic = MqttTopics.ToTopic(subject);
        if (SparkplugTopic.Read(topic, out bool isCertificate) == SparkplugKind.Death && !isCertificate)
            payload = SparkplugTopic.WithTimestamp(payload, (ulong)session.Server.Time.GetUtcNow().ToUnixTimeMilliseconds());
        AppendResult result = PublishWriter.WriteRetained(session, interest);
        if (result != AppendResult.Closed) result = PublishWriter.Write(session, topic, payload, delivery.Qos, retain: false, delivery.Duplicate, delivery.PacketId);
        context.PromiseFlush(connection);
        context.UnflushedBytes += message.Body.Length;
        if (result is AppendResult.Stall or AppendResult.Overflow) session.OnAppended(context, result);
    }
}
