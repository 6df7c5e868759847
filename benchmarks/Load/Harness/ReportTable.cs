using System.Text;
using Load.Cases;

namespace Load.Harness;

/// <summary>The markdown table of a comparison.</summary>
internal static class ReportTable
{
    private const string Nothing = "–";
    private const string Heading =
        "| case | A | B | B/A (min–max) | CPU s/M A | B | B/A | p50 µs A / B | p99 µs A / B " +
        "| peak RSS MiB A / B | RSS after A / B | load | goal |";

    internal static string Of(IReadOnlyList<CaseResult> results)
    {
        StringBuilder table = new();
        table.AppendLine(Heading).AppendLine(string.Concat(Enumerable.Repeat("|---", Heading.Count(c => c == '|') - 1)) + "|");
        foreach (CaseResult result in results) table.AppendLine(Row(result));
        foreach (CaseResult result in results) AppendExtras(result, table);
        foreach (CaseResult result in results)
            foreach (string reason in result.InvalidReasons) table.AppendLine($"\nINVALID {result.Case.Name} {reason}");
        return table.ToString();
    }

    private static string Row(CaseResult result)
    {
        string primary = result.Case.PrimaryMetric;
        MetricSummary? first = result.Summary(primary);
        MetricSummary? cpu = result.Summary(Metric.Cpu);
        string[] cells =
        [
            result.Case.Name,
            first is null ? "INVALID" : Metric.Show(primary, first.MedianA),
            first is null ? "INVALID" : Metric.Show(primary, first.MedianB),
            first is null ? Nothing : $"**{first.Ratio:F2}** ({first.LowestRatio:F2}–{first.HighestRatio:F2})",
            cpu is null ? Nothing : $"{cpu.MedianA:G3}",
            cpu is null ? Nothing : $"{cpu.MedianB:G3}",
            cpu is null ? Nothing : $"**{cpu.Ratio:F2}**",
            Both(result, Metric.Median), Both(result, Metric.High), Both(result, Metric.PeakMemory), Both(result, Metric.Memory),
            Both(result, Metric.LoadAverage), Verdict(result),
        ];
        return $"| {string.Join(" | ", cells)} |";
    }

    private static string Both(CaseResult result, string metric) =>
        result.Summary(metric) is { } summary ? $"{summary.MedianA:F1} / {summary.MedianB:F1}" : Nothing;

    private static string Verdict(CaseResult result)
    {
        string pairs = result.ValidPairs == result.Pairs.Count ? "" : $"{result.ValidPairs} of {result.Pairs.Count} pairs valid; ";
        if (result.Case.Goals.Count == 0) return $"{pairs}{Nothing}";
        Goal[] missed = [.. result.MissedGoals];
        return missed.Length == 0
            ? $"{pairs}met: {string.Join(", ", result.Case.Goals.Select(g => g.Show()))}"
            : $"{pairs}**missed**: {string.Join(", ", missed.Select(g => g.Show()))}";
    }

    // What a goal speaks of but the table has no column for.
    private static void AppendExtras(CaseResult result, StringBuilder table)
    {
        string[] extras = [Metric.ColdMatch, Metric.BytesPerAccount, Metric.IdleCpu, Metric.PublishLoss, Metric.SlowLoss];
        foreach (string metric in extras)
            if (result.Summary(metric) is { } summary)
                table.AppendLine(
                    $"\n{result.Case.Name}: {metric} A {Metric.Show(metric, summary.MedianA)}, B {Metric.Show(metric, summary.MedianB)}");
    }
}
