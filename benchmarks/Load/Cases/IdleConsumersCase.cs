using System.Diagnostics;
using Load.Harness;
using Load.Wire;
using Load.Workers;

namespace Load.Cases;

/// <summary>What consumers cost to which nothing is published: memory, CPU, and a publisher's rate in their stream.</summary>
internal sealed class IdleConsumersCase(string name, string detail, bool isWaiting, params Goal[] goals)
    : LoadCase(name, $"{Consumers:N0} pull consumers of a subject each{detail}: resident bytes each, CPU over five seconds, what they cost a publisher to another subject", goals)
{
    private const int Consumers = 10_000;
    private const int Rounds = 3;
    private const int SettleMilliseconds = 2000;
    private const int IdleMilliseconds = 5000;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    // Stream 1 has no consumers: what the publisher reaches there is what it could.
    private static readonly PublishShape Busy = new(1, 500, 128);
    private static readonly PublishShape Quiet = Busy with { FirstStream = 1 };

    internal override string PrimaryMetric => Metric.BytesPerConsumer;

    internal override void Run(RunContext context)
    {
        ServerProcess server = context.StartServer(StreamServer.Configuration(Durability.Default, context.NewStore()));
        using (JetStreamApi api = new(server.Port))
        {
            for (int stream = 0; stream < 2; stream++) api.CreateStream(PublishShape.StreamName(stream), Busy.Configuration(stream));
        }

        using WorkerProcess worker = WorkerProcess.Start("idleconsumers", "--port", $"{server.Port}", "--waiting", isWaiting ? "true" : "false");
        // The first ones pay for what all others share.
        _ = worker.Ask("make 100", Patience);
        Thread.Sleep(SettleMilliseconds);
        long before = server.Sample().ResidentBytes;
        _ = worker.Ask($"make {Consumers}", Patience);
        Thread.Sleep(SettleMilliseconds);
        ProcessSample settled = server.Sample();
        Thread.Sleep(IdleMilliseconds);
        ProcessSample after = server.Sample();
        context.Measured[Metric.BytesPerConsumer] = (after.ResidentBytes - before) / (double)Consumers;
        context.Measured[Metric.IdleCpu] = 100 * (after.CpuSeconds - settled.CpuSeconds) / (IdleMilliseconds / 1000.0);
        context.Measured.AddMemory(after);
        MeasureLoss(context, server);
        _ = worker.Ask("check", Patience);
    }

    private static void MeasureLoss(RunContext context, ServerProcess server)
    {
        using WorkerProcess quiet = WorkerProcess.Start("publish", Quiet.Arguments(server.Port));
        using WorkerProcess busy = WorkerProcess.Start("publish", Busy.Arguments(server.Port));
        int milliseconds = Math.Max(context.Milliseconds / Rounds, 500);
        List<double> without = [];
        List<double> with = [];
        _ = quiet.Ask($"run {context.WarmUpMilliseconds}", Patience);
        _ = busy.Ask($"run {context.WarmUpMilliseconds}", Patience);
        for (int round = 0; round < Rounds; round++)
        {
            without.Add(Rate(quiet, milliseconds));
            with.Add(Rate(busy, milliseconds));
        }

        context.Measured[Metric.Rate] = Statistics.Median(with);
        context.Measured[Metric.PublishLoss] = 100 * (1 - Statistics.Median(with) / Statistics.Median(without));
    }

    private static double Rate(WorkerProcess publisher, int milliseconds)
    {
        WorkerAnswer answer = publisher.Ask($"run {milliseconds}", Patience);
        return answer["published"] / ((answer["end"] - answer["start"]) / (double)Stopwatch.Frequency);
    }
}
