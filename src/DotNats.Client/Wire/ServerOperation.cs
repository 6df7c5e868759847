namespace DotNats.Client.Wire;

/// <summary>What a server may send.</summary>
internal enum OperationKind : byte
{
    None,
    Message,
    Info,
    Ping,
    Pong,
    Ok,
    Error,
}

/// <summary>One operation as views into the receive buffer.</summary>
// Lifetime: until the receive loop consumes Length bytes. Never stored.
internal ref struct ServerOperation
{
    public OperationKind Kind;

    /// <summary>Bytes of the whole operation.</summary>
    public int Length;

    /// <summary>When more bytes are needed: how many the whole takes, 0 while unknown.</summary>
    public int NeededLength;

    /// <summary>JSON of INFO, text of -ERR.</summary>
    public ReadOnlySpan<byte> Text;

    public ReadOnlySpan<byte> Subject;

    public ReadOnlySpan<byte> Reply;

    /// <summary>-1 for a sid that is no number, which this client never uses.</summary>
    public int SubscriptionId;

    public ReadOnlySpan<byte> Headers;

    public ReadOnlySpan<byte> Payload;
}
