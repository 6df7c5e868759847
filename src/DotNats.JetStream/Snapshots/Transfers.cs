using System.Collections.Concurrent;

namespace DotNats.JetStream.Snapshots;

/// <summary>Backups and restores that are under way.</summary>
// Owner: JetStreamService. Lifetime: StopAsync breaks off what runs and waits for it; nothing starts afterwards.
internal sealed class Transfers : IDisposable
{
    // Each has a log and buffers; nats-server has no bound.
    private const int MaxRestores = 256;

    private readonly ConcurrentDictionary<Task, bool> _running = new();
    private readonly CancellationTokenSource _stop = new();
    private int _restores;

    /// <summary>What restores have received and not read.</summary>
    public WaitingChunks Waiting { get; } = new();

    /// <summary>Takes a place for one more restore, to be given back by <see cref="EndRestore"/>; false where there are too many.</summary>
    public bool TryBeginRestore()
    {
        if (Interlocked.Increment(ref _restores) <= MaxRestores) return true;
        EndRestore();
        return false;
    }

    public void EndRestore() => Interlocked.Decrement(ref _restores);

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
