using DotNats.Protocol.Text;

namespace DotNats.JetStream;

/// <summary>Which members consumer configurations have in JSON and how they are read, each with the name of Go's type that error texts show.</summary>
internal static class ConsumerConfigReader
{
    public static GoJsonStruct<ConsumerConfig> Config { get; } = new("server.ConsumerConfig",
        ("durable_name", static (ref json, value) => value with { Durable = json.Text(value.Durable) }),
        ("name", static (ref json, value) => value with { Name = json.Text(value.Name) }),
        ("description", static (ref json, value) => value with { Description = json.Text(value.Description) }),
        ("deliver_policy", static (ref json, value) => value with { DeliverPolicy = ConsumerPolicyNames.Deliver.Read(ref json, value.DeliverPolicy) }),
        ("opt_start_seq", static (ref json, value) => value with { StartSequence = json.Natural(value.StartSequence) }),
        ("opt_start_time", static (ref json, value) => value with { StartTime = json.Time(value.StartTime) }),
        ("ack_policy", static (ref json, value) => value with { AckPolicy = ConsumerPolicyNames.Ack.Read(ref json, value.AckPolicy) }),
        ("ack_wait", static (ref json, value) => value with { AckWaitNanoseconds = json.Duration(value.AckWaitNanoseconds) }),
        ("max_deliver", static (ref json, value) => value with { MaxDeliver = json.Whole(value.MaxDeliver, "int") }),
        ("backoff", static (ref json, value) => value with { BackOff = json.List(value.BackOff, "[]time.Duration", static (ref item) => item.Duration(0)) }),
        ("filter_subject", static (ref json, value) => value with { FilterSubject = json.Text(value.FilterSubject) }),
        ("filter_subjects", static (ref json, value) => value with { FilterSubjects = json.Texts(value.FilterSubjects) }),
        ("replay_policy", static (ref json, value) => value with { ReplayPolicy = ConsumerPolicyNames.Replay.Read(ref json, value.ReplayPolicy) }),
        ("rate_limit_bps", static (ref json, value) => value with { RateLimitBits = json.Natural(value.RateLimitBits) }),
        ("sample_freq", static (ref json, value) => value with { SampleFrequency = json.Text(value.SampleFrequency) }),
        ("max_waiting", static (ref json, value) => value with { MaxWaiting = json.Whole(value.MaxWaiting, "int") }),
        ("max_ack_pending", static (ref json, value) => value with { MaxAckPending = json.Whole(value.MaxAckPending, "int") }),
        ("flow_control", static (ref json, value) => value with { FlowControl = json.Flag(value.FlowControl) }),
        ("headers_only", static (ref json, value) => value with { HeadersOnly = json.Flag(value.HeadersOnly) }),
        ("max_batch", static (ref json, value) => value with { MaxRequestBatch = json.Whole(value.MaxRequestBatch, "int") }),
        ("max_expires", static (ref json, value) => value with { MaxRequestExpiresNanoseconds = json.Duration(value.MaxRequestExpiresNanoseconds) }),
        ("max_bytes", static (ref json, value) => value with { MaxRequestBytes = json.Whole(value.MaxRequestBytes, "int") }),
        ("deliver_subject", static (ref json, value) => value with { DeliverSubject = json.Text(value.DeliverSubject) }),
        ("deliver_group", static (ref json, value) => value with { DeliverGroup = json.Text(value.DeliverGroup) }),
        ("idle_heartbeat", static (ref json, value) => value with { HeartbeatNanoseconds = json.Duration(value.HeartbeatNanoseconds) }),
        ("inactive_threshold", static (ref json, value) => value with { InactiveThresholdNanoseconds = json.Duration(value.InactiveThresholdNanoseconds) }),
        ("num_replicas", static (ref json, value) => value with { Replicas = json.Whole(value.Replicas, "int") }),
        ("mem_storage", static (ref json, value) => value with { MemoryStorage = json.Flag(value.MemoryStorage) }),
        ("direct", static (ref json, value) => value with { Direct = json.Flag(value.Direct) }),
        ("sourcing", static (ref json, value) => value with { Sourcing = json.Flag(value.Sourcing) }),
        ("metadata", static (ref json, value) => value with { Metadata = json.Map(value.Metadata) }),
        ("pause_until", static (ref json, value) => value with { PauseUntil = json.Time(value.PauseUntil) }),
        ("priority_groups", static (ref json, value) => value with { PriorityGroups = json.Texts(value.PriorityGroups) }),
        ("priority_policy", static (ref json, value) => value with { PriorityPolicy = ConsumerPolicyNames.Priority.Read(ref json, value.PriorityPolicy) }),
        ("priority_timeout", static (ref json, value) => value with { PinnedTtlNanoseconds = json.Duration(value.PinnedTtlNanoseconds) }));

    public static GoJsonStruct<ConsumerConfigRequest> Request { get; } = new("server.CreateConsumerRequest",
        ("stream_name", static (ref json, value) => value with { Stream = json.Text(value.Stream) }),
        ("config", static (ref json, value) => value with { Config = Config.Read(ref json, value.Config) }),
        ("action", static (ref json, value) => value with { Action = ConsumerPolicyNames.Action.Read(ref json, value.Action) }),
        ("pedantic", static (ref json, value) => value with { Pedantic = json.Flag(value.Pedantic) }));

    /// <summary>What <c>meta.inf</c> has.</summary>
    // Compat: the file's own name stands beside the configuration's, and both match whatever the case; the exact one is told apart.
    public static GoJsonStruct<ConsumerMeta> Meta { get; } = new GoJsonStruct<ConsumerMeta>("server.FileConsumerInfo",
        ("Created", static (ref json, value) => value with { Created = json.Time(value.Created) ?? value.Created }),
        ("Name", static (ref json, value) => value with { Name = json.Text(value.Name) }))
        .Embed(Config, static meta => meta.Config, static (meta, config) => meta with { Config = config });
}
