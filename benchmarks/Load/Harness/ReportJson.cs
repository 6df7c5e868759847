using System.Text.Json;
using System.Text.Json.Serialization;

namespace Load.Harness;

/// <summary>The whole comparison for machines: every run, not only medians.</summary>
internal sealed record JsonReport(string ServerA, string ServerB, double Seconds, DateTimeOffset Time, IReadOnlyList<JsonCase> Cases)
{
    internal static void Write(string path, LoadOptions options, IReadOnlyList<CaseResult> results)
    {
        JsonCase[] cases = [.. results.Select(r => new JsonCase(
            r.Case.Name,
            r.Case.PrimaryMetric,
            r.Summary(r.Case.PrimaryMetric)?.Ratio,
            r.Summary(Metric.Cpu)?.Ratio,
            [.. r.MissedGoals.Select(g => g.Show())],
            [.. r.Pairs.Select(p => new JsonPair(JsonRun.Of(p.A), JsonRun.Of(p.B)))]))];
        JsonReport report = new(options.ServerA, options.ServerB, options.Seconds, DateTimeOffset.UtcNow, cases);
        File.WriteAllText(path, JsonSerializer.Serialize(report, JsonReportContext.Default.JsonReport) + "\n");
    }
}

internal sealed record JsonCase(string Name, string Metric, double? Ratio, double? CpuRatio, string[] MissedGoals, JsonPair[] Pairs);

internal sealed record JsonPair(JsonRun A, JsonRun B);

internal sealed record JsonRun(bool Valid, string? InvalidReason, IReadOnlyDictionary<string, double> Values)
{
    internal static JsonRun Of(RunResult run) => new(run.IsValid, run.InvalidReason, run.Values);
}

[JsonSerializable(typeof(JsonReport))]
[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals)]
internal sealed partial class JsonReportContext : JsonSerializerContext;
