using Microsoft.Extensions.Logging;

namespace DotNats.Logging;

/// <summary>Loggers that write nats-server's log format; categories and scopes are not shown.</summary>
/// <remarks>Critical is FTL, Error ERR, Warning WRN, Information INF, Debug DBG, Trace TRC. Debug and Trace are switched on one by one:
/// tracing the protocol (<c>-V</c>) does not bring debug output.</remarks>
// Owner: loggers read the current Target on any thread; Use replaces it whole.
public sealed class NatsLoggerFactory : ILoggerFactory
{
    private readonly NatsLogger _logger;

    /// <param name="destination">Where entries go; closed by the factory when it is replaced or the factory is disposed.</param>
    /// <param name="debug">Write DBG entries.</param>
    /// <param name="trace">Write TRC entries.</param>
    public NatsLoggerFactory(LogDestination destination, bool debug = false, bool trace = false) =>
        _logger = new NatsLogger(new Target(destination, debug, trace));

    /// <summary>Returns the one logger there is, whatever the category.</summary>
    public ILogger CreateLogger(string categoryName) => _logger;

    /// <summary>Not supported: this factory is one provider itself.</summary>
    /// <exception cref="NotSupportedException">Always.</exception>
    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

    /// <summary>Sends all further entries of all loggers to <paramref name="destination"/> and closes the one before. No entry is lost.</summary>
    public void Use(LogDestination destination, bool debug, bool trace)
    {
        Target before = _logger.Replace(new Target(destination, debug, trace));
        if (before.Destination != destination) before.Destination?.Dispose();
    }

    public void Dispose() => _logger.Replace(new Target(null, false, false)).Destination?.Dispose();

    /// <summary>Where entries go and which of them; no destination drops them.</summary>
    internal sealed record Target(LogDestination? Destination, bool Debug, bool Trace)
    {
        public bool Takes(LogLevel level) => level switch
        {
            LogLevel.None => false,
            LogLevel.Trace => Trace,
            LogLevel.Debug => Debug,
            _ => true,
        };
    }
}
