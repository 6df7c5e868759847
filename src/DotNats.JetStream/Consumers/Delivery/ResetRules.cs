using DotNats.Storage;

namespace DotNats.JetStream.Consumers;

/// <summary>Where a consumer may begin again.</summary>
internal static class ResetRules
{
    /// <summary>Why not at a stream sequence, in nats-server's words; null where it may.</summary>
    public static string? FindError(ConsumerConfig config, IMessageLog log, ulong sequence) => config.DeliverPolicy switch
    {
        DeliverPolicy.All => null,
        DeliverPolicy.ByStartSequence => sequence < config.StartSequence ? "below start seq" : null,
        DeliverPolicy.ByStartTime => sequence < log.FirstSequenceSince(config.StartTime?.UnixNanoseconds ?? 0) ? "below start time" : null,
        _ => "not allowed",
    };
}
