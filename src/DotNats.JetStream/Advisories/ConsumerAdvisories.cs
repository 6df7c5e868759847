using System.Text.Json;
using DotNats.JetStream.Consumers;
using DotNats.JetStream.Consumers.State;
using DotNats.Protocol.Text;


namespace DotNats.JetStream.Advisories;

/// <summary>Tells what happens to one consumer's messages: made only where somebody listens.</summary>
// Owner: the consumer's runner, outside of any batch.
internal sealed class ConsumerAdvisories(AdvisoryPublisher publisher, LiveConsumer consumer)
{
    private const string Prefix = "$JS.EVENT.ADVISORY.CONSUMER.";
    private const string MetricType = "io.nats.jetstream.metric.v1.";

    private string Target => $"{consumer.Stream.Name}.{consumer.Name}";

    /// <summary>A message was delivered as often as allowed and is given up.</summary>
    public void MaxDeliveries(in PendingMessage message)
    {
        PendingMessage spent = message;
        Publish("MAX_DELIVERIES", "max_deliver", json =>
        {
            json.WriteNumber("stream_seq"u8, spent.StreamSequence);
            json.WriteNumber("deliveries"u8, spent.Deliveries);
        });
    }

    /// <summary>A client refused a message.</summary>
    public void Nak(ulong consumerSequence, ulong streamSequence, ulong deliveries) =>
        Publish("MSG_NAKED", "nak", json => WriteDelivery(json, consumerSequence, streamSequence, deliveries));

    /// <summary>A message is not to be delivered again.</summary>
    /// <param name="reason">Empty for none.</param>
    public void Terminated(ulong consumerSequence, ulong streamSequence, ulong deliveries, string reason) => Publish("MSG_TERMINATED", "terminated", json =>
    {
        WriteDelivery(json, consumerSequence, streamSequence, deliveries);
        json.WriteUnlessEmpty("reason"u8, reason);
    });

    /// <summary>How long a client took to acknowledge a message.</summary>
    public void AckSample(ulong consumerSequence, ulong streamSequence, ulong deliveries, long nanoseconds) =>
        Publish($"$JS.EVENT.METRIC.CONSUMER.ACK.{Target}", "consumer_ack", json =>
        {
            json.WriteNumber("consumer_seq"u8, consumerSequence);
            json.WriteNumber("stream_seq"u8, streamSequence);
            json.WriteNumber("ack_time"u8, nanoseconds);
            json.WriteNumber("deliveries"u8, deliveries);
        }, MetricType);

    /// <summary>The consumer pauses, or goes on.</summary>
    /// <param name="until">Null where there is no pause any more.</param>
    public void Paused(bool isPaused, GoTime? until) => Publish("PAUSE", "consumer_pause", json =>
    {
        json.WriteBoolean("paused"u8, isPaused);
        json.WriteString("pause_until"u8, (until ?? default).ToString());
    });

    /// <summary>The consumer has messages and clients, and did nothing for five seconds. Not among nats-server's.</summary>
    public void Stuck(ulong pending, int redeliveries, int waiting) => Publish("STUCK", "consumer_stuck", json =>
    {
        json.WriteNumber("num_pending"u8, pending);
        json.WriteNumber("num_redeliveries"u8, redeliveries);
        json.WriteNumber("num_waiting"u8, waiting);
    });

    /// <summary>A message is in the stream and cannot be read. Not among nats-server's.</summary>
    public void Unreadable(ulong streamSequence, bool isPending, string place) => Publish("MSG_UNREADABLE", "consumer_msg_unreadable", json =>
    {
        json.WriteNumber("stream_seq"u8, streamSequence);
        json.WriteBoolean("pending"u8, isPending);
        json.WriteString("place"u8, place);
    });

    /// <summary>A client gets a group's messages from now on.</summary>
    public void Pinned(string group, string pinId) => PublishGroup("PINNED", "consumer_group_pinned", json =>
    {
        WriteDomain(json);
        json.WriteString("group"u8, group);
        json.WriteString("pinned_id"u8, pinId);
    });

    /// <summary>It does no more.</summary>
    /// <param name="reason">nats-server's word.</param>
    public void Unpinned(string group, string reason) => PublishGroup("UNPINNED", "consumer_group_unpinned", json =>
    {
        WriteDomain(json);
        json.WriteString("group"u8, group);
        json.WriteString("reason"u8, reason);
    });

    private static void WriteDelivery(Utf8JsonWriter json, ulong consumerSequence, ulong streamSequence, ulong deliveries)
    {
        json.WriteNumber("consumer_seq"u8, consumerSequence);
        json.WriteNumber("stream_seq"u8, streamSequence);
        json.WriteNumber("deliveries"u8, deliveries);
    }

    private void Publish(string what, string type, Action<Utf8JsonWriter> write)
    {
        string subject = $"{Prefix}{what}.{Target}";
        Publish(subject, type, write, AdvisoryPublisher.TypePrefix);
    }

    private void Publish(string subject, string type, Action<Utf8JsonWriter> write, string typePrefix) =>
        publisher.Publish(consumer.Stream.Account, subject, type, json =>
        {
            WriteNames(json);
            write(json);
            WriteDomain(json);
        }, typePrefix);

    private void PublishGroup(string what, string type, Action<Utf8JsonWriter> write) =>
        publisher.Publish(consumer.Stream.Account, $"{Prefix}{what}.{Target}", type, json =>
        {
            json.WriteString("account"u8, consumer.Stream.Account.Name);
            WriteNames(json);
            write(json);
        });

    private void WriteNames(Utf8JsonWriter json)
    {
        json.WriteString("stream"u8, consumer.Stream.Name);
        json.WriteString("consumer"u8, consumer.Name);
    }

    private void WriteDomain(Utf8JsonWriter json)
    {
        if (publisher.Domain is { } domain) json.WriteString("domain"u8, domain);
    }
}
