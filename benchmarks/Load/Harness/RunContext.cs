using Load.Wire;

namespace Load.Harness;

/// <summary>One run of one case against one server: starts servers, and stops what was started when it ends.</summary>
// Owner: the main thread.
internal sealed class RunContext(string serverCommand, double seconds, RunDirectory directory, string storeRoot = "") : IDisposable
{
    private readonly List<ServerProcess> _servers = [];
    private readonly List<string> _stores = [];

    internal int Milliseconds => (int)(seconds * 1000);

    /// <summary>Enough for caches, heaps and code to settle; not counted.</summary>
    internal int WarmUpMilliseconds => Math.Min(500, Milliseconds);

    internal Measurements Measured { get; } = new();

    internal RunDirectory Directory => directory;

    internal ServerProcess StartServer(bool tls = false) =>
        StartServer(tls ? Certificate.WriteConfiguration(directory.Location) : null, tls);

    /// <summary>Starts a server with this configuration; clients that do not log in must be welcome.</summary>
    internal ServerProcess StartServer(string configuration)
    {
        string file = directory.NewFile("server.conf");
        File.WriteAllText(file, configuration);
        return StartServer(file, tls: false);
    }

    /// <summary>A directory for streams; gone with the run.</summary>
    internal string NewStore()
    {
        string store = Path.Combine(storeRoot, $"dotnats-load-store-{Guid.NewGuid():N}");
        System.IO.Directory.CreateDirectory(store);
        _stores.Add(store);
        return store;
    }

    private ServerProcess StartServer(string? configurationFile, bool tls)
    {
        ServerProcess server = ServerProcess.Start(serverCommand, configurationFile, directory.Location, tls);
        _servers.Add(server);
        return server;
    }

    /// <summary>Stops a server before the run ends.</summary>
    internal void Stop(ServerProcess server)
    {
        _servers.Remove(server);
        server.Dispose();
    }

    /// <summary>Ends a server as a crash would.</summary>
    internal void Kill(ServerProcess server)
    {
        _ = Libc.Kill(server.ProcessId, Libc.SignalKill);
        Stop(server);
    }

    /// <summary>Runs <paramref name="body"/> and turns every failure into the reason why the run does not count.</summary>
    internal RunResult Run(Action<RunContext> body)
    {
        Measured[Metric.LoadAverage] = ProcessSample.LoadAverage();
        try
        {
            body(this);
            return new RunResult(null, Measured.Values);
        }
        catch (Exception exception)
        {
            string reason = exception is InvalidRunException ? exception.Message : $"{exception.GetType().Name}: {exception.Message}";
            string? death = _servers.Select(server => server.DeathNote()).FirstOrDefault(note => note is not null);
            return new RunResult(death is null ? reason : $"the server died ({reason}); its log ends: {death}", Measured.Values);
        }
    }

    public void Dispose()
    {
        foreach (ServerProcess server in _servers) server.Dispose();
        foreach (string store in _stores)
        {
            if (System.IO.Directory.Exists(store)) System.IO.Directory.Delete(store, recursive: true);
        }
    }
}

/// <summary>The outcome of one run; without <paramref name="InvalidReason"/> every byte was accounted for.</summary>
internal sealed record RunResult(string? InvalidReason, IReadOnlyDictionary<string, double> Values)
{
    internal bool IsValid => InvalidReason is null;
}
