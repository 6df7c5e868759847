using Load.Harness;
using Load.Workers;

namespace Load.Cases;

/// <summary>Cases of consumers: file streams, nats-server's default durability on A, ours on B.</summary>
internal static class ConsumerCases
{
    private const int Small = 1_000_000;
    private const int Large = 250_000;

    internal static IReadOnlyList<LoadCase> All { get; } =
    [
        Consume("js-pull-100-128", "durable pull consumer, explicit acknowledgements, 100 outstanding, 128 B", new(ConsumeKind.Pull, 100, Small, 128)),
        Consume("js-pull-500-128", "the same, 500 outstanding", new(ConsumeKind.Pull, 500, Small, 128)),
        Consume("js-pull-100-1k", "durable pull consumer, explicit acknowledgements, 100 outstanding, 1 KiB", new(ConsumeKind.Pull, 100, Large, 1024)),
        Consume("js-pull-500-1k", "the same, 500 outstanding", new(ConsumeKind.Pull, 500, Large, 1024)),
        Consume("js-ordered-128", "ordered consumer, 128 B", new(ConsumeKind.Ordered, 0, Small, 128)),
        Consume("js-ordered-1k", "ordered consumer, 1 KiB", new(ConsumeKind.Ordered, 0, Large, 1024)),
        new ConsumeCase("js-fetch-1", "fetch of one message of 128 B, acknowledged", new(ConsumeKind.Fetch, 1, Large, 128), new Goal(Metric.Median, GoalKind.RatioAtMost, 0.7)),
    ];

    private static ConsumeCase Consume(string name, string summary, ConsumeShape shape) => new(name, summary, shape, Goal.RateAtLeast(3), Goal.CpuAtMost(0.3));
}
