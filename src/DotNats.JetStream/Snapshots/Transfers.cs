using System.Collections.Concurrent;

namespace DotNats.JetStream.Snapshots;

/// <summary>Backups and restores that are under way.</summary>
// Owner: JetStreamService. Lifetime: StopAsync breaks off what runs and waits for it; nothing starts afterwards.
internal sealed class Transfers : IDisposable
{
    private readonly ConcurrentDictionary<Task, bool> _running = new();
    private readonly CancellationTokenSource _stop = new();

    /// <summary>Runs something that reports its own failures, on the thread pool.</summary>
    public void Start(Func<CancellationToken, Task> run)
    {
        if (_stop.IsCancellationRequested) return;
        CancellationToken token = _stop.Token;
        Task task = Task.Run(() => run(token), CancellationToken.None);
        _running[task] = true;
        _ = task.ContinueWith(static (task, running) => ((ConcurrentDictionary<Task, bool>)running!).TryRemove(task, out _), _running, CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    public async Task StopAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        while (!_running.IsEmpty) await Task.WhenAll(_running.Keys).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public void Dispose() => _stop.Dispose();
}
