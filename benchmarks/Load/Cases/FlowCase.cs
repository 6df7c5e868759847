using Load.Harness;
using Load.Wire;
using Load.Workers;

namespace Load.Cases;

/// <summary>Throughput of publishers and subscribers.</summary>
internal sealed class FlowCase(string name, string summary, FlowShape shape, FlowLayout layout, params Goal[] goals)
    : LoadCase(name, summary, goals)
{
    internal override void Run(RunContext context)
    {
        ServerProcess server = context.StartServer(shape.Tls);
        RunAgainst(server, context);
    }

    /// <summary>The same flow against a server with this configuration.</summary>
    internal void RunConfigured(string configuration, RunContext context) => RunAgainst(context.StartServer(configuration), context);

    internal void RunAgainst(ServerUnderTest server, RunContext context)
    {
        using FlowDriver driver = new(shape, layout, server, context.Directory);
        _ = driver.RunPhase(context.WarmUpMilliseconds);
        CpuMeter cpu = new(server, driver.Workers);
        FlowPhaseResult phase = driver.RunPhase(context.Milliseconds);
        cpu.Report(phase.Messages, context.Measured);
        context.Measured[Metric.Rate] = phase.Rate;
        if (shape.Subscribers == 0) CheckServerCount(server, driver.Published);
    }

    // Nobody receives: only the server can say that it got everything. It may add a connection's figures up a moment later.
    private static void CheckServerCount(ServerUnderTest server, long published)
    {
        long? counted = Monitoring.InMessages(server.MonitoringPort);
        for (int attempt = 0; attempt < 20 && counted is not null && counted != published; attempt++)
        {
            Thread.Sleep(100);
            counted = Monitoring.InMessages(server.MonitoringPort);
        }
        if (counted is null) throw new InvalidRunException("/varz does not tell in_msgs, so what the server received cannot be checked");
        if (counted != published) throw new InvalidRunException($"/varz counts {counted} messages, {published} were published");
    }
}
