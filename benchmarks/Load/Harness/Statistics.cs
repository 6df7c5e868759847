namespace Load.Harness;

/// <summary>The few statistics that paired runs need.</summary>
internal static class Statistics
{
    /// <summary>The middle value, or the mean of the two in the middle.</summary>
    internal static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        if (sorted.Length == 0) return double.NaN;
        int middle = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}

/// <summary>One metric over all valid pairs of a case. Ratios are B to A within a pair.</summary>
internal sealed record MetricSummary(double MedianA, double MedianB, double Ratio, double LowestRatio, double HighestRatio)
{
    /// <summary>Null when no valid pair has the metric.</summary>
    internal static MetricSummary? Of(string metric, IReadOnlyList<PairResult> pairs)
    {
        PairResult[] measured = [.. pairs.Where(p => p.IsValid && p.A.Values.ContainsKey(metric) && p.B.Values.ContainsKey(metric))];
        if (measured.Length == 0) return null;
        double[] ratios = [.. measured.Select(p => p.B.Values[metric] / p.A.Values[metric])];
        return new MetricSummary(
            Statistics.Median(measured.Select(p => p.A.Values[metric])),
            Statistics.Median(measured.Select(p => p.B.Values[metric])),
            Statistics.Median(ratios), ratios.Min(), ratios.Max());
    }
}

/// <summary>A run of A and the run of B that followed it.</summary>
internal sealed record PairResult(RunResult A, RunResult B)
{
    internal bool IsValid => A.IsValid && B.IsValid;
}
