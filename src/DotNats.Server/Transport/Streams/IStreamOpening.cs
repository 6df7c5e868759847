namespace DotNats.Server.Transport.Streams;

/// <summary>What happens on a stream before the NATS protocol may flow over it.</summary>
internal interface IStreamOpening
{
    bool IsInProcess { get; }

    /// <summary>Settles what has to be settled; returns the stream to speak on, or null where the connection was refused and closed.</summary>
    ValueTask<Stream?> OpenAsync(StreamEndpoint endpoint, Stream stream);
}

/// <summary>Nothing to settle: the peer was greeted and may speak.</summary>
internal sealed class PlainOpening(bool isInProcess) : IStreamOpening
{
    public bool IsInProcess { get; } = isInProcess;

    public ValueTask<Stream?> OpenAsync(StreamEndpoint endpoint, Stream stream)
    {
        return new ValueTask<Stream?>(stream);
    }
}
