using Load.Cases;

namespace Load.Harness;

/// <summary>Runs each case A B A B …, every run with a fresh server.</summary>
internal sealed class PairedRunner(LoadOptions options, RunDirectory directory, TextWriter output)
{
    internal CaseResult Run(LoadCase loadCase)
    {
        output.WriteLine($"{loadCase.Name}: {loadCase.Summary}");
        List<PairResult> pairs = [];
        for (int pair = 1; pair <= options.Pairs; pair++)
        {
            RunResult a = RunOnce(loadCase.RunYardstick, loadCase.ComparesWithItself ? options.ServerB : options.ServerA, $"  {pair} A");
            RunResult b = RunOnce(loadCase.Run, options.ServerB, $"  {pair} B");
            pairs.Add(new PairResult(a, b));
        }
        CaseResult result = new(loadCase, pairs);
        if (result.Summary(loadCase.PrimaryMetric) is { } summary)
            output.WriteLine($"  B/A {summary.Ratio:F2} ({summary.LowestRatio:F2}–{summary.HighestRatio:F2})");
        return result;
    }

    internal RunResult RunOnce(Action<RunContext> run, string server, string label)
    {
        using RunContext context = new(server, options.Seconds, directory, options.StoreRoot);
        RunResult result = context.Run(run);
        string values = string.Join(", ", result.Values.Select(v => $"{v.Key} {Metric.Show(v.Key, v.Value)}"));
        output.WriteLine(result.IsValid ? $"{label}  {values}" : $"{label}  INVALID: {result.InvalidReason}");
        output.Flush();
        return result;
    }
}

/// <summary>All pairs of one case.</summary>
internal sealed record CaseResult(LoadCase Case, IReadOnlyList<PairResult> Pairs)
{
    internal int ValidPairs => Pairs.Count(p => p.IsValid);

    internal MetricSummary? Summary(string metric) => MetricSummary.Of(metric, Pairs);

    /// <summary>Why runs did not count, each reason once.</summary>
    internal IEnumerable<string> InvalidReasons =>
        Pairs.SelectMany(p => new[] { p.A.InvalidReason is { } a ? $"A: {a}" : null, p.B.InvalidReason is { } b ? $"B: {b}" : null })
            .OfType<string>().Distinct();

    /// <summary>The goals that are not reached; a goal without figures is not.</summary>
    internal IEnumerable<Goal> MissedGoals => Case.Goals.Where(g => Summary(g.Metric) is not { } summary || !g.IsMet(summary));
}
