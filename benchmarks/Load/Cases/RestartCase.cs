using System.Diagnostics;
using Load.Harness;
using Load.Wire;
using Load.Workers;

namespace Load.Cases;

/// <summary>How long a server with many messages takes from exec until it tells the state of their stream, after an orderly stop or a crash under load.</summary>
internal sealed class RestartCase(string name, string summary, int messages, bool crashes, params Goal[] goals) : LoadCase(name, summary, goals)
{
    private const int CrashAfterMilliseconds = 1000;

    private static readonly PublishShape Shape = new(1, 1000, 128, Keys: 1000);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(600);

    internal override string PrimaryMetric => Metric.LoadTime;

    internal override void Run(RunContext context)
    {
        string configuration = StreamServer.Configuration(Durability.Default, context.NewStore());
        ServerProcess before = context.StartServer(configuration);
        using (JetStreamApi api = new(before.Port)) api.CreateStream(PublishShape.StreamName(0), Shape.Configuration(0));
        using (WorkerProcess worker = WorkerProcess.Start("publish", Shape.Arguments(before.Port)))
        {
            _ = worker.Ask($"fill {messages}", Patience);
            if (crashes)
            {
                worker.Tell("run 60000");
                Thread.Sleep(CrashAfterMilliseconds);
                context.Kill(before);
            }
        }

        if (!crashes) context.Stop(before);
        ServerProcess after = context.StartServer(configuration);
        long started = Stopwatch.GetTimestamp();
        using JetStreamApi again = new(after.Port);
        (long stored, long last) = again.AwaitStream(PublishShape.StreamName(0), Patience);
        context.Measured[Metric.LoadTime] = after.StartMilliseconds + Stopwatch.GetElapsedTime(started).TotalMilliseconds;
        context.Measured[Metric.StartTime] = after.StartMilliseconds;
        if (stored < messages || stored != last || (!crashes && stored != messages))
            throw new InvalidRunException($"{messages} messages were acknowledged, {stored} are there, the last is {last}");
        context.Measured.AddMemory(after.Sample());
    }
}
