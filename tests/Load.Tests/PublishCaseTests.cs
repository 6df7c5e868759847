using Load.Cases;
using Load.Harness;
using Load.Workers;
using Shouldly;
using Xunit;

namespace Load.Tests;

/// <summary>A run of publishes may only count when the stream has what it acknowledged.</summary>
public sealed class PublishCaseTests
{
    [Fact]
    public void An_honest_server_gets_figures()
    {
        RunResult result = Run(Lie.None);
        result.InvalidReason.ShouldBeNull();
        result.Values[Metric.Rate].ShouldBeGreaterThan(0);
        result.Values.Keys.ShouldContain(Metric.Median);
    }

    [Theory]
    [InlineData(Lie.SkipsSequence, "message 100 became")]
    [InlineData(Lie.RepeatsSequence, "message 100 became")]
    [InlineData(Lie.Refuses, "a publish was not acknowledged")]
    [InlineData(Lie.AcknowledgesNothing, "no acknowledgement for 1 s")]
    [InlineData(Lie.StoresLess, "are stored")]
    public void A_run_against_a_lying_server_is_invalid_and_says_why(Lie lie, string reason) => Run(lie).InvalidReason.ShouldNotBeNull().ShouldContain(reason);

    // Only where nothing comes is it waited for: a busy machine may be silent for a second.
    private static RunResult Run(Lie lie)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the load generator needs Linux");
        using LyingStreamServer lying = new(lie);
        using RunDirectory directory = new();
        using ServerUnderTest server = new(Environment.ProcessId, lying.Port, 0);
        using RunContext context = new("unused", 0.1, directory);
        PublishCase publish = new("publish", "", new PublishShape(1, 10, 128) { StallMilliseconds = lie == Lie.AcknowledgesNothing ? 1000 : 20_000 }, Durability.Default, Durability.Default);
        return context.Run(c => publish.RunAgainst(server, c));
    }
}
