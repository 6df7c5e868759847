using System.Diagnostics;
using Load.Harness;
using Load.Wire;
using Load.Workers;

namespace Load.Cases;

/// <summary>Direct gets of the last message of random subjects.</summary>
internal sealed class DirectGetCase(string name, string summary, int clients, params Goal[] goals) : LoadCase(name, summary, goals)
{
    private const int Keys = 100_000;

    private PublishShape Fill => new(1, 1000, 128, Keys: Keys) { Bucket = Bucket };
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>The subjects are the keys of a key-value bucket.</summary>
    internal bool Bucket { get; init; }

    internal override void Run(RunContext context)
    {
        ServerProcess server = context.StartServer(StreamServer.Configuration(Durability.Default, context.NewStore()));
        using (JetStreamApi api = new(server.Port)) api.CreateStream(PublishShape.StreamName(0, Bucket), Fill.Configuration(0));
        using (WorkerProcess publisher = WorkerProcess.Start("publish", Fill.Arguments(server.Port))) _ = publisher.Ask($"fill {Keys}", Patience);
        using WorkerProcess worker = WorkerProcess.Start(
            "directget", "--port", $"{server.Port}", "--clients", $"{clients}", "--keys", $"{Keys}", "--payload", $"{Fill.PayloadBytes}",
            "--bucket", Bucket ? "true" : "false");
        _ = worker.Ask($"run {context.WarmUpMilliseconds}", Patience);
        CpuMeter cpu = new(server, [worker]);
        WorkerAnswer answer = worker.Ask($"run {context.Milliseconds}", TimeSpan.FromMilliseconds(context.Milliseconds) + Patience);
        cpu.Report(answer["requests"], context.Measured);
        context.Measured[Metric.Rate] = answer["requests"] / ((answer["end"] - answer["start"]) / (double)Stopwatch.Frequency);
        context.Measured[Metric.Median] = answer["p50"] / 1000.0;
        context.Measured[Metric.High] = answer["p99"] / 1000.0;
    }
}
