using DotNats.JetStream.Publishing.Batches;

namespace DotNats.JetStream.Streams;

/// <summary>What batches of all streams may have, and what they share.</summary>
// Owner: JetStreamService. Lifetime: the server's: these options cannot be reloaded.
internal sealed class BatchSettings
{
    // nats-server's defaults.
    private const int AtomicBatches = 1000;
    private const int FastBatches = 50_000;

    // Atomic batches wait in memory: a hundred of the largest ones of 128 bytes, or few of large messages.
    private const long AtomicBytes = 256L * 1024 * 1024;

    public BatchSettings(JetStreamLimitOptions options)
    {
        BatchLimits defaults = BatchLimits.Default;
        Limits = new BatchLimits
        {
            Timeout = options.BatchTimeout > TimeSpan.Zero ? options.BatchTimeout : defaults.Timeout,
            MaxAtomicSize = OrDefault(options.BatchMaxMessages, defaults.MaxAtomicSize),
            MaxAtomicPerStream = OrDefault(options.BatchMaxInflightPerStream, defaults.MaxAtomicPerStream),
            MaxFastPerStream = OrDefault(options.BatchMaxInflightPerStream, defaults.MaxFastPerStream),
        };
        AtomicQuota = new BatchQuota(OrDefault(options.BatchMaxInflightTotal, AtomicBatches), AtomicBytes);
        FastQuota = new BatchQuota(OrDefault(options.BatchMaxInflightTotal, FastBatches));
    }

    public BatchLimits Limits { get; }

    public BatchQuota AtomicQuota { get; }

    public BatchQuota FastQuota { get; }

    private static int OrDefault(int configured, int value) => configured > 0 ? configured : value;
}
