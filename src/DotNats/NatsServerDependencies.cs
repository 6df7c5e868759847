using Microsoft.Extensions.Logging;

namespace DotNats;

/// <summary>What a host gives a server besides its options. Everything has a default.</summary>
public sealed record NatsServerDependencies
{
    /// <summary>Where logs go; null for nowhere.</summary>
    public ILoggerFactory? LoggerFactory { get; init; }

    /// <summary>The clock and its timers; null for the system's.</summary>
    public TimeProvider? TimeProvider { get; init; }
}
