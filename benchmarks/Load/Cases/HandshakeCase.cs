using System.Diagnostics;
using Load.Harness;

namespace Load.Cases;

/// <summary>New TLS connections per second, none resumed.</summary>
internal sealed class HandshakeCase(params Goal[] goals)
    : LoadCase("tls-handshakes", "connect, TLS handshake (P-256 certificate), CONNECT, PING, PONG, close; 4 at a time", goals)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    internal override void Run(RunContext context)
    {
        ServerProcess server = context.StartServer(tls: true);
        using WorkerProcess worker = WorkerProcess.Start("handshakes", "--port", $"{server.Port}");
        _ = worker.Ask($"run {context.WarmUpMilliseconds}", Patience);
        CpuMeter cpu = new(server, [worker]);
        WorkerAnswer answer = worker.Ask($"run {context.Milliseconds}", TimeSpan.FromMilliseconds(context.Milliseconds) + Patience);
        cpu.Report(answer["handshakes"], context.Measured);
        context.Measured[Metric.Rate] = answer["handshakes"] / ((answer["end"] - answer["start"]) / (double)Stopwatch.Frequency);
        context.Measured[Metric.Median] = answer["p50"] / 1000.0;
        context.Measured[Metric.High] = answer["p99"] / 1000.0;
    }
}
