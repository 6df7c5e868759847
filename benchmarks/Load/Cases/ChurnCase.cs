using Load.Harness;
using Load.Wire;
using Load.Workers;

namespace Load.Cases;

/// <summary>What heavy SUB and UNSUB on one connection costs a flow between others.</summary>
internal sealed class ChurnCase(params Goal[] goals)
    : LoadCase("churn",
        $"1→1 of 128 B beside {ChurnWorker.PairsPerSecond:N0} SUB+UNSUB per second: loss against the same server without", goals)
{
    private const int Rounds = 3;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    internal override string PrimaryMetric => Metric.ChurnLoss;

    internal override void Run(RunContext context)
    {
        ServerProcess server = context.StartServer();
        using FlowDriver driver = new(new FlowShape(1, 1, 1, 128), FlowLayout.Together, server, context.Directory);
        using WorkerProcess churn = WorkerProcess.Start("churn", "--port", $"{server.Port}");
        int milliseconds = Math.Max(context.Milliseconds / Rounds, 500);
        List<double> quiet = [];
        List<double> busy = [];
        _ = driver.RunPhase(context.WarmUpMilliseconds);
        for (int round = 0; round < Rounds; round++)
        {
            quiet.Add(driver.RunPhase(milliseconds).Rate);
            churn.Tell($"run {milliseconds}");
            busy.Add(driver.RunPhase(milliseconds).Rate);
            CheckChurn(churn.Await(Patience)["pairs"], milliseconds);
        }
        context.Measured[Metric.Rate] = Statistics.Median(busy);
        context.Measured[Metric.ChurnLoss] = 100 * (1 - Statistics.Median(busy) / Statistics.Median(quiet));
        context.Measured.AddMemory(server.Sample());
    }

    // Fewer pairs would make a server look good that is only slow.
    private static void CheckChurn(long pairs, int milliseconds)
    {
        long wanted = (long)ChurnWorker.PairsPerSecond * milliseconds / 1000;
        if (pairs < wanted * 8 / 10) throw new InvalidRunException($"the server processed {pairs} SUB+UNSUB, {wanted} were due");
    }
}
