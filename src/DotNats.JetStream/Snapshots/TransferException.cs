namespace DotNats.JetStream.Snapshots;

/// <summary>A backup or a restore cannot go on; the message is what the requester reads.</summary>
internal class TransferException(string message) : Exception(message)
{
    /// <param name="error">Told as it is, not as the reason of a failure.</param>
    public TransferException(ApiError error)
        : this(error.ToString()) => Error = error;

    /// <summary>What is told; null where the message says why something failed.</summary>
    public ApiError? Error { get; }
}

/// <summary>Whoever sends an archive sends nothing any more.</summary>
internal sealed class StalledException(string message) : TransferException(message);
