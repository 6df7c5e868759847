using System.Collections.Concurrent;

namespace DotNats.JetStream.Snapshots;

/// <summary>Backups and restores that are under way.</summary>
// Owner: JetStreamService. Lifetime: StopAsync breaks off what runs and waits for it; nothing starts afterwards.
internal sealed class Transfers : IDisposable
{
    private readonly ConcurrentDictionary<Task, bool> _running = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationToken _stopping;

    public Transfers() => _stopping = _stop.Token;

    /// <summary>What restores have received and not read.</summary>
    public WaitingChunks Waiting { get; } = new();

    /// <summary>The restores of all accounts.</summary>
    public RestorePlaces Places { get; } = new(RestorePlaces.MostOfServer);

    /// <summary>Runs something that reports its own failures, on the thread pool; false where the server stops and it will not run.</summary>
    /// <param name="owned">Disposed when it has run, and at once where it will not.</param>
    public bool Start(Func<CancellationToken, Task> run, IDisposable? owned = null)
    {
        // Among those that run before it is asked whether that is too late: StopAsync does so the other way round.
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _running[ended.Task] = true;
        if (!_stopping.IsCancellationRequested)
        {
            _ = Task.Run(() => RunAsync(run, owned, ended), CancellationToken.None);
            return true;
        }

        try
        {
            owned?.Dispose();
        }
        finally
        {
            End(ended);
        }

        return false;
    }

    public async Task StopAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        while (!_running.IsEmpty) await Task.WhenAll(_running.Keys).ConfigureAwait(false);
    }

    public void Dispose() => _stop.Dispose();

    private async Task RunAsync(Func<CancellationToken, Task> run, IDisposable? owned, TaskCompletionSource ended)
    {
        try
        {
            using (owned) await run(_stopping).ConfigureAwait(false);
        }
        finally
        {
            End(ended);
        }
    }

    private void End(TaskCompletionSource ended)
    {
        _running.TryRemove(ended.Task, out _);
        ended.SetResult();
    }
}
