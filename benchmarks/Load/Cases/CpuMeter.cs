using Load.Harness;

namespace Load.Cases;

/// <summary>Takes the CPU time of the server and of the generator's processes over a measured window.</summary>
internal sealed class CpuMeter
{
    private readonly ServerUnderTest _server;
    private readonly IReadOnlyList<WorkerProcess> _workers;
    private readonly double _serverBefore;
    private readonly double _workersBefore;

    internal CpuMeter(ServerUnderTest server, IReadOnlyList<WorkerProcess> workers)
    {
        _server = server;
        _workers = workers;
        _serverBefore = server.Sample().CpuSeconds;
        _workersBefore = WorkerSeconds();
    }

    /// <summary>Ends the window, in which <paramref name="count"/> messages, requests or handshakes were done.</summary>
    internal void Report(long count, Measurements measured)
    {
        ProcessSample sample = _server.Sample();
        measured[Metric.Cpu] = (sample.CpuSeconds - _serverBefore) / count * 1e6;
        measured[Metric.GeneratorCpu] = (WorkerSeconds() - _workersBefore) / count * 1e6;
        measured.AddMemory(sample);
    }

    private double WorkerSeconds() => _workers.Sum(worker => ProcessSample.Take(worker.ProcessId).CpuSeconds);
}
