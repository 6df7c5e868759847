using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace DotNats.Server.Accounts.Resolving;

/// <summary>Does all that writes to a store or tells accounts of changes, one thing after the other.</summary>
// Owner: one task, from the start to Dispose. Any thread posts.
// Lifetime: the resolver's; what waits at the end is done first. Invariant: 0 <= _bytes <= MaxBytes.
internal sealed class ResolverLoop : IAsyncDisposable
{
    // A whole store arrives as one message a JWT when servers compare theirs.
    private const int MaxItems = 32 * 1024;
    private const long MaxBytes = 64L * 1024 * 1024;

    private readonly Channel<(Func<ValueTask> Work, int Bytes)> _work =
        Channel.CreateBounded<(Func<ValueTask>, int)>(new BoundedChannelOptions(MaxItems) { SingleReader = true });

    private readonly ILogger _logger;
    private readonly Task _running;
    private long _bytes;

    public ResolverLoop(ILogger logger)
    {
        _logger = logger;
        _running = Task.Run(RunAsync);
    }

    /// <summary>False, with a line in the log, where too much waits already or the loop has ended.</summary>
    /// <param name="bytes">What the work holds on to.</param>
    public bool TryPost(Func<ValueTask> work, int bytes = 0)
    {
        if (Interlocked.Add(ref _bytes, bytes) <= MaxBytes && _work.Writer.TryWrite((work, bytes))) return true;
        Interlocked.Add(ref _bytes, -bytes);
        if (!_work.Reader.Completion.IsCompleted) ResolverLog.WorkDropped(_logger);
        return false;
    }

    /// <summary>Completes when all that was posted before is done.</summary>
    public Task DrainAsync()
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        if (!TryPost(() =>
        {
            done.SetResult();
            return default;
        })) done.SetResult();
        return done.Task;
    }

    public async ValueTask DisposeAsync()
    {
        _work.Writer.TryComplete();
        await _running.ConfigureAwait(false);
    }

    private async Task RunAsync()
    {
        await foreach ((Func<ValueTask> work, int bytes) in _work.Reader.ReadAllAsync().ConfigureAwait(false))
        {
            try
            {
                await work().ConfigureAwait(false);
            }
            catch (Exception error)
            {
                // A bug of one request must not end the service for all.
                ResolverLog.WorkFailed(_logger, error);
            }
            finally
            {
                Interlocked.Add(ref _bytes, -bytes);
            }
        }
    }
}
