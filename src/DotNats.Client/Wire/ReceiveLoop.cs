using DotNats.Protocol;

namespace DotNats.Client.Wire;

/// <summary>Reads operations and hands them on, until the stream ends.</summary>
// Owner: its one task. Previous stop: the stream. Next stop: NatsConnection.
internal sealed class ReceiveLoop(Stream stream, ReceiveBuffer buffer, NatsConnection connection)
{
    private int _neededBytes;

    /// <summary>Runs until the stream ends; returns why, or null for an orderly end.</summary>
    public async Task<Exception?> RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            do
            {
                while (ProcessBatch() is { } waiting) await waiting.CompleteAsync(cancellationToken).ConfigureAwait(false);
            }
            while (await buffer.FillAsync(stream, _neededBytes, cancellationToken).ConfigureAwait(false));

            return null;
        }
        catch (Exception exception)
        {
            // Whatever it is, it ends the connection and is told as the cause.
            return exception;
        }
    }

    // Synchronous on purpose: spans live here. Ends early when a subscription wants the connection to wait for it.
    private PendingDelivery? ProcessBatch()
    {
        while (!buffer.IsEmpty)
        {
            ServerOperation operation = default;
            ParseStatus status = ServerOperationParser.Read(buffer.Unread, ref operation);
            _neededBytes = operation.NeededLength;
            if (status == ParseStatus.NeedMore) return null;
            if (status != ParseStatus.Done) throw new NatsException("The server sent something that is not the NATS protocol.");
            PendingDelivery? waiting = null;
            if (operation.Kind == OperationKind.Message) waiting = connection.OnMessage(in operation);
            else connection.OnOperation(in operation);
            buffer.Consume(operation.Length);
            if (waiting is not null) return waiting;
        }

        _neededBytes = 0;
        return null;
    }
}

/// <summary>A message whose subscription has no room and wants the connection to wait.</summary>
internal sealed class PendingDelivery(NatsSubscription subscription, NatsMessage message)
{
    public ValueTask CompleteAsync(CancellationToken cancellationToken) => subscription.EnqueueAsync(message, cancellationToken);
}
