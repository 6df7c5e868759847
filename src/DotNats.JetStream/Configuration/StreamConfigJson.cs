using System.Text.Json;
using DotNats.Protocol.Text;

namespace DotNats.JetStream;

/// <summary>Stream configurations as JSON, in the order and with the omissions of nats-server: answers are compared with its own, and it reads what we store.</summary>
internal static class StreamConfigJson
{
    /// <summary>Reads a configuration without judging it. <paramref name="error"/> is what Go's decoder says is wrong, or null.</summary>
    public static StreamConfig Read(ReadOnlySpan<byte> json, out string? error) => StreamConfigReader.Config.ReadWhole(json, new StreamConfig(), out error);

    /// <summary>Reads a stored configuration. Where <paramref name="error"/> is not null, the stream cannot be used as it is.</summary>
    public static StreamMeta ReadMeta(ReadOnlySpan<byte> json, out string? error) => StreamConfigReader.Meta.ReadWhole(json, new StreamMeta(), out error);

    /// <summary>Reads a stored configuration and says whether this server understands all of it.</summary>
    /// <param name="offlineReason">Why the stream must be left alone; null where it may be used.</param>
    /// <param name="error">Why it cannot be read at all; null where it can.</param>
    public static StreamMeta ReadStored(ReadOnlySpan<byte> json, out string? offlineReason, out string? error)
    {
        StreamMeta meta = StreamConfigReader.Meta.ReadFirst(json, new StreamMeta(), out string? decodingError);
        error = null;
        if (decodingError is not null) meta = ReadMeta(json, out error);
        offlineReason = AssetVersions.OfflineReason(meta.Config.Metadata, decodingError);
        return meta;
    }

    /// <summary>What <c>meta.inf</c> gets.</summary>
    public static byte[] WriteMeta(StreamMeta meta) => ApiJson.Write(meta, static (json, meta) =>
    {
        json.WriteStartObject();
        json.WriteTime("Created"u8, meta.Created);
        WriteMembers(json, meta.Config);
        json.WriteEndObject();
    });

    public static byte[] Write(StreamConfig config) => ApiJson.Write(config, Write);

    public static void Write(Utf8JsonWriter json, StreamConfig config)
    {
        json.WriteStartObject();
        WriteMembers(json, config);
        json.WriteEndObject();
    }

    public static bool AreSame(StreamConfig one, StreamConfig other) =>
        Write(one).AsSpan().SequenceEqual(Write(other))
        && GoList.AreAlike(one.Subjects, other.Subjects)
        && GoList.AreAlike(one.Sources, other.Sources)
        && HaveSameLists(one.Mirror, other.Mirror)
        && one.Sources.Zip(other.Sources).All(static pair => HaveSameLists(pair.First, pair.Second));

    public static bool AreSame(StreamSource one, StreamSource? other) =>
        other is not null && ApiJson.Write(one, WriteSource).AsSpan().SequenceEqual(ApiJson.Write(other, WriteSource)) && HaveSameLists(one, other);

    private static bool HaveSameLists(StreamSource? one, StreamSource? other) =>
        one is null || other is null || GoList.AreAlike(one.SubjectTransforms, other.SubjectTransforms);

    private static void WriteMembers(Utf8JsonWriter json, StreamConfig config)
    {
        json.WriteString("name"u8, config.Name);
        json.WriteUnlessEmpty("description"u8, config.Description);
        json.WriteUnlessEmpty("subjects"u8, config.Subjects);
        json.WriteString("retention"u8, PolicyNames.Retention[config.Retention]);
        json.WriteNumber("max_consumers"u8, config.MaxConsumers);
        json.WriteNumber("max_msgs"u8, config.MaxMessages);
        json.WriteNumber("max_bytes"u8, config.MaxBytes);
        json.WriteNumber("max_age"u8, config.MaxAgeNanoseconds);
        json.WriteNumber("max_msgs_per_subject"u8, config.MaxMessagesPerSubject);
        json.WriteUnlessZero("max_msg_size"u8, config.MaxMessageSize);
        json.WriteString("discard"u8, PolicyNames.Discard[config.Discard]);
        json.WriteString("storage"u8, PolicyNames.Storage[config.Storage == StorageType.Unset ? StorageType.File : config.Storage]);
        json.WriteNumber("num_replicas"u8, config.Replicas);
        json.WriteIfTrue("no_ack"u8, config.NoAck);
        json.WriteUnlessZero("duplicate_window"u8, config.DuplicateWindowNanoseconds);
        WritePlacement(json, config.Placement);
        if (config.Mirror is not null) WriteSource(json, "mirror"u8, config.Mirror);
        WriteSources(json, config.Sources);
        json.WriteString("compression"u8, PolicyNames.NameOf(config.Compression));
        json.WriteUnlessZero("first_seq"u8, config.FirstSequence);
        if (config.SubjectTransform is not null) WriteTransform(json, "subject_transform"u8, config.SubjectTransform);
        WriteRepublish(json, config.Republish);
        WriteFlags(json, config);
        json.WriteUnlessEmpty("metadata"u8, config.Metadata);
    }

    private static void WriteFlags(Utf8JsonWriter json, StreamConfig config)
    {
        json.WriteBoolean("allow_direct"u8, config.AllowDirect);
        json.WriteBoolean("mirror_direct"u8, config.MirrorDirect);
        json.WriteIfTrue("discard_new_per_subject"u8, config.DiscardNewPerSubject);
        json.WriteBoolean("sealed"u8, config.Sealed);
        json.WriteBoolean("deny_delete"u8, config.DenyDelete);
        json.WriteBoolean("deny_purge"u8, config.DenyPurge);
        json.WriteBoolean("allow_rollup_hdrs"u8, config.AllowRollup);
        json.WriteStartObject("consumer_limits"u8);
        json.WriteUnlessZero("inactive_threshold"u8, config.ConsumerLimits.InactiveThresholdNanoseconds);
        json.WriteUnlessZero("max_ack_pending"u8, config.ConsumerLimits.MaxAckPending);
        json.WriteEndObject();
        json.WriteBoolean("allow_msg_ttl"u8, config.AllowMessageTtl);
        json.WriteUnlessZero("subject_delete_marker_ttl"u8, config.SubjectDeleteMarkerTtlNanoseconds);
        json.WriteIfTrue("allow_msg_counter"u8, config.AllowMessageCounter);
        json.WriteIfTrue("allow_atomic"u8, config.AllowAtomicPublish);
        json.WriteIfTrue("allow_msg_schedules"u8, config.AllowMessageSchedules);
        if (config.PersistMode != PersistMode.Default) json.WriteString("persist_mode"u8, PolicyNames.Persist[config.PersistMode]);
        json.WriteIfTrue("allow_batched"u8, config.AllowBatchPublish);
    }

    private static void WritePlacement(Utf8JsonWriter json, Placement? placement)
    {
        if (placement is null) return;
        json.WriteStartObject("placement"u8);
        json.WriteUnlessEmpty("cluster"u8, placement.Cluster);
        json.WriteUnlessEmpty("tags"u8, placement.Tags ?? []);
        json.WriteUnlessEmpty("preferred"u8, placement.Preferred);
        json.WriteEndObject();
    }

    private static void WriteSources(Utf8JsonWriter json, IReadOnlyList<StreamSource?> sources)
    {
        if (sources.Count == 0) return;
        json.WriteStartArray("sources"u8);
        foreach (StreamSource? source in sources)
        {
            if (source is null) json.WriteNullValue();
            else WriteSource(json, default, source);
        }

        json.WriteEndArray();
    }

    private static void WriteSource(Utf8JsonWriter json, StreamSource source) => WriteSource(json, default, source);

    // Without a name, an item of a list.
    private static void WriteSource(Utf8JsonWriter json, ReadOnlySpan<byte> name, StreamSource source)
    {
        if (name.IsEmpty) json.WriteStartObject();
        else json.WriteStartObject(name);
        json.WriteString("name"u8, source.Name);
        json.WriteUnlessZero("opt_start_seq"u8, source.StartSequence);
        if (source.StartTime is { } time) json.WriteTime("opt_start_time"u8, time);
        json.WriteUnlessEmpty("filter_subject"u8, source.FilterSubject);
        WriteTransforms(json, source.SubjectTransforms);
        WriteExternal(json, source.External);
        if (source.Consumer is { } consumer)
        {
            json.WriteStartObject("consumer"u8);
            json.WriteUnlessEmpty("name"u8, consumer.Name);
            json.WriteUnlessEmpty("deliver_subject"u8, consumer.DeliverSubject);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    /// <summary>Member <c>external</c>; nothing for null.</summary>
    public static void WriteExternal(Utf8JsonWriter json, ExternalStream? external)
    {
        if (external is null) return;
        json.WriteStartObject("external"u8);
        json.WriteString("api"u8, external.ApiPrefix);
        json.WriteString("deliver"u8, external.DeliverPrefix);
        json.WriteEndObject();
    }

    /// <summary>Member <c>subject_transforms</c>; nothing for none.</summary>
    public static void WriteTransforms(Utf8JsonWriter json, IReadOnlyList<SubjectTransformConfig> transforms)
    {
        if (transforms.Count == 0) return;
        json.WriteStartArray("subject_transforms"u8);
        foreach (SubjectTransformConfig transform in transforms) WriteTransform(json, default, transform);
        json.WriteEndArray();
    }

    private static void WriteTransform(Utf8JsonWriter json, ReadOnlySpan<byte> name, SubjectTransformConfig transform)
    {
        if (name.IsEmpty) json.WriteStartObject();
        else json.WriteStartObject(name);
        json.WriteString("src"u8, transform.Source);
        json.WriteString("dest"u8, transform.Destination);
        json.WriteEndObject();
    }

    private static void WriteRepublish(Utf8JsonWriter json, Republish? republish)
    {
        if (republish is null) return;
        json.WriteStartObject("republish"u8);
        json.WriteUnlessEmpty("src"u8, republish.Source);
        json.WriteString("dest"u8, republish.Destination);
        json.WriteIfTrue("headers_only"u8, republish.HeadersOnly);
        json.WriteEndObject();
    }
}
