using System.Diagnostics;
using Load.Harness;
using Load.Wire;
using Load.Workers;

namespace Load.Cases;

/// <summary>How a flow's connections are spread over processes of the generator.</summary>
internal enum FlowLayout
{
    /// <summary>One process, one thread: cheapest, for publishers that write large batches.</summary>
    Together,

    /// <summary>All publishers in one process, all subscribers in another.</summary>
    PublishersTogether,

    /// <summary>Every publisher in a process of its own, all subscribers in another.</summary>
    PublishersAlone,
}

/// <summary>Runs phases of a flow over its worker processes and proves that nothing was lost, added or changed.</summary>
// Owner: the main thread.
internal sealed class FlowDriver : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly FlowShape _shape;
    private readonly SharedCounters _counters;
    private readonly string _countersFile;
    private readonly List<WorkerProcess> _publishers = [];
    private readonly List<WorkerProcess> _workers = [];
    private WorkerProcess? _subscribers;

    internal FlowDriver(FlowShape shape, FlowLayout layout, ServerUnderTest server, RunDirectory directory)
    {
        _shape = shape;
        _countersFile = directory.NewFile("counters");
        _counters = new SharedCounters(_countersFile, shape.Publishers + shape.Subscribers);
        try
        {
            StartWorkers(layout, server);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    internal IReadOnlyList<WorkerProcess> Workers => _workers;

    internal long Published
    {
        get
        {
            long published = 0;
            for (int i = 0; i < _shape.Publishers; i++) published += _counters[i];
            return published;
        }
    }

    /// <summary>Publishes for that long and waits until every subscriber has every message.</summary>
    internal FlowPhaseResult RunPhase(int milliseconds)
    {
        long before = Published;
        long start = long.MaxValue;
        long end = 0;
        foreach (WorkerProcess worker in _publishers) worker.Tell($"run {milliseconds}");
        foreach (WorkerProcess worker in _publishers)
        {
            WorkerAnswer answer = worker.Await(TimeSpan.FromMilliseconds(milliseconds) + Patience);
            start = Math.Min(start, answer["start"]);
            end = Math.Max(end, answer["end"]);
        }
        if (_subscribers is not null) end = _subscribers.Ask("drain", Patience)["last"];
        long messages = Published - before;
        if (messages == 0) throw new InvalidRunException("nothing was published");
        return new FlowPhaseResult(messages, (end - start) / (double)Stopwatch.Frequency);
    }

    private void StartWorkers(FlowLayout layout, ServerUnderTest server)
    {
        bool together = layout == FlowLayout.Together;
        if (!together && _shape.Subscribers > 0) _subscribers = Launch(server, 0, 0, subscribe: true);
        int perProcess = layout == FlowLayout.PublishersAlone ? 1 : _shape.Publishers;
        for (int first = 0; first < _shape.Publishers; first += perProcess)
            _publishers.Add(Launch(server, first, first + perProcess, together && _shape.Subscribers > 0));
        if (together && _shape.Subscribers > 0) _subscribers = _publishers[0];
        foreach (WorkerProcess worker in _workers) worker.AwaitReady();
    }

    private WorkerProcess Launch(ServerUnderTest server, int publishFrom, int publishTo, bool subscribe)
    {
        WorkerProcess worker = WorkerProcess.Launch("flow", [
            .. _shape.ToArguments(), "--port", $"{server.Port}", "--counters", _countersFile,
            "--publish-from", $"{publishFrom}", "--publish-to", $"{publishTo}", "--subscribe", subscribe ? "true" : "false"]);
        _workers.Add(worker);
        return worker;
    }

    public void Dispose()
    {
        foreach (WorkerProcess worker in _workers) worker.Dispose();
        _counters.Dispose();
        File.Delete(_countersFile);
    }
}

/// <summary>What a phase moved, from the first send to the last message received (or the last PONG, without subscribers).</summary>
internal readonly record struct FlowPhaseResult(long Messages, double Seconds)
{
    internal double Rate => Messages / Seconds;
}
