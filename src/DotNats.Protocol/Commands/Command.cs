namespace DotNats.Protocol;

/// <summary>Verbs a client may send.</summary>
public enum CommandKind : byte
{
    None,
    Publish,
    Subscribe,
    Unsubscribe,
    Ping,
    Pong,
    Connect,
    Info,
    Ok,
    Error,
}

/// <summary>What <see cref="CommandParser.Read"/> made of the bytes it was given.</summary>
public enum ParseStatus : byte
{
    /// <summary>One whole command was read.</summary>
    Done,

    /// <summary>The bytes so far are the start of a legal command.</summary>
    NeedMore,

    /// <summary>No command starts like this, or a payload does not end in CR LF: <c>-ERR 'Unknown Protocol Operation'</c>.</summary>
    UnknownOperation,

    /// <summary>The arguments of a known verb are wrong: closed without a word to the client.</summary>
    BadArguments,

    /// <summary>The control line is longer than <see cref="ParserLimits.MaxControlLineBytes"/>.</summary>
    ControlLineTooLong,

    /// <summary>The announced size is over <see cref="ParserLimits.MaxPayloadBytes"/>.</summary>
    PayloadTooLarge,

    /// <summary>HPUB on a connection without headers.</summary>
    HeadersNotSupported,
}

/// <summary>What one connection may send.</summary>
public struct ParserLimits
{
    /// <summary>Bytes of a control line's arguments.</summary>
    public int MaxControlLineBytes;

    /// <summary>Bytes of a message, headers included; negative for no limit.</summary>
    public int MaxPayloadBytes;

    /// <summary>False refuses HPUB.</summary>
    public bool HeadersSupported;
}

/// <summary>One command, as views into the receive buffer it was read from.</summary>
// Owner: the receive loop that parsed it. Lifetime: until the loop consumes Length bytes. Never stored.
public ref struct Command
{
    public CommandKind Kind;

    /// <summary>Bytes of the whole command, control line, payload and line ends included.</summary>
    public int Length;

    /// <summary>Control line after the verb, without the line end.</summary>
    public ReadOnlySpan<byte> Arguments;

    public ReadOnlySpan<byte> Subject;

    public ReadOnlySpan<byte> Reply;

    /// <summary>Bytes of the header block at the start of <see cref="Body"/>; -1 for PUB.</summary>
    public int HeaderLength;

    /// <summary>Header block, payload and the CR LF behind them: what every destination gets in one copy.</summary>
    public ReadOnlySpan<byte> Body;

    /// <summary>Bytes of header block and payload.</summary>
    public int Size;

    /// <summary>The size as the publisher wrote it; subscribers get the same digits, leading zeros and all.</summary>
    public ReadOnlySpan<byte> SizeText;

    /// <summary>The header size as the publisher wrote it; empty for PUB.</summary>
    public ReadOnlySpan<byte> HeaderLengthText;

    /// <summary>With <see cref="ParseStatus.NeedMore"/>: bytes the whole command takes, 0 while unknown.</summary>
    public int NeededLength;
}
