using System.Diagnostics;
using Load.Harness;
using Load.Wire;
using Load.Workers;

namespace Load.Cases;

/// <summary>Publishes that a stream acknowledges, each acknowledgement checked; the two servers may promise different things.</summary>
internal sealed class PublishCase(string name, string summary, PublishShape shape, Durability a, Durability b, params Goal[] goals)
    : LoadCase(name, summary, goals)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    internal override void Run(RunContext context) => RunWith(b, context);

    internal override void RunYardstick(RunContext context) => RunWith(a, context);

    internal void RunAgainst(ServerUnderTest server, RunContext context)
    {
        using (JetStreamApi api = new(server.Port))
        {
            for (int stream = 0; stream < shape.Streams; stream++) api.CreateStream(PublishShape.StreamName(stream, shape.Bucket), shape.Configuration(stream));
        }

        using WorkerProcess worker = WorkerProcess.Start("publish", shape.Arguments(server.Port));
        if (shape.Bucket) _ = worker.Ask($"fill {shape.Keys}", Patience);
        _ = worker.Ask($"run {context.WarmUpMilliseconds}", Patience);
        CpuMeter cpu = new(server, [worker]);
        WorkerAnswer answer = worker.Ask($"run {context.Milliseconds}", TimeSpan.FromMilliseconds(context.Milliseconds) + Patience);
        cpu.Report(answer["published"], context.Measured);
        context.Measured[Metric.Rate] = answer["published"] / ((answer["end"] - answer["start"]) / (double)Stopwatch.Frequency);
        context.Measured[Metric.Median] = answer["p50"] / 1000.0;
        context.Measured[Metric.High] = answer["p99"] / 1000.0;
        CheckStreams(server, answer["total"]);
    }

    private void RunWith(Durability durability, RunContext context) =>
        RunAgainst(context.StartServer(StreamServer.Configuration(durability, context.NewStore())), context);

    private void CheckStreams(ServerUnderTest server, long acknowledged)
    {
        using JetStreamApi api = new(server.Port);
        long stored = 0;
        for (int stream = 0; stream < shape.Streams; stream++)
        {
            (long messages, long last) = api.AwaitStream(PublishShape.StreamName(stream, shape.Bucket), Patience);
            // A bucket keeps the last message of each key.
            long kept = shape.Bucket ? shape.Keys : last;
            if (messages != kept) throw new InvalidRunException($"stream {stream} has {messages} messages, the last is {last}");
            stored += last;
        }

        if (stored != acknowledged) throw new InvalidRunException($"{acknowledged} publishes were acknowledged, {stored} are stored");
    }
}
