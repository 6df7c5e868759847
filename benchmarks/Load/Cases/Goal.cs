using Load.Harness;

namespace Load.Cases;

/// <summary>What a goal's bound is compared with.</summary>
internal enum GoalKind { RatioAtLeast, RatioAtMost, ValueAtMost }

/// <summary>A figure server B has to reach: as a ratio to server A, or by itself.</summary>
internal sealed record Goal(string Metric, GoalKind Kind, double Bound)
{
    internal static Goal RateAtLeast(double ratio) => new(Harness.Metric.Rate, GoalKind.RatioAtLeast, ratio);

    internal static Goal CpuAtMost(double ratio) => new(Harness.Metric.Cpu, GoalKind.RatioAtMost, ratio);

    internal static Goal ValueAtMost(string metric, double bound) => new(metric, GoalKind.ValueAtMost, bound);

    internal bool IsMet(MetricSummary summary) => Kind switch
    {
        GoalKind.RatioAtLeast => summary.Ratio >= Bound,
        GoalKind.RatioAtMost => summary.Ratio <= Bound,
        _ => summary.MedianB <= Bound,
    };

    internal string Show() => Kind switch
    {
        GoalKind.RatioAtLeast => $"{Title} ≥ {Bound:0.##}×",
        GoalKind.RatioAtMost => $"{Title} ≤ {Bound:0.##}×",
        _ => $"{Title} ≤ {Harness.Metric.Show(Metric, Bound)}",
    };

    private string Title => Metric switch
    {
        Harness.Metric.Rate => "rate",
        Harness.Metric.Cpu => "CPU",
        Harness.Metric.Median => "p50",
        Harness.Metric.PeakMemory => "peak RSS",
        Harness.Metric.Memory => "RSS",
        Harness.Metric.StartTime => "start",
        Harness.Metric.LoadTime => "load",
        Harness.Metric.BytesPerConnection => "per connection",
        Harness.Metric.BytesPerSubscription => "per subscription",
        Harness.Metric.ColdMatch => "cold match",
        Harness.Metric.ChurnLoss or Harness.Metric.SlowLoss or Harness.Metric.PublishLoss => "loss",
        Harness.Metric.High => "p99",
        Harness.Metric.BytesPerConsumer => "per consumer",
        Harness.Metric.IdleCpu => "idle CPU",
        _ => Metric,
    };
}
