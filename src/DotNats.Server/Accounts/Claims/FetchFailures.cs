using Microsoft.Extensions.Logging;

namespace DotNats.Server.Accounts;

/// <summary>Logs why fetches failed, a line every ten seconds at most: a source that is down fails every login.</summary>
// Owner: any thread.
internal sealed class FetchFailures(TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(10);

    private long _nextTicks = long.MinValue;
    private long _silent;

    public void Report(string error)
    {
        long now = time.GetUtcNow().UtcTicks;
        long next = Volatile.Read(ref _nextTicks);
        if (now < next || Interlocked.CompareExchange(ref _nextTicks, now + Pause.Ticks, next) != next)
        {
            Interlocked.Increment(ref _silent);
            return;
        }

        long silent = Interlocked.Exchange(ref _silent, 0);
        if (silent == 0) ClaimsLog.FetchFailed(logger, error);
        else ClaimsLog.FetchesFailed(logger, error, silent);
    }
}
