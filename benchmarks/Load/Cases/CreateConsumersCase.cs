using Load.Harness;
using Load.Wire;
using Load.Workers;

namespace Load.Cases;

/// <summary>How long the creation of a consumer takes on a large stream, whatever it filters and wherever it begins.</summary>
internal sealed class CreateConsumersCase(string name, int messages, int keys, bool isStarted, params Goal[] goals)
    : LoadCase(name, $"creation of consumers {(isStarted ? "that begin in the middle or want the last of each subject" : "from the first, last or next message")}, {CreateKind.Of(isStarted).Count} kinds with all sorts of filters, on {messages:N0} messages of {keys:N0} subjects, one after the other; each count is compared", goals)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(600);

    internal override string PrimaryMetric => Metric.High;

    internal override void Run(RunContext context)
    {
        ServerProcess server = context.StartServer(StreamServer.Configuration(Durability.Default, context.NewStore()));
        PublishShape fill = new(1, 1000, 128, Keys: keys) { SplitsKeys = true };
        using (JetStreamApi api = new(server.Port)) api.CreateStream(PublishShape.StreamName(0), fill.Configuration(0));
        using (WorkerProcess publisher = WorkerProcess.Start("publish", fill.Arguments(server.Port))) _ = publisher.Ask($"fill {messages}", Patience);
        using WorkerProcess worker = WorkerProcess.Start("create", "--port", $"{server.Port}", "--keys", $"{keys}", "--started", isStarted ? "true" : "false");
        _ = worker.Ask($"prepare {messages}", Patience);
        // What was filled in is still on its way to the device, and a creation would wait behind it.
        Libc.SyncAll();
        CpuMeter cpu = new(server, [worker]);
        WorkerAnswer answer = worker.Ask($"run {context.Milliseconds}", Patience);
        cpu.Report(answer["created"], context.Measured);
        context.Measured[Metric.Median] = answer["p50"] / 1000.0;
        context.Measured[Metric.High] = answer["p99"] / 1000.0;
        IReadOnlyList<CreateKind> kinds = CreateKind.Of(isStarted);
        for (int kind = 0; kind < kinds.Count; kind++) context.Measured[$"{kinds[kind]} µs"] = answer[$"k{kind}"] / 1000.0;
    }
}
