namespace DotNats.Client.Wire;

/// <summary>Asks the server now and then whether it is still there: a half-open connection tells nobody.</summary>
internal sealed class KeepAlive(NatsConnectionOptions options, Outbound outbound)
{
    /// <summary>Runs until cancelled (null) or until the server has left too many PINGs unanswered.</summary>
    public async Task<Exception?> RunAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(options.PingInterval, options.TimeProvider);
        try
        {
            while (await timer.WaitForNextTickAsync(cancellationToken).ConfigureAwait(false))
            {
                if (outbound.PingsOut >= options.MaxPingsOut) return new NatsException($"The server has left {options.MaxPingsOut} PINGs unanswered.");
                if (outbound.AppendPing(new TaskCompletionSource()) != AppendResult.Ok) return null;
            }
        }
        catch (OperationCanceledException)
        {
            // The connection ended otherwise.
        }

        return null;
    }
}
