using System.Buffers;
using DotNats.Mqtt.Store;
using DotNats.Protocol.Mqtt;
using DotNats.Server.Connections;
using DotNats.Server.Routing;

namespace DotNats.Mqtt.Connections;

/// <summary>What is published under one topic filter, by whomever: goes to the client with QoS 0.</summary>
// Owner: its subscription. Called by any publisher; works under the connection's lock. Previous stop: MessageRouter. Next stop: Outbound.
internal sealed class TopicDelivery(MqttSession session, MqttInterest interest) : ISubscriber
{
    private const int StackBytes = 512;

    public MemberSession Member => session;

    public bool Admits(Subscription subscription, ReadOnlySpan<byte> subject) => session.Permissions?.CanDeliver(subject) != false;

    public bool Deliver(DeliveryContext context, Subscription subscription, in Message message, ReadOnlySpan<byte> subject)
    {
        Connection connection = session.Connection;
        context.Hold(connection);
        if (subscription.IsClosed || connection.Outbound.IsClosed) return false;
        if (connection.Outbound.PendingBytes > Outbound.StallBytes && session.MustDrop()) return false;
        if (message.Trace is { } trace)
        {
            // Compat: traces do not name MQTT clients. One that nobody else was to get reaches them with nats-server, not here.
            if (subscription.FilterDeliveries && !Admits(subscription, subject)) return false;
            if (trace.IsTraceOnly) return true;
        }

        // Compat: counted also where another subscription of the client brings the message, and for the subscription alone, not for the connection.
        subscription.Delivered++;
        if (interest.MustIgnore(subject) || IsForConsumers(in message)) return true;
        connection.LastActivityTicks = context.NowTicks;
        AppendResult result = PublishWriter.WriteRetained(session, interest);
        if (result != AppendResult.Closed) result = Write(in message, subject);
        context.PromiseFlush(connection);
        context.UnflushedBytes += message.Body.Length;
        if (result is AppendResult.Stall or AppendResult.Overflow) session.OnAppended(context, result);
        return true;
    }

    // The durable consumer of this filter brings it, or it is one's delivery on its way to somebody else.
    private bool IsForConsumers(in Message message)
    {
        if (message.Origin is null && message.Reply.StartsWith("$JS.ACK."u8)) return true;
        return interest.Qos > 0 && message.HeaderLength > 0 && MqttHeaderBlock.ReadQos(message.Body[..message.HeaderLength]) > 0;
    }

    private AppendResult Write(in Message message, ReadOnlySpan<byte> subject)
    {
        byte[]? rented = subject.Length > StackBytes ? ArrayPool<byte>.Shared.Rent(subject.Length) : null;
        Span<byte> room = rented ?? stackalloc byte[StackBytes];
        ReadOnlySpan<byte> topic = room[..MqttTopics.ToTopic(subject, room)];
        ReadOnlySpan<byte> payload = message.Body[Math.Max(0, message.HeaderLength)..^2];
        bool retain = false;
        SparkplugKind kind = SparkplugTopic.Read(topic, out bool isCertificate);
        if (kind == SparkplugKind.Birth) retain = isCertificate;
        else if (kind == SparkplugKind.Death && !isCertificate) payload = SparkplugTopic.WithTimestamp(payload, (ulong)session.Server.Time.GetUtcNow().ToUnixTimeMilliseconds());
        AppendResult result = topic.Length > ushort.MaxValue
            ? AppendResult.Ok
            : PublishWriter.Write(session, topic, payload, qos: 0, retain, duplicate: false, packetId: 0);
        if (rented is not null) ArrayPool<byte>.Shared.Return(rented);
        return result;
    }
}
