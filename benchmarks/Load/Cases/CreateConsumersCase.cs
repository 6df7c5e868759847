using Load.Harness;
using Load.Wire;
using Load.Workers;

namespace Load.Cases;

/// <summary>How long the creation of a consumer takes on a large stream, whatever it filters and wherever it begins.</summary>
internal sealed class CreateConsumersCase(string name, int messages, int keys, params Goal[] goals)
    : LoadCase(name, $"creation of consumers with {CreateKind.All.Count} kinds of filters and starts on {messages:N0} messages of {keys:N0} subjects, one after the other; each count is compared", goals)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(600);

    internal override string PrimaryMetric => Metric.High;

    internal override void Run(RunContext context)
    {
        ServerProcess server = context.StartServer(StreamServer.Configuration(Durability.Default, context.NewStore()));
        PublishShape fill = new(1, 1000, 128, Keys: keys) { SplitsKeys = true };
        using (JetStreamApi api = new(server.Port)) api.CreateStream(PublishShape.StreamName(0), fill.Configuration(0));
        using (WorkerProcess publisher = WorkerProcess.Start("publish", fill.Arguments(server.Port))) _ = publisher.Ask($"fill {messages}", Patience);
        using WorkerProcess worker = WorkerProcess.Start("create", "--port", $"{server.Port}", "--keys", $"{keys}");
        _ = worker.Ask($"prepare {messages}", Patience);
        CpuMeter cpu = new(server, [worker]);
        WorkerAnswer answer = worker.Ask($"run {context.Milliseconds}", Patience);
        cpu.Report(answer["created"], context.Measured);
        context.Measured[Metric.Median] = answer["p50"] / 1000.0;
        context.Measured[Metric.High] = answer["p99"] / 1000.0;
        for (int kind = 0; kind < CreateKind.All.Count; kind++) context.Measured[$"{CreateKind.All[kind]} µs"] = answer[$"k{kind}"] / 1000.0;
    }
}
