using Load.Harness;

namespace Load.Cases;

/// <summary>Resident memory of a server that has just started and has nothing to do.</summary>
internal sealed class IdleMemoryCase(params Goal[] goals) : LoadCase("idle-rss", "resident memory one second after the start", goals)
{
    internal override string PrimaryMetric => Metric.Memory;

    internal override void Run(RunContext context)
    {
        ServerProcess server = context.StartServer();
        Thread.Sleep(1000);
        context.Measured.AddMemory(server.Sample());
    }
}
