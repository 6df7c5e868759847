using System.Text.Json;
using DotNats.Protocol.Text;

namespace DotNats.JetStream;

/// <summary>Consumer configurations as JSON, in the order and with the omissions of nats-server.</summary>
internal static class ConsumerConfigJson
{
    /// <summary>Reads a stored configuration. Where <paramref name="error"/> is not null, the consumer cannot be used as it is.</summary>
    public static ConsumerMeta ReadMeta(ReadOnlySpan<byte> json, out string? error) => ConsumerConfigReader.Meta.ReadWhole(json, new ConsumerMeta(), out error);

    /// <summary>Reads a stored configuration and says whether this server understands all of it.</summary>
    /// <param name="offlineReason">Why the consumer must be left alone; null where it may be used.</param>
    /// <param name="error">Why it cannot be read at all; null where it can.</param>
    public static ConsumerMeta ReadStored(ReadOnlySpan<byte> json, out string? offlineReason, out string? error)
    {
        ConsumerMeta meta = ConsumerConfigReader.Meta.ReadFirst(json, new ConsumerMeta(), out string? decodingError);
        error = null;
        if (decodingError is not null) meta = ReadMeta(json, out error);
        offlineReason = AssetVersions.OfflineReason(meta.Config.Metadata, decodingError);
        return meta;
    }

    /// <summary>What <c>meta.inf</c> gets.</summary>
    public static byte[] WriteMeta(ConsumerMeta meta) => ApiJson.Write(meta, static (json, meta) =>
    {
        json.WriteStartObject();
        json.WriteTime("Created"u8, meta.Created);
        json.WriteString("Name"u8, meta.Name);
        WriteMembers(json, meta.Config);
        json.WriteEndObject();
    });

    public static byte[] Write(ConsumerConfig config) => ApiJson.Write(config, Write);

    public static void Write(Utf8JsonWriter json, ConsumerConfig config)
    {
        json.WriteStartObject();
        WriteMembers(json, config);
        json.WriteEndObject();
    }

    public static bool AreSame(ConsumerConfig one, ConsumerConfig other) =>
        Write(one).AsSpan().SequenceEqual(Write(other))
        && GoList.AreAlike(one.BackOff, other.BackOff)
        && GoList.AreAlike(one.FilterSubjects, other.FilterSubjects)
        && GoList.AreAlike(one.PriorityGroups, other.PriorityGroups);

    private static void WriteMembers(Utf8JsonWriter json, ConsumerConfig config)
    {
        json.WriteUnlessEmpty("durable_name"u8, config.Durable);
        json.WriteUnlessEmpty("name"u8, config.Name);
        json.WriteUnlessEmpty("description"u8, config.Description);
        json.WriteString("deliver_policy"u8, ConsumerPolicyNames.Deliver[config.DeliverPolicy]);
        json.WriteUnlessZero("opt_start_seq"u8, config.StartSequence);
        WriteTime(json, "opt_start_time"u8, config.StartTime);
        json.WriteString("ack_policy"u8, ConsumerPolicyNames.Ack[config.AckPolicy]);
        json.WriteUnlessZero("ack_wait"u8, config.AckWaitNanoseconds);
        json.WriteUnlessZero("max_deliver"u8, config.MaxDeliver);
        WriteBackOff(json, config.BackOff);
        json.WriteUnlessEmpty("filter_subject"u8, config.FilterSubject);
        json.WriteUnlessEmpty("filter_subjects"u8, config.FilterSubjects);
        json.WriteString("replay_policy"u8, ConsumerPolicyNames.Replay[config.ReplayPolicy]);
        json.WriteUnlessZero("rate_limit_bps"u8, config.RateLimitBits);
        json.WriteUnlessEmpty("sample_freq"u8, config.SampleFrequency);
        json.WriteUnlessZero("max_waiting"u8, config.MaxWaiting);
        json.WriteUnlessZero("max_ack_pending"u8, config.MaxAckPending);
        json.WriteIfTrue("flow_control"u8, config.FlowControl);
        json.WriteIfTrue("headers_only"u8, config.HeadersOnly);
        json.WriteUnlessZero("max_batch"u8, config.MaxRequestBatch);
        json.WriteUnlessZero("max_expires"u8, config.MaxRequestExpiresNanoseconds);
        json.WriteUnlessZero("max_bytes"u8, config.MaxRequestBytes);
        json.WriteUnlessEmpty("deliver_subject"u8, config.DeliverSubject);
        json.WriteUnlessEmpty("deliver_group"u8, config.DeliverGroup);
        json.WriteUnlessZero("idle_heartbeat"u8, config.HeartbeatNanoseconds);
        json.WriteUnlessZero("inactive_threshold"u8, config.InactiveThresholdNanoseconds);
        json.WriteNumber("num_replicas"u8, config.Replicas);
        json.WriteIfTrue("mem_storage"u8, config.MemoryStorage);
        json.WriteIfTrue("direct"u8, config.Direct);
        json.WriteIfTrue("sourcing"u8, config.Sourcing);
        json.WriteUnlessEmpty("metadata"u8, config.Metadata);
        WriteTime(json, "pause_until"u8, config.PauseUntil);
        json.WriteUnlessEmpty("priority_groups"u8, config.PriorityGroups);
        if (config.PriorityPolicy != PriorityPolicy.None) json.WriteString("priority_policy"u8, ConsumerPolicyNames.Priority[config.PriorityPolicy]);
        json.WriteUnlessZero("priority_timeout"u8, config.PinnedTtlNanoseconds);
    }

    private static void WriteTime(Utf8JsonWriter json, ReadOnlySpan<byte> name, GoTime? time)
    {
        if (time is { } given) json.WriteTime(name, given);
    }

    private static void WriteBackOff(Utf8JsonWriter json, IReadOnlyList<long> backOff)
    {
        if (backOff.Count == 0) return;
        json.WriteStartArray("backoff"u8);
        foreach (long nanoseconds in backOff) json.WriteNumberValue(nanoseconds);
        json.WriteEndArray();
    }
}
