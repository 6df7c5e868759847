using System.Net;
using Microsoft.Extensions.Logging;

namespace DotNats.App;

// Stand-ins until the library has these types; the executable starts nothing yet.
internal static class ConfigSeam
{
    public static OptionsResult Load(string path) => new(null, Directory.Exists(path) ? $"read {path}: is a directory" : $"open {path}: no such file or directory", "");
}

internal sealed record NatsServerDependencies
{
    public ILoggerFactory? LoggerFactory { get; init; }
}

internal sealed class NatsServer : IAsyncDisposable
{
    private readonly TaskCompletionSource _completion = new();

    public Task Completion => _completion.Task;

    public IPEndPoint ClientEndPoint { get; } = new(IPAddress.Loopback, 4222);

    public static Task<NatsServer> StartAsync(NatsServerOptions options, NatsServerDependencies? dependencies = null, CancellationToken ct = default) =>
        Task.FromResult(new NatsServer());

    public Task ReloadAsync(NatsServerOptions newOptions) => _completion.Task.IsCompleted ? _completion.Task : Task.CompletedTask;

    public Task EnterLameDuckAsync() => ShutdownAsync();

    public Task ShutdownAsync()
    {
        _completion.TrySetResult();
        return Task.CompletedTask;
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
