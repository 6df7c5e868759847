using System.Diagnostics;
using Load.Harness;
using Load.Wire;

namespace Load.Cases;

/// <summary>Requests and replies: clients in one process with one request outstanding each, services in another.</summary>
internal sealed class RequestCase(string name, string summary, int clients, int responders, params Goal[] goals)
    : LoadCase(name, summary, goals)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    internal override void Run(RunContext context)
    {
        ServerProcess server = context.StartServer();
        using WorkerProcess responder = WorkerProcess.Start("respond", "--port", $"{server.Port}", "--responders", $"{responders}");
        using WorkerProcess requester = WorkerProcess.Start("request", "--port", $"{server.Port}", "--clients", $"{clients}");
        long warmUp = requester.Ask($"run {context.WarmUpMilliseconds}", Patience)["requests"];
        CpuMeter cpu = new(server, [responder, requester]);
        WorkerAnswer answer = requester.Ask($"run {context.Milliseconds}", TimeSpan.FromMilliseconds(context.Milliseconds) + Patience);
        long requests = answer["requests"];
        cpu.Report(requests, context.Measured);
        context.Measured[Metric.Rate] = requests / ((answer["end"] - answer["start"]) / (double)Stopwatch.Frequency);
        context.Measured[Metric.Median] = answer["p50"] / 1000.0;
        context.Measured[Metric.High] = answer["p99"] / 1000.0;
        long answered = responder.Ask("count", Patience)["answered"];
        if (answered != requests + warmUp)
            throw new InvalidRunException($"{answered} requests were answered, {requests + warmUp} replies received");
    }
}
