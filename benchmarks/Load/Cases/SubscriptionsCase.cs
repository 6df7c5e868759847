using Load.Harness;

namespace Load.Cases;

/// <summary>A million subscriptions on distinct subjects: memory each, and the time to match a subject for the first time.</summary>
internal sealed class SubscriptionsCase(params Goal[] goals)
    : LoadCase("subs-1m", "1,000,000 distinct subscriptions, half with wildcards: resident bytes each, cold match time", goals)
{
    private const int Subscriptions = 1_000_000;
    private const int SettleMilliseconds = 2000;
    private const int WarmUpBatches = 50;
    private const int Batches = 400;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    internal override string PrimaryMetric => Metric.BytesPerSubscription;

    internal override void Run(RunContext context)
    {
        ServerProcess server = context.StartServer();
        using WorkerProcess worker = WorkerProcess.Start("subscriptions", "--port", $"{server.Port}");
        Thread.Sleep(500);
        long before = server.Sample().ResidentBytes;
        _ = worker.Ask($"load {Subscriptions}", Patience);
        Thread.Sleep(SettleMilliseconds);
        ProcessSample after = server.Sample();
        context.Measured[Metric.BytesPerSubscription] = (after.ResidentBytes - before) / (double)Subscriptions;
        _ = worker.Ask($"match {WarmUpBatches}", Patience);
        WorkerAnswer answer = worker.Ask($"match {Batches}", Patience);
        context.Measured[Metric.ColdMatch] = (answer["cold"] - answer["hot"]) / 1000.0;
        context.Measured.AddMemory(server.Sample());
    }
}
