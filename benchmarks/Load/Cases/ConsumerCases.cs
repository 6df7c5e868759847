using Load.Harness;
using Load.Workers;

namespace Load.Cases;

/// <summary>Cases of consumers: file streams, nats-server's default durability on A, ours on B.</summary>
internal static class ConsumerCases
{
    private const int Small = 1_000_000;
    private const int Large = 250_000;
    private const int Subjects = 1_000_000;

    internal static IReadOnlyList<LoadCase> All { get; } =
    [
        Consume("js-pull-100-128", "durable pull consumer, explicit acknowledgements, 100 outstanding, 128 B", new(ConsumeKind.Pull, 100, Small, 128)),
        Consume("js-pull-500-128", "the same, 500 outstanding", new(ConsumeKind.Pull, 500, Small, 128)),
        Consume("js-pull-100-1k", "durable pull consumer, explicit acknowledgements, 100 outstanding, 1 KiB", new(ConsumeKind.Pull, 100, Large, 1024)),
        Consume("js-pull-500-1k", "the same, 500 outstanding", new(ConsumeKind.Pull, 500, Large, 1024)),
        Consume("js-ordered-128", "ordered consumer, 128 B", new(ConsumeKind.Ordered, 0, Small, 128)),
        Consume("js-ordered-1k", "ordered consumer, 1 KiB", new(ConsumeKind.Ordered, 0, Large, 1024)),
        new ConsumeCase("js-fetch-1", "fetch of one message of 128 B, acknowledged", new(ConsumeKind.Fetch, 1, Large, 128), new Goal(Metric.Median, GoalKind.RatioAtMost, 0.7)),
        .. Filtered("pull", "pulled, 500 outstanding", ConsumeKind.Pull, 500),
        .. Filtered("ordered", "ordered", ConsumeKind.Ordered, 0),
        new DirectGetCase("js-kv-get", "get of a random key of a bucket with 100,000", 1, new Goal(Metric.Median, GoalKind.RatioAtMost, 0.7)) { Bucket = true },
        Put("synced-synced", "A and B synced", Durability.Always, Durability.Default),
        Put("unsynced-unsynced", "A and B unsynced", Durability.Default, Durability.TwoMinutes),
        new CreateConsumersCase("js-create-1m", 1_000_000, Subjects, isStarted: false, Goal.ValueAtMost(Metric.High, 10_000)),
        new CreateConsumersCase("js-create-10m", 10_000_000, Subjects, isStarted: false, Goal.ValueAtMost(Metric.High, 10_000)),
        new CreateConsumersCase("js-create-10m-starts", 10_000_000, Subjects, isStarted: true),
        new IdleConsumersCase("js-idle-10k", "", isWaiting: false, IdleGoals),
        new IdleConsumersCase("js-idle-10k-waiting", ", each with a waiting pull", isWaiting: true, IdleGoals),
        new ActiveConsumersCase("js-active-1000", "1,000 consumers of a subject each, 500 outstanding; one more that reads slowly and never acknowledges", new(1000, 500, IsShared: false),
            Goal.ValueAtMost(Metric.SlowLoss, 5)),
        new ActiveConsumersCase("js-active-1000-all", "1,000 consumers that all get all, 500 outstanding; one more that reads slowly and never acknowledges", new(1000, 500, IsShared: true),
            Goal.ValueAtMost(Metric.SlowLoss, 5)),
    ];

    // Every tenth of a million subjects: once against all of them on the same server, once against the other server; and a filter that they all match.
    private static IEnumerable<LoadCase> Filtered(string name, string how, ConsumeKind kind, int batch)
    {
        ConsumeShape all = new(kind, batch, Subjects, 128);
        ConsumeShape tenth = new(kind, batch, Subjects / 10, 128, "js.0000.*.7");
        yield return new ConsumeCase($"js-filtered-1m-{name}", $"every tenth of 1,000,000 subjects {how}; A is the same server without a filter", tenth, Goal.RateAtLeast(0.8))
        {
            Keys = Subjects, Stored = Subjects, Unfiltered = all,
        };
        yield return new ConsumeCase($"js-filtered-1m-{name}-all", $"all of 1,000,000 subjects {how}, by wildcards; A is the same server without a filter", all with { Filter = "js.*.*.*" }, Goal.RateAtLeast(0.8))
        {
            Keys = Subjects, Stored = Subjects, Unfiltered = all,
        };
        yield return new ConsumeCase($"js-filtered-1m-{name}-peer", $"every tenth of 1,000,000 subjects {how}", tenth) { Keys = Subjects, Stored = Subjects };
    }

    private static Goal[] IdleGoals =>
        [Goal.ValueAtMost(Metric.BytesPerConsumer, 4096), Goal.ValueAtMost(Metric.IdleCpu, 1)];

    private static PublishCase Put(string name, string durability, Durability a, Durability b) => new(
        $"js-kv-put-{name}", $"put of 1,000 keys of a bucket in turn, one outstanding, history 1; {durability}",
        new PublishShape(1, 1, 128, Keys: 1000) { Bucket = true }, a, b, new Goal(Metric.Median, GoalKind.RatioAtMost, 0.7));

    private static ConsumeCase Consume(string name, string summary, ConsumeShape shape) => new(name, summary, shape, Goal.RateAtLeast(3), Goal.CpuAtMost(0.3));
}
