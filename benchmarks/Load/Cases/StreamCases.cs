using Load.Harness;
using Load.Workers;

namespace Load.Cases;

/// <summary>Cases of streams. The end of a name says what an acknowledgement means on A and on B: on the device (synced) or not.</summary>
internal static class StreamCases
{
    private const int Window = 500;

    internal static IReadOnlyList<LoadCase> All { get; } =
    [
        .. Asynchronous("128", new PublishShape(1, Window, 128), 2, 20, 5, 3),
        .. Asynchronous("1k", new PublishShape(1, Window, 1024), 1, null, 3, null),
        .. Many(16),
        .. Many(64),
        .. Many(256),
        new PublishCase("js-one-synced-synced", "one publisher, one 128 B message outstanding, file; A and B synced", new(1, 1, 128),
            Durability.Always, Durability.Default, new Goal(Metric.Median, GoalKind.RatioAtMost, 1)),
        new PublishCase("js-one-unsynced-unsynced", "one publisher, one 128 B message outstanding, file; A and B unsynced", new(1, 1, 128),
            Durability.Default, Durability.TwoMinutes, new Goal(Metric.Median, GoalKind.RatioAtMost, 0.6)),
        new PublishCase("js-1000-streams-synced-synced", "1,000 file streams, one 128 B message outstanding in each; A and B synced",
            new(4, 250, 128, Streams: 1000), Durability.Always, Durability.Default, Goal.RateAtLeast(10)),
        new DirectGetCase("js-get-1", "direct get of the last of 100,000 subjects, one client", 1, Goal.RateAtLeast(1)),
        new DirectGetCase("js-get-16", "direct get of the last of 100,000 subjects, 16 clients", 16, Goal.RateAtLeast(2)),
        .. Restarts(1_000_000, "1m"),
        .. Restarts(10_000_000, "10m"),
    ];

    private static IEnumerable<LoadCase> Asynchronous(
        string size, PublishShape shape, double overUnsynced, double? overSynced, double lazyOverUnsynced, double? inMemory)
    {
        string what = $"asynchronous publish of {shape.PayloadBytes} B, {Window} outstanding";
        yield return new PublishCase($"js-async-{size}-unsynced-synced", $"{what}, file; A unsynced, B synced", shape,
            Durability.Default, Durability.Default, Goal.RateAtLeast(overUnsynced), Goal.CpuAtMost(0.25));
        yield return new PublishCase($"js-async-{size}-synced-synced", $"{what}, file; A and B synced", shape,
            Durability.Always, Durability.Default, overSynced is { } over ? [Goal.RateAtLeast(over)] : []);
        yield return new PublishCase($"js-async-{size}-unsynced-unsynced", $"{what}, file; A and B unsynced", shape,
            Durability.Default, Durability.TwoMinutes, Goal.RateAtLeast(lazyOverUnsynced), Goal.CpuAtMost(0.25));
        yield return new PublishCase($"js-async-{size}-memory", $"{what}, memory", shape with { InMemory = true },
            Durability.Default, Durability.Default, inMemory is { } least ? [Goal.RateAtLeast(least)] : []);
    }

    private static IEnumerable<LoadCase> Many(int publishers)
    {
        PublishShape shape = new(publishers, 1, 128);
        string what = $"{publishers} publishers with one 128 B message outstanding each, file";
        yield return new PublishCase($"js-{publishers}-synced-synced", $"{what}; A and B synced", shape,
            Durability.Always, Durability.Default, Goal.RateAtLeast(4));
        yield return new PublishCase($"js-{publishers}-unsynced-unsynced", $"{what}; A and B unsynced", shape,
            Durability.Default, Durability.TwoMinutes, Goal.RateAtLeast(1.5));
    }

    // A's acknowledgements are not synced; it is the time to serve again that is compared.
    private static IEnumerable<LoadCase> Restarts(int messages, string size)
    {
        string what = $"milliseconds from exec until a stream of {messages:N0} messages of 128 B tells its state";
        yield return new RestartCase($"js-restart-{size}", $"{what}, after an orderly stop", messages, crashes: false,
            Goal.ValueAtMost(Metric.LoadTime, 300));
        yield return new RestartCase($"js-crash-{size}", $"{what}, after kill -9 under load; A unsynced, B synced", messages, crashes: true,
            Goal.ValueAtMost(Metric.LoadTime, 300));
    }
}
