using DotNats.JetStream.Publishing;
using DotNats.Storage;

namespace DotNats.JetStream.Service;

/// <summary>From a stream's configuration to the rules of its log.</summary>
internal static class StreamLogOptions
{
    public static LogOptions Of(StreamConfig config, JetStreamOptions options) => new()
    {
        Name = config.Name,
        MaxMessages = config.MaxMessages,
        MaxBytes = config.MaxBytes,
        MaxMessagesPerSubject = config.MaxMessagesPerSubject,
        MaxAge = TimeSpan.FromTicks(config.MaxAgeNanoseconds / TimeSpan.NanosecondsPerTick),
        RemovesOldest = config.Discard == DiscardPolicy.Old,
        FirstSequence = config.FirstSequence,
        Compression = config.Compression == StoreCompression.S2 ? LogCompression.S2 : LogCompression.None,
        Durability = DurabilityOf(config, options),
        SyncInterval = options.SyncInterval,
        Inspector = NeedsInspector(config) ? MessageInspector.For(config.AllowMessageTtl, config.AllowMessageSchedules) : null,
    };

    /// <summary>What an acknowledgement of the server's streams means.</summary>
    public static LogDurability DurabilityOf(JetStreamOptions options) =>
        options.SyncIsSet && !options.SyncAlways ? LogDurability.Written : LogDurability.Synced;

    /// <summary>What an acknowledgement of one stream means, as monitoring and answers name it.</summary>
    public static string ContractOf(StreamConfig config, JetStreamOptions options) =>
        config.Storage == StorageType.Memory ? "memory" : NameOf(DurabilityOf(config, options));

    /// <summary>As monitoring and answers name it.</summary>
    public static string NameOf(LogDurability durability) => durability switch
    {
        LogDurability.Synced => "synced",
        LogDurability.Written => "written",
        _ => "buffered",
    };

    // Compat: a message that never expires outlives max_age also where it came from another stream into one that allows no times to live.
    private static bool NeedsInspector(StreamConfig config) => config.AllowMessageTtl || config.AllowMessageSchedules
        || (config.MaxAgeNanoseconds > 0 && (config.Mirror is not null || config.Sources.Count > 0));

    // Compat: persist_mode async goes before sync_interval always.
    private static LogDurability DurabilityOf(StreamConfig config, JetStreamOptions options) =>
        config.PersistMode == PersistMode.Async ? LogDurability.Buffered : DurabilityOf(options);
}
