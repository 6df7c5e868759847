using DotNats.Extensions;
using Microsoft.Extensions.Logging;

namespace DotNats;

/// <summary>What a host gives a server besides its options. Everything has a default.</summary>
public sealed record NatsServerDependencies
{
    /// <summary>Where logs go; null for nowhere.</summary>
    public ILoggerFactory? LoggerFactory { get; init; }

    /// <summary>The clock and its timers; null for the system's.</summary>
    public TimeProvider? TimeProvider { get; init; }

    /// <summary>Parts that plug in from above, e.g. <c>new HttpMonitoring()</c> of DotNats.Http; they start before clients are accepted.</summary>
    public IReadOnlyList<IServerExtension> Extensions { get; init; } = [];

    /// <summary>True serves sockets over streams even where there are epoll loops: how the portable path is tested on Linux.</summary>
    internal bool PortableTransport { get; init; }

    /// <summary>Reads the configuration again and calls <see cref="NatsServer.ReloadAsync"/>, when the system account asks for it
    /// (<c>$SYS.REQ.SERVER.&lt;id&gt;.RELOAD</c>); what it throws is the answer. Null where options come from code: the request is refused.</summary>
    public Func<Task>? ReloadRequested { get; init; }

    /// <summary>Called once the start has been logged, before the first listener opens: the moment for a process to leave its id in a file.
    /// What it throws ends the start.</summary>
    public Action? BeforeListening { get; init; }

    /// <summary>Called when a reload has put these options in force, before the server says so: the moment for a process to change its log and its
    /// files. It must not throw.</summary>
    public Action<NatsServerOptions>? Reloaded { get; init; }
}
