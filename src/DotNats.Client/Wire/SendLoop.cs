namespace DotNats.Client.Wire;

/// <summary>Sends what <see cref="Outbound"/> gathers: one write for everything that came while the last one was under way.</summary>
internal sealed class SendLoop(Outbound outbound, Stream stream)
{
    /// <summary>Runs until the outbound is closed and drained; returns why it ended early, or null.</summary>
    public async Task<Exception?> RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                ReadOnlyMemory<byte> bytes = await outbound.TakeAsync().ConfigureAwait(false);
                if (bytes.IsEmpty) return null;
                await stream.WriteAsync(bytes, cancellationToken).ConfigureAwait(false);
                await stream.FlushAsync(cancellationToken).ConfigureAwait(false);
            }
        }
        catch (Exception exception)
        {
            // Whatever it is, it ends the connection and is told as the cause.
            return exception;
        }
    }
}
