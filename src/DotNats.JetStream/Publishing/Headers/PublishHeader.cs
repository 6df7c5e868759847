namespace DotNats.JetStream.Publishing.Headers;

/// <summary>Headers that mean something to a stream.</summary>
internal enum PublishHeader
{
    MessageId,
    ExpectedStream,
    ExpectedLastSequence,
    ExpectedLastSubjectSequence,
    ExpectedLastSubjectSequenceSubject,
    ExpectedLastMessageId,
    Rollup,
    Ttl,
    Increment,
    CounterSources,
    StreamSource,
    BatchId,
    BatchSequence,
    BatchCommit,
    Schedule,
    ScheduleTarget,
    ScheduleSource,
    ScheduleTtl,
    ScheduleTimeZone,
    ScheduleRollup,
    ScheduleNext,
    Scheduler,
    RequiredApiLevel,
    RequestInfo,
    MarkerReason,
}

/// <summary>Names of headers as they stand in a block; case matters.</summary>
internal static class HeaderNames
{
    public static ReadOnlySpan<byte> Prefix => "Nats-"u8;

    /// <summary>All that a publisher expects.</summary>
    public static ReadOnlySpan<byte> ExpectedPrefix => "Nats-Expected-"u8;

    /// <summary>All that concerns schedules, <see cref="Scheduler"/> included.</summary>
    public static ReadOnlySpan<byte> SchedulePrefix => "Nats-Schedule"u8;

    public static ReadOnlySpan<byte> MessageId => "Nats-Msg-Id"u8;

    public static ReadOnlySpan<byte> ExpectedLastMessageId => "Nats-Expected-Last-Msg-Id"u8;

    public static ReadOnlySpan<byte> Rollup => "Nats-Rollup"u8;

    public static ReadOnlySpan<byte> Ttl => "Nats-TTL"u8;

    public static ReadOnlySpan<byte> Increment => "Nats-Incr"u8;

    public static ReadOnlySpan<byte> CounterSources => "Nats-Counter-Sources"u8;

    public static ReadOnlySpan<byte> StreamSource => "Nats-Stream-Source"u8;

    public static ReadOnlySpan<byte> BatchId => "Nats-Batch-Id"u8;

    public static ReadOnlySpan<byte> BatchCommit => "Nats-Batch-Commit"u8;

    public static ReadOnlySpan<byte> Schedule => "Nats-Schedule"u8;

    public static ReadOnlySpan<byte> ScheduleNext => "Nats-Schedule-Next"u8;

    public static ReadOnlySpan<byte> Scheduler => "Nats-Scheduler"u8;

    public static ReadOnlySpan<byte> RequiredApiLevel => "Nats-Required-Api-Level"u8;

    public static ReadOnlySpan<byte> RequestInfo => "Nats-Request-Info"u8;

    public static ReadOnlySpan<byte> MarkerReason => "Nats-Marker-Reason"u8;

    public static ReadOnlySpan<byte> KvOperation => "KV-Operation"u8;

    /// <summary>Which header a name is; false for one that streams do not know.</summary>
    public static bool TryFind(ReadOnlySpan<byte> name, out PublishHeader header)
    {
        int found = name.Length switch
        {
            8 when name.SequenceEqual(Ttl) => (int)PublishHeader.Ttl,
            9 when name.SequenceEqual(Increment) => (int)PublishHeader.Increment,
            11 when name.SequenceEqual(MessageId) => (int)PublishHeader.MessageId,
            11 when name.SequenceEqual(Rollup) => (int)PublishHeader.Rollup,
            13 when name.SequenceEqual(BatchId) => (int)PublishHeader.BatchId,
            13 when name.SequenceEqual(Schedule) => (int)PublishHeader.Schedule,
            14 when name.SequenceEqual(Scheduler) => (int)PublishHeader.Scheduler,
            17 when name.SequenceEqual(BatchCommit) => (int)PublishHeader.BatchCommit,
            17 when name.SequenceEqual(RequestInfo) => (int)PublishHeader.RequestInfo,
            17 when name.SequenceEqual("Nats-Schedule-TTL"u8) => (int)PublishHeader.ScheduleTtl,
            18 when name.SequenceEqual(StreamSource) => (int)PublishHeader.StreamSource,
            18 when name.SequenceEqual(MarkerReason) => (int)PublishHeader.MarkerReason,
            18 when name.SequenceEqual(ScheduleNext) => (int)PublishHeader.ScheduleNext,
            19 when name.SequenceEqual("Nats-Batch-Sequence"u8) => (int)PublishHeader.BatchSequence,
            20 when name.SequenceEqual("Nats-Expected-Stream"u8) => (int)PublishHeader.ExpectedStream,
            20 when name.SequenceEqual("Nats-Schedule-Target"u8) => (int)PublishHeader.ScheduleTarget,
            20 when name.SequenceEqual("Nats-Schedule-Source"u8) => (int)PublishHeader.ScheduleSource,
            20 when name.SequenceEqual("Nats-Schedule-Rollup"u8) => (int)PublishHeader.ScheduleRollup,
            20 when name.SequenceEqual(CounterSources) => (int)PublishHeader.CounterSources,
            23 when name.SequenceEqual(RequiredApiLevel) => (int)PublishHeader.RequiredApiLevel,
            23 when name.SequenceEqual("Nats-Schedule-Time-Zone"u8) => (int)PublishHeader.ScheduleTimeZone,
            25 when name.SequenceEqual(ExpectedLastMessageId) => (int)PublishHeader.ExpectedLastMessageId,
            27 when name.SequenceEqual("Nats-Expected-Last-Sequence"u8) => (int)PublishHeader.ExpectedLastSequence,
            35 when name.SequenceEqual("Nats-Expected-Last-Subject-Sequence"u8) => (int)PublishHeader.ExpectedLastSubjectSequence,
            43 when name.SequenceEqual("Nats-Expected-Last-Subject-Sequence-Subject"u8) => (int)PublishHeader.ExpectedLastSubjectSequenceSubject,
            _ => -1,
        };
        header = (PublishHeader)found;
        return found >= 0;
    }
}
