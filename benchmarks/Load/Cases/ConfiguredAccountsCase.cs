using Load.Harness;

namespace Load.Cases;

/// <summary>How long a server takes to start with many accounts in its configuration, and what they weigh.</summary>
internal sealed class ConfiguredAccountsCase(params Goal[] goals)
    : LoadCase("accounts-config", "10,000 accounts of the configuration, 10 users and 3 imports each: milliseconds from exec to the first PONG", goals)
{
    private const int SettleMilliseconds = 2000;

    internal override string PrimaryMetric => Metric.StartTime;

    internal override void Run(RunContext context)
    {
        long empty = TenantFiles.MeasureEmptyServer(context);
        ServerProcess server = context.StartServer(TenantFiles.Configuration());
        context.Measured[Metric.StartTime] = server.StartMilliseconds;
        Thread.Sleep(SettleMilliseconds);
        ProcessSample after = server.Sample();
        context.Measured[Metric.BytesPerAccount] = (after.ResidentBytes - empty) / (double)TenantFiles.Accounts;
        context.Measured.AddMemory(after);
    }
}
