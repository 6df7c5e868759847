using System.Diagnostics;
using Load.Harness;
using Load.Wire;
using Load.Workers;

namespace Load.Cases;

/// <summary>Many consumers of one stream take what is published; what does a slow one cost them?</summary>
internal sealed class ActiveConsumersCase(string name, string summary, ActiveShape shape, params Goal[] goals) : LoadCase(name, summary, goals)
{
    private const int Rounds = 3;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    internal override void Run(RunContext context)
    {
        ServerProcess server = context.StartServer(StreamServer.Configuration(Durability.Default, context.NewStore()));
        using (JetStreamApi api = new(server.Port)) api.CreateStream(PublishShape.StreamName(0), shape.Publish.Configuration(0));
        using WorkerProcess worker = WorkerProcess.Start("active", shape.Arguments(server.Port));
        int milliseconds = Math.Max(context.Milliseconds / Rounds, 500);
        List<double> without = [];
        List<double> with = [];
        _ = worker.Ask($"run {context.WarmUpMilliseconds}", Patience);
        for (int round = 0; round < Rounds; round++)
        {
            CpuMeter cpu = new(server, [worker]);
            WorkerAnswer answer = worker.Ask($"run {milliseconds}", Patience);
            cpu.Report(answer["delivered"], context.Measured);
            without.Add(Rate(answer));
            _ = worker.Ask("slow 1", Patience);
            with.Add(Rate(worker.Ask($"run {milliseconds}", Patience)));
            _ = worker.Ask("slow 0", Patience);
        }

        _ = worker.Ask("check", Patience);
        context.Measured[Metric.Rate] = Statistics.Median(without);
        context.Measured[Metric.SlowLoss] = 100 * (1 - Statistics.Median(with) / Statistics.Median(without));
    }

    private static double Rate(WorkerAnswer answer) => answer["delivered"] / ((answer["end"] - answer["start"]) / (double)Stopwatch.Frequency);
}
