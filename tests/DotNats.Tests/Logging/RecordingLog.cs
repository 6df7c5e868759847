using Microsoft.Extensions.Logging;

namespace DotNats.Tests.Logging;

/// <summary>Hands every entry of information and above to a test.</summary>
internal sealed class RecordingLog(Action<string> take) : ILoggerFactory, ILogger
{
    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (IsEnabled(logLevel)) take(formatter(state, exception));
    }

    public void Dispose() { }
}
