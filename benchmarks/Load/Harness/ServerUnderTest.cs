namespace Load.Harness;

/// <summary>A running server as a case sees it.</summary>
internal class ServerUnderTest(int processId, int port, int monitoringPort) : IDisposable
{
    internal int ProcessId => processId;

    internal int Port => port;

    /// <summary>0: no monitoring.</summary>
    internal int MonitoringPort => monitoringPort;

    /// <summary>Milliseconds from execve to the first PONG.</summary>
    internal double StartMilliseconds { get; init; }

    internal ProcessSample Sample() => ProcessSample.Take(processId);

    /// <summary>Null while the server runs, else what its log ended with.</summary>
    internal virtual string? DeathNote() => null;

    protected virtual void Stop()
    {
    }

    public void Dispose() => Stop();
}
