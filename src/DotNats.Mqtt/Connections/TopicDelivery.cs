using System.Buffers;
using DotNats.Mqtt.Store;
using DotNats.Protocol.Mqtt;
using DotNats.Server.Connections;
using DotNats.Server.Routing;
using DotNats.Server.Tracing;

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
        if (subscription.IsClosed) return NotDelivered(subscription, in message, TraceErrors.SubscriptionClosed);
        if (message.Trace is { } trace)
        {
            if (subscription.FilterDeliveries && !Admits(subscription, subject)) return NotDelivered(subscription, in message, TraceErrors.SubscriptionDenies);
            trace.AddEgress(session, subscription, error: null);
            if (trace.IsTraceOnly) return true;
        }

        if (connection.Outbound.PendingBytes > Outbound.StallBytes && session.MustDrop()) return NotDelivered(subscription, in message, TraceErrors.FastProducerNotStalled);
        if (connection.Outbound.IsClosed) return NotDelivered(subscription, in message, TraceErrors.ClientClosed);
        // Compat: counted also where another subscription of the client brings the message.
        Count(connection, subscription, in message);
        if (interest.MustIgnore(subject) || IsForConsumers(in message)) return true;
        connection.LastActivityTicks = context.NowTicks;
        AppendResult result = PublishWriter.WriteRetained(session, interest);
        if (result != AppendResult.Closed) result = Write(in message, subject);
        context.PromiseFlush(connection);
        context.UnflushedBytes += message.Body.Length;
        if (result is AppendResult.Stall or AppendResult.Overflow) session.OnAppended(context, result);
        return true;
    }

    private static void Count(Connection connection, Subscription subscription, in Message message)
    {
        subscription.Delivered++;
        connection.Outbound.Messages++;
        connection.Outbound.Bytes += message.Size;
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

    private bool NotDelivered(Subscription subscription, in Message message, string error)
    {
        message.Trace?.AddEgress(session, subscription, error);
        return false;
    }
}
