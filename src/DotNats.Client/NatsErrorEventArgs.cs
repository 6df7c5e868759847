namespace DotNats.Client;

/// <summary>What an <see cref="NatsConnection.ErrorOccurred"/> is about.</summary>
public enum NatsErrorKind
{
    /// <summary>The server sent <c>-ERR</c>; it may or may not close the connection after it.</summary>
    Server,

    /// <summary>A subscription's queue is full and messages are being dropped; said once for each time this begins.</summary>
    SlowConsumer,

    /// <summary>The connection was lost.</summary>
    Disconnected,
}

/// <summary>Something that no call is there to report.</summary>
public sealed class NatsErrorEventArgs(NatsErrorKind kind, string message, NatsSubscription? subscription = null) : EventArgs
{
    public NatsErrorKind Kind { get; } = kind;

    /// <summary>The server's text for <see cref="NatsErrorKind.Server"/>, else a sentence.</summary>
    public string Message { get; } = message;

    /// <summary>The slow subscription, or null.</summary>
    public NatsSubscription? Subscription { get; } = subscription;
}
