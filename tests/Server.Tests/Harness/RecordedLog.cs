using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Server.Tests.Harness;

/// <summary>Keeps every line that is logged, with its level in front: <c>"Debug: …"</c>.</summary>
internal sealed class RecordedLog : ILoggerFactory, ILogger
{
    private readonly ConcurrentQueue<string> _lines = new();

    public IReadOnlyCollection<string> Lines => _lines;

    public Task ContainsAsync(string level, string text) =>
        Eventually.HoldsAsync(() => _lines.Any(line => line.StartsWith(level, StringComparison.Ordinal) && line.Contains(text, StringComparison.Ordinal)), $"the log says '{text}'");

    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

    /// <summary>What is below is not logged.</summary>
    public LogLevel Least { get; init; }

    public bool IsEnabled(LogLevel logLevel) => logLevel >= Least;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        _lines.Enqueue($"{logLevel}: {formatter(state, exception)}");

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public void Dispose()
    {
        // Lines stay readable: the test looks at them after the server has stopped.
    }
}
