using DotNats.Protocol.Text;

namespace DotNats.JetStream;

/// <summary>Which members stream configurations have in JSON and how they are read, each with the name of Go's type that error texts show.</summary>
internal static class StreamConfigReader
{
    public static GoJsonStruct<Placement> Placement { get; } = new("server.Placement",
        ("cluster", static (ref json, value) => value with { Cluster = json.Text(value.Cluster) }),
        ("tags", static (ref json, value) => value with { Tags = json.IsNull ? null : json.Texts(value.Tags ?? []) }),
        ("preferred", static (ref json, value) => value with { Preferred = json.Text(value.Preferred) }));

    public static GoJsonStruct<SubjectTransformConfig> SubjectTransform { get; } = new("server.SubjectTransformConfig",
        ("src", static (ref json, value) => value with { Source = json.Text(value.Source) }),
        ("dest", static (ref json, value) => value with { Destination = json.Text(value.Destination) }));

    private static GoJsonStruct<ExternalStream> External { get; } = new("server.ExternalStream",
        ("api", static (ref json, value) => value with { ApiPrefix = json.Text(value.ApiPrefix) }),
        ("deliver", static (ref json, value) => value with { DeliverPrefix = json.Text(value.DeliverPrefix) }));

    private static GoJsonStruct<SourceConsumer> SourceConsumer { get; } = new("server.StreamConsumerSource",
        ("name", static (ref json, value) => value with { Name = json.Text(value.Name) }),
        ("deliver_subject", static (ref json, value) => value with { DeliverSubject = json.Text(value.DeliverSubject) }));

    public static GoJsonStruct<StreamSource> Source { get; } = new("server.StreamSource",
        ("name", static (ref json, value) => value with { Name = json.Text(value.Name) }),
        ("opt_start_seq", static (ref json, value) => value with { StartSequence = json.Natural(value.StartSequence) }),
        ("opt_start_time", static (ref json, value) => value with { StartTime = json.Time(value.StartTime) }),
        ("filter_subject", static (ref json, value) => value with { FilterSubject = json.Text(value.FilterSubject) }),
        ("subject_transforms", static (ref json, value) => value with { SubjectTransforms = Transforms(ref json, value.SubjectTransforms) }),
        ("external", static (ref json, value) => value with { External = Optional(ref json, External, value.External) }),
        ("consumer", static (ref json, value) => value with { Consumer = Optional(ref json, SourceConsumer, value.Consumer) }));

    private static GoJsonStruct<Republish> Republish { get; } = new("server.RePublish",
        ("src", static (ref json, value) => value with { Source = json.Text(value.Source) }),
        ("dest", static (ref json, value) => value with { Destination = json.Text(value.Destination) }),
        ("headers_only", static (ref json, value) => value with { HeadersOnly = json.Flag(value.HeadersOnly) }));

    private static GoJsonStruct<ConsumerLimits> ConsumerLimits { get; } = new("server.StreamConsumerLimits",
        ("inactive_threshold", static (ref json, value) => value with { InactiveThresholdNanoseconds = json.Duration(value.InactiveThresholdNanoseconds) }),
        ("max_ack_pending", static (ref json, value) => value with { MaxAckPending = json.Whole(value.MaxAckPending, "int") }));

    public static GoJsonStruct<StreamConfig> Config { get; } = new("server.StreamConfig",
        ("name", static (ref json, value) => value with { Name = json.Text(value.Name) }),
        ("description", static (ref json, value) => value with { Description = json.Text(value.Description) }),
        ("subjects", static (ref json, value) => value with { Subjects = json.Texts(value.Subjects) }),
        ("retention", static (ref json, value) => value with { Retention = PolicyNames.Retention.Read(ref json, value.Retention) }),
        ("max_consumers", static (ref json, value) => value with { MaxConsumers = json.Whole(value.MaxConsumers, "int") }),
        ("max_msgs", static (ref json, value) => value with { MaxMessages = json.Whole(value.MaxMessages) }),
        ("max_bytes", static (ref json, value) => value with { MaxBytes = json.Whole(value.MaxBytes) }),
        ("max_age", static (ref json, value) => value with { MaxAgeNanoseconds = json.Duration(value.MaxAgeNanoseconds) }),
        ("max_msgs_per_subject", static (ref json, value) => value with { MaxMessagesPerSubject = json.Whole(value.MaxMessagesPerSubject) }),
        ("max_msg_size", static (ref json, value) => value with { MaxMessageSize = json.Whole32(value.MaxMessageSize) }),
        ("discard", static (ref json, value) => value with { Discard = PolicyNames.Discard.Read(ref json, value.Discard) }),
        ("storage", static (ref json, value) => value with { Storage = PolicyNames.Storage.Read(ref json, value.Storage) }),
        ("num_replicas", static (ref json, value) => value with { Replicas = json.Whole(value.Replicas, "int") }),
        ("no_ack", static (ref json, value) => value with { NoAck = json.Flag(value.NoAck) }),
        ("duplicate_window", static (ref json, value) => value with { DuplicateWindowNanoseconds = json.Duration(value.DuplicateWindowNanoseconds) }),
        ("placement", static (ref json, value) => value with { Placement = Optional(ref json, Placement, value.Placement) }),
        ("mirror", static (ref json, value) => value with { Mirror = Optional(ref json, Source, value.Mirror) }),
        ("sources", static (ref json, value) => value with { Sources = Sources(ref json, value.Sources) }),
        ("compression", static (ref json, value) => value with { Compression = PolicyNames.ReadCompression(ref json, value.Compression) }),
        ("first_seq", static (ref json, value) => value with { FirstSequence = json.Natural(value.FirstSequence) }),
        ("subject_transform", static (ref json, value) => value with { SubjectTransform = Optional(ref json, SubjectTransform, value.SubjectTransform) }),
        ("republish", static (ref json, value) => value with { Republish = Optional(ref json, Republish, value.Republish) }),
        ("allow_direct", static (ref json, value) => value with { AllowDirect = json.Flag(value.AllowDirect) }),
        ("mirror_direct", static (ref json, value) => value with { MirrorDirect = json.Flag(value.MirrorDirect) }),
        ("discard_new_per_subject", static (ref json, value) => value with { DiscardNewPerSubject = json.Flag(value.DiscardNewPerSubject) }),
        ("sealed", static (ref json, value) => value with { Sealed = json.Flag(value.Sealed) }),
        ("deny_delete", static (ref json, value) => value with { DenyDelete = json.Flag(value.DenyDelete) }),
        ("deny_purge", static (ref json, value) => value with { DenyPurge = json.Flag(value.DenyPurge) }),
        ("allow_rollup_hdrs", static (ref json, value) => value with { AllowRollup = json.Flag(value.AllowRollup) }),
        ("consumer_limits", static (ref json, value) => value with { ConsumerLimits = ConsumerLimits.Read(ref json, value.ConsumerLimits) }),
        ("allow_msg_ttl", static (ref json, value) => value with { AllowMessageTtl = json.Flag(value.AllowMessageTtl) }),
        ("subject_delete_marker_ttl", static (ref json, value) => value with { SubjectDeleteMarkerTtlNanoseconds = json.Duration(value.SubjectDeleteMarkerTtlNanoseconds) }),
        ("allow_msg_counter", static (ref json, value) => value with { AllowMessageCounter = json.Flag(value.AllowMessageCounter) }),
        ("allow_atomic", static (ref json, value) => value with { AllowAtomicPublish = json.Flag(value.AllowAtomicPublish) }),
        ("allow_msg_schedules", static (ref json, value) => value with { AllowMessageSchedules = json.Flag(value.AllowMessageSchedules) }),
        ("persist_mode", static (ref json, value) => value with { PersistMode = PolicyNames.Persist.Read(ref json, value.PersistMode) }),
        ("allow_batched", static (ref json, value) => value with { AllowBatchPublish = json.Flag(value.AllowBatchPublish) }),
        ("metadata", static (ref json, value) => value with { Metadata = json.Map(value.Metadata) }));

    /// <summary>A request to create or update a stream: a configuration and <c>pedantic</c> beside its fields.</summary>
    public static GoJsonStruct<StreamConfigRequest> Request { get; } = new GoJsonStruct<StreamConfigRequest>("server.StreamConfigRequest",
        ("pedantic", static (ref json, value) => value with { Pedantic = json.Flag(value.Pedantic) }))
        .Embed(Config, static request => request.Config, static (request, config) => request with { Config = config });

    /// <summary>What <c>meta.inf</c> has.</summary>
    public static GoJsonStruct<StreamMeta> Meta { get; } = new GoJsonStruct<StreamMeta>("server.FileStreamInfo",
        ("Created", static (ref json, value) => value with { Created = json.Time(value.Created) ?? value.Created }))
        .Embed(Config, static meta => meta.Config, static (meta, config) => meta with { Config = config });

    /// <summary>A structure behind a pointer: null stands for none.</summary>
    public static T? Optional<T>(ref GoJsonReader json, GoJsonStruct<T> members, T? current)
        where T : class, new() => json.IsNull ? null : members.Read(ref json, current ?? new T());

    private static IReadOnlyList<SubjectTransformConfig> Transforms(ref GoJsonReader json, IReadOnlyList<SubjectTransformConfig> current) =>
        json.List(current, "[]server.SubjectTransformConfig", static (ref item) => SubjectTransform.Read(ref item, new SubjectTransformConfig()));

    private static IReadOnlyList<StreamSource?> Sources(ref GoJsonReader json, IReadOnlyList<StreamSource?> current) =>
        json.List(current, "[]*server.StreamSource", static (ref item) => Optional(ref item, Source, null));
}
