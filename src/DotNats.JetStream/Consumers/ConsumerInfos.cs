using System.Text.Json;
using DotNats.Protocol.Text;

namespace DotNats.JetStream.Consumers;

/// <summary>What answers and monitoring say of a consumer.</summary>
internal static class ConsumerInfos
{
    private const long ExplainedAfterNanoseconds = 5_000_000_000;

    /// <summary>A consumer's description; null where it has ended meanwhile.</summary>
    /// <param name="shown">The configuration as it is shown; null leaves it out.</param>
    public static async Task<byte[]?> WriteAsync(LiveConsumer consumer, Func<ConsumerConfig, ConsumerConfig?> shown, DateTimeOffset now)
    {
        if (await TryDescribeAsync(consumer).ConfigureAwait(false) is not { } snapshot) return null;
        return ApiJson.Write((Consumer: consumer, Snapshot: snapshot, Shown: shown(snapshot.Config), Now: now), static (json, info) =>
        {
            json.WriteStartObject();
            Write(json, info.Consumer, info.Snapshot, info.Shown, info.Now);
            json.WriteEndObject();
        });
    }

    /// <summary>Where a consumer is; null where it has ended meanwhile.</summary>
    public static async Task<ConsumerSnapshot?> TryDescribeAsync(LiveConsumer consumer)
    {
        try
        {
            return await consumer.DescribeAsync().ConfigureAwait(false);
        }
        catch (ConsumerGoneException)
        {
            return null;
        }
    }

    /// <summary>Members of a consumer's description.</summary>
    /// <param name="shown">The configuration as it is shown; null leaves it out.</param>
    public static void Write(Utf8JsonWriter json, LiveConsumer consumer, ConsumerSnapshot snapshot, ConsumerConfig? shown, DateTimeOffset now)
    {
        json.WriteString("stream_name"u8, consumer.Stream.Name);
        json.WriteString("name"u8, consumer.Name);
        json.WriteTime("created"u8, consumer.Created);
        if (shown is not null)
        {
            json.WritePropertyName("config"u8);
            ConsumerConfigJson.Write(json, shown);
        }

        WritePlace(json, "delivered"u8, snapshot.Delivered);
        WritePlace(json, "ack_floor"u8, snapshot.AckFloor);
        json.WriteNumber("num_ack_pending"u8, snapshot.AckPending);
        json.WriteNumber("num_redelivered"u8, snapshot.Redelivered);
        json.WriteNumber("num_waiting"u8, snapshot.Waiting);
        json.WriteNumber("num_pending"u8, snapshot.Pending);
        json.WriteIfTrue("push_bound"u8, snapshot.IsPushBound);
        json.WriteIfTrue("paused"u8, snapshot.IsPaused);
        json.WriteUnlessZero("pause_remaining"u8, snapshot.PauseRemaining);
        json.WriteTime("ts"u8, GoTime.From(now));
        WriteGroups(json, snapshot.PriorityGroups);
        // Not in nats-server's answer: what passes by itself is not worth explaining.
        if (snapshot.Obstacle is { } obstacle && snapshot.ObstacleAge >= ExplainedAfterNanoseconds) json.WriteString("obstacle"u8, obstacle);
    }

    private static void WritePlace(Utf8JsonWriter json, ReadOnlySpan<byte> name, ConsumerPlace place)
    {
        json.WriteStartObject(name);
        json.WriteNumber("consumer_seq"u8, place.ConsumerSequence);
        json.WriteNumber("stream_seq"u8, place.StreamSequence);
        if (place.LastActive != 0) json.WriteTime("last_active"u8, GoTime.FromUnixNanoseconds(place.LastActive));
        json.WriteEndObject();
    }

    private static void WriteGroups(Utf8JsonWriter json, IReadOnlyList<PriorityGroupSnapshot> groups)
    {
        if (groups.Count == 0) return;
        json.WriteStartArray("priority_groups"u8);
        foreach (PriorityGroupSnapshot group in groups)
        {
            json.WriteStartObject();
            json.WriteString("group"u8, group.Group);
            json.WriteUnlessEmpty("pinned_client_id"u8, group.PinId);
            json.WriteTime("pinned_ts"u8, group.PinnedAt == 0 ? default : GoTime.FromUnixNanoseconds(group.PinnedAt));
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
