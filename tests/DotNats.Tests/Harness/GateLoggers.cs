using Microsoft.Extensions.Logging;

namespace DotNats.Tests.Harness;

/// <summary>Holds up whoever logs a certain line until the test lets it go: a way to stop a server at a known place.</summary>
internal sealed class GateLoggers(string line) : ILoggerFactory, ILogger
{
    private readonly ManualResetEventSlim _gate = new();
    private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task Reached => _reached.Task;

    public void Open() => _gate.Set();

    public ILogger CreateLogger(string categoryName) => this;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (!formatter(state, exception).Contains(line, StringComparison.Ordinal)) return;
        _reached.TrySetResult();
        _gate.Wait();
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public void AddProvider(ILoggerProvider provider)
    {
    }

    public void Dispose() => _gate.Dispose();
}
