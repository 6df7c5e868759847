using System.Diagnostics;
using Load.Harness;

namespace Load.Cases;

/// <summary>How long a server takes to load many accounts from its resolver directory, each when its first user logs in, and what they weigh.</summary>
internal sealed class ResolvedAccountsCase(params Goal[] goals)
    : LoadCase("accounts-resolver", "10,000 account JWTs in a FULL resolver's directory, 3 imports each: milliseconds from exec until a user of each was let in", goals)
{
    private const int SettleMilliseconds = 2000;

    // nats-server's time grows with the square of the importers of one account.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(400);

    internal override string PrimaryMetric => Metric.LoadTime;

    internal override void Run(RunContext context)
    {
        long empty = TenantFiles.MeasureEmptyServer(context);
        string logins = context.Directory.NewFile("logins");
        ServerProcess server = context.StartServer(TenantFiles.ResolverConfiguration(context.Directory.NewFile("jwt"), logins));
        using WorkerProcess worker = WorkerProcess.Start("logins", "--port", $"{server.Port}", "--logins", logins);
        CpuMeter cpu = new(server, [worker]);
        long start = Stopwatch.GetTimestamp();
        _ = worker.Ask($"run {TenantFiles.Accounts}", Patience);
        context.Measured[Metric.LoadTime] = server.StartMilliseconds + Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        cpu.Report(TenantFiles.Accounts, context.Measured);
        context.Measured[Metric.StartTime] = server.StartMilliseconds;
        Thread.Sleep(SettleMilliseconds);
        ProcessSample after = server.Sample();
        context.Measured[Metric.BytesPerAccount] = (after.ResidentBytes - empty) / (double)TenantFiles.Accounts;
        context.Measured.AddMemory(after);
    }
}
