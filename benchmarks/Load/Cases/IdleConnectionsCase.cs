using Load.Harness;

namespace Load.Cases;

/// <summary>Resident memory per connection that is open and silent.</summary>
internal sealed class IdleConnectionsCase(params Goal[] goals)
    : LoadCase("idle-connections", "resident bytes per connection, 10,000 connections after CONNECT and PING", goals)
{
    private const int Connections = 10_000;
    private const int SettleMilliseconds = 2000;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    internal override string PrimaryMetric => Metric.BytesPerConnection;

    internal override void Run(RunContext context)
    {
        ServerProcess server = context.StartServer();
        using WorkerProcess worker = WorkerProcess.Start("idle", "--port", $"{server.Port}");
        // The first connections pay for buffers that all others share.
        _ = worker.Ask("open 10", Patience);
        Thread.Sleep(500);
        long before = server.Sample().ResidentBytes;
        _ = worker.Ask($"open {Connections}", Patience);
        Thread.Sleep(SettleMilliseconds);
        ProcessSample after = server.Sample();
        _ = worker.Ask("check", Patience);
        context.Measured[Metric.BytesPerConnection] = (after.ResidentBytes - before) / (double)Connections;
        context.Measured.AddMemory(after);
    }
}
