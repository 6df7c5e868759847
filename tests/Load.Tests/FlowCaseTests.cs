using Load.Cases;
using Load.Harness;
using Load.Workers;
using Shouldly;
using Xunit;

namespace Load.Tests;

/// <summary>A run may only count when the server did exactly its work.</summary>
public sealed class FlowCaseTests
{
    private static readonly FlowShape OneToTwo = new(1, 1, 2, 128) { StallMilliseconds = 1000 };

    [Theory]
    [InlineData(FlowLayout.Together, false)]
    [InlineData(FlowLayout.PublishersTogether, true)]
    [InlineData(FlowLayout.PublishersAlone, true)]
    internal void An_honest_server_gets_figures(FlowLayout layout, bool oneMessagePerWrite)
    {
        RunResult result = Run(Fault.None, new FlowShape(2, 2, 2, 128) { OneMessagePerWrite = oneMessagePerWrite }, layout);
        result.InvalidReason.ShouldBeNull();
        result.Values[Metric.Rate].ShouldBeGreaterThan(0);
        result.Values.Keys.ShouldContain(Metric.Cpu);
        result.Values.Keys.ShouldContain(Metric.PeakMemory);
    }

    [Theory]
    [InlineData(Fault.LosesOne, "stalled: subscriber")]
    [InlineData(Fault.DeliversTwice, "received")]
    [InlineData(Fault.CutsOne, "at byte")]
    [InlineData(Fault.SendsError, "Unknown Protocol Operation")]
    [InlineData(Fault.Closes, "connection")]
    [InlineData(Fault.Stalls, "stalled")]
    public void A_run_against_a_faulty_server_is_invalid_and_says_why(Fault fault, string reason)
    {
        RunResult result = Run(fault, OneToTwo, FlowLayout.Together);
        result.InvalidReason.ShouldNotBeNull().ShouldContain(reason);
    }

    [Fact]
    public void Publishing_only_is_invalid_when_the_server_does_not_tell_what_it_received() =>
        Run(Fault.None, new FlowShape(1, 1, 0, 16), FlowLayout.Together).InvalidReason.ShouldNotBeNull().ShouldContain("in_msgs");

    private static RunResult Run(Fault fault, FlowShape shape, FlowLayout layout)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the load generator needs Linux");
        using FaultyServer faulty = new(fault);
        using RunDirectory directory = new();
        using ServerUnderTest server = new(Environment.ProcessId, faulty.Port, 0);
        using RunContext context = new("unused", 0.1, directory);
        FlowCase flow = new("flow", "", shape, layout);
        return context.Run(c => flow.RunAgainst(server, c));
    }
}
