using DotNats.Server.Connections;

namespace DotNats.Server;

/// <summary>Empties a server gently: no new clients, word to the old ones, then one after the other is closed.</summary>
internal sealed class LameDuckMode(ServerCore server) : IDisposable
{
    private readonly CancellationTokenSource _cancel = new();
    private int _entered;

    /// <summary>True when every client is gone; false where the mode was already on or the server was stopped meanwhile.</summary>
    public async Task<bool> RunAsync()
    {
        if (Interlocked.Exchange(ref _entered, 1) != 0) return false;
        // Taken now: a stop disposes the source while clients are still being closed.
        CancellationToken cancelled = _cancel.Token;
        ServerLog.LameDuck(server.Logger);
        server.EnterLameDuck();
        if (server.Connections.Count == 0) return true;
        LameDuckOptions options = server.Options.LameDuck;
        try
        {
            await Task.Delay(options.GracePeriod, server.Time, cancelled).ConfigureAwait(false);
            await CloseSpreadAsync(options.Duration - options.GracePeriod, cancelled).ConfigureAwait(false);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    public void Cancel() => _cancel.Cancel();

    public void Dispose() => _cancel.Dispose();

    // nats-server closes them evenly over the duration, several at a time where they would be less than a millisecond apart.
    private async Task CloseSpreadAsync(TimeSpan over, CancellationToken cancelled)
    {
        Connection[] clients = [.. server.Connections.All];
        ServerLog.LameDuckClosing(server.Logger, clients.Length);
        if (clients.Length == 0) return;
        Random.Shared.Shuffle(clients);
        TimeSpan apart = over / clients.Length;
        int together = 1;
        if (apart < TimeSpan.FromMilliseconds(1))
        {
            together = (int)Math.Ceiling(clients.Length / Math.Max(1, over.TotalMilliseconds));
            apart = TimeSpan.FromMilliseconds(1);
        }
        else if (apart > TimeSpan.FromSeconds(1))
        {
            apart = TimeSpan.FromSeconds(1);
        }

        for (int i = 0; i < clients.Length; i++)
        {
            clients[i].Close(CloseReason.ServerShutdown);
            if (i + 1 < clients.Length && (i + 1) % together == 0)
                await Task.Delay(apart * (0.5 + Random.Shared.NextDouble() / 2), server.Time, cancelled).ConfigureAwait(false);
        }
    }
}
