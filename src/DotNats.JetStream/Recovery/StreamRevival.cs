using System.Collections.Concurrent;
using DotNats.JetStream.Service;
using DotNats.JetStream.Streams;
using DotNats.Primitives;
using DotNats.Server;

namespace DotNats.JetStream.Recovery;

/// <summary>Opens streams again that stopped because the disk was full, once it has room.</summary>
// Owner: JetStreamService. Any thread adds, the wheel's thread asks, one attempt at a time on the pool. Lifetime: the service's.
internal sealed class StreamRevival(ServerCore server, JetStreamService service) : WheelTimer
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    // With less than this a stream would stop again at once.
    private const long NeededBytes = 1024 * 1024;

    private readonly ConcurrentDictionary<LiveStream, bool> _waiting = new(ReferenceEqualityComparer.Instance);
    private int _isTrying;

    /// <summary>A stream takes no more because there is no room.</summary>
    public void Add(LiveStream stream)
    {
        if (_waiting.TryAdd(stream, true)) server.Timers.Schedule(this, Interval);
    }

    public void Stop() => server.Timers.Cancel(this);

    protected override void OnExpired()
    {
        if (_waiting.IsEmpty) return;
        server.Timers.Schedule(this, Interval);
        if (Interlocked.Exchange(ref _isTrying, 1) == 0) _ = Task.Run(TryAsync);
    }

    private async Task TryAsync()
    {
        try
        {
            if (service.Stores.Files.FreeBytes(service.Stores.Directory) < NeededBytes) return;
            foreach (LiveStream stream in _waiting.Keys)
            {
                if (await service.Changes.ReopenAsync(stream.Owner, stream).ConfigureAwait(false)) _waiting.TryRemove(stream, out _);
            }
        }
        catch (IOException exception)
        {
            RecoveryLog.NotRevived(server.Logger, exception.Message);
        }
        finally
        {
            Interlocked.Exchange(ref _isTrying, 0);
        }
    }
}
