using System.Diagnostics;
using Load.Harness;
using Load.Wire;
using Load.Workers;

namespace Load.Cases;

/// <summary>One client consumes a file stream that is full already.</summary>
internal sealed class ConsumeCase(string name, string summary, ConsumeShape shape, params Goal[] goals) : LoadCase(name, summary, goals)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    /// <summary>Distinct subjects in the stream.</summary>
    internal int Keys { get; init; } = 1;

    /// <summary>Messages in the stream, where the consumer wants only some of them.</summary>
    internal int? Stored { get; init; }

    /// <summary>The same without a filter, against which the same server is compared; null to compare with the other server.</summary>
    internal ConsumeShape? Unfiltered { get; init; }

    internal override bool ComparesWithItself => Unfiltered is not null;

    internal override void RunYardstick(RunContext context) => Run(Unfiltered ?? shape, context);

    internal override void Run(RunContext context) => Run(shape, context);

    private void Run(ConsumeShape shape, RunContext context)
    {
        ServerProcess server = context.StartServer(StreamServer.Configuration(Durability.Default, context.NewStore()));
        PublishShape fill = new(1, 1000, shape.PayloadBytes, Keys: Keys) { SplitsKeys = Keys > 1 };
        using (JetStreamApi api = new(server.Port)) api.CreateStream(PublishShape.StreamName(0), fill.Configuration(0));
        using (WorkerProcess publisher = WorkerProcess.Start("publish", fill.Arguments(server.Port))) _ = publisher.Ask($"fill {Stored ?? shape.Messages}", Patience);
        using WorkerProcess worker = WorkerProcess.Start("consume", shape.Arguments(server.Port));
        _ = worker.Ask($"run {context.WarmUpMilliseconds}", Patience);
        CpuMeter cpu = new(server, [worker]);
        WorkerAnswer answer = worker.Ask($"run {context.Milliseconds}", TimeSpan.FromMilliseconds(context.Milliseconds) + Patience);
        cpu.Report(answer["consumed"], context.Measured);
        context.Measured[Metric.Rate] = answer["consumed"] / ((answer["end"] - answer["start"]) / (double)Stopwatch.Frequency);
        if (shape.Kind != ConsumeKind.Fetch) return;
        context.Measured[Metric.Median] = answer["p50"] / 1000.0;
        context.Measured[Metric.High] = answer["p99"] / 1000.0;
    }
}
