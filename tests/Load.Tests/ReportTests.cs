using System.Text.Json;
using Load.Cases;
using Load.Harness;
using Shouldly;
using Xunit;

namespace Load.Tests;

public sealed class ReportTests
{
    [Theory]
    [InlineData(new double[] { 3, 1, 2 }, 2)]
    [InlineData(new double[] { 4, 1, 2, 3 }, 2.5)]
    public void The_median_is_the_middle(double[] values, double median) => Statistics.Median(values).ShouldBe(median);

    [Fact]
    public void Ratios_are_taken_within_pairs()
    {
        CaseResult result = Result(Pair(100, 200), Pair(10, 40), Pair(50, 150));
        MetricSummary summary = result.Summary(Metric.Rate).ShouldNotBeNull();
        summary.Ratio.ShouldBe(3);
        summary.LowestRatio.ShouldBe(2);
        summary.HighestRatio.ShouldBe(4);
        summary.MedianA.ShouldBe(50);
    }

    [Fact]
    public void An_invalid_run_takes_its_pair_out_and_is_named()
    {
        PairResult broken = new(Run(100), new RunResult("the server died", new Dictionary<string, double> { [Metric.Rate] = 1 }));
        CaseResult result = Result(Pair(100, 200), broken);
        result.Summary(Metric.Rate).ShouldNotBeNull().LowestRatio.ShouldBe(2);
        string table = ReportTable.Of([result]);
        table.ShouldContain("1 of 2 pairs valid");
        table.ShouldContain("INVALID 1to1-16 B: the server died");
    }

    [Fact]
    public void A_case_without_valid_pairs_meets_no_goal()
    {
        CaseResult result = Result(new PairResult(Run(1), new RunResult("stalled", new Dictionary<string, double>())));
        result.MissedGoals.Count().ShouldBe(result.Case.Goals.Count);
        ReportTable.Of([result]).ShouldContain("| 1to1-16 | INVALID | INVALID |");
    }

    [Fact]
    public void The_json_report_holds_every_run()
    {
        string file = Path.GetTempFileName();
        JsonReport.Write(file, new LoadOptions { ServerA = "a", ServerB = "b" }, [Result(Pair(100, 500))]);
        JsonElement found = JsonDocument.Parse(File.ReadAllText(file)).RootElement.GetProperty("cases")[0];
        found.GetProperty("ratio").GetDouble().ShouldBe(5);
        found.GetProperty("pairs")[0].GetProperty("b").GetProperty("values").GetProperty(Metric.Rate).GetDouble().ShouldBe(500);
        File.Delete(file);
    }

    [Fact]
    public void Commands_are_split_like_a_shell_does() =>
        CommandLine.Split("dotnet  'my server.dll' --name \"a b\"").ShouldBe(["dotnet", "my server.dll", "--name", "a b"]);

    [Fact]
    public void Options_are_read()
    {
        LoadOptions options = LoadOptions.Parse(["--a", "x", "--b", "y z", "--case", "1to1-16", "tls-*",
            "--pairs", "3", "--seconds", "0.5"]);
        options.ServerB.ShouldBe("y z");
        options.Pairs.ShouldBe(3);
        options.Seconds.ShouldBe(0.5);
        CaseCatalog.Select(options.Cases).Select(c => c.Name).ShouldBe(["1to1-16", "tls-1to1-128", "tls-1to1-1k", "tls-handshakes"]);
    }

    [Fact]
    public void Unknown_options_and_cases_are_refused()
    {
        Should.Throw<ArgumentException>(() => LoadOptions.Parse(["--speed", "9"]));
        Should.Throw<ArgumentException>(() => CaseCatalog.Select(["1to2"]));
    }

    private static CaseResult Result(params PairResult[] pairs) => new(CaseCatalog.Select(["1to1-16"])[0], pairs);

    private static PairResult Pair(double a, double b) => new(Run(a), Run(b));

    private static RunResult Run(double rate) => new(null, new Dictionary<string, double> { [Metric.Rate] = rate });
}
