using DotNats.Protocol.Proxy;

namespace DotNats.Server.Transport.Opening;

/// <summary>What to do next with a connection that is being opened.</summary>
internal enum OpeningStep : byte
{
    /// <summary>Read more, for no longer than <see cref="PeerOpening.Patience"/>.</summary>
    Wait,

    /// <summary>Send the INFO that was held back, then look at the bytes again.</summary>
    Greet,

    /// <summary>The NATS protocol begins.</summary>
    Plain,

    /// <summary>A TLS handshake begins.</summary>
    Tls,

    /// <summary>Close: <see cref="PeerOpening.Error"/> says why.</summary>
    Refuse,
}

/// <summary>Decides by a client's first bytes how its connection goes on: PROXY header, TLS or plain.</summary>
/// <remarks>Pure: whoever owns the connection feeds it with all bytes received so far and tells it when time is up.</remarks>
// Owner: the receive side of one connection. Order as in nats-server: fallback of a handshake that comes first, PROXY header, first byte.
internal sealed class PeerOpening
{
    // nats-server's limit for a PROXY header to arrive.
    private static readonly TimeSpan ProxyHeaderTime = TimeSpan.FromSeconds(5);

    // A TLS record that holds a handshake begins with this byte, no NATS command does.
    private const byte HandshakeRecord = 0x16;

    private Phase _phase;
    private OpeningRules _rules;

    public PeerOpening(in OpeningRules rules)
    {
        _rules = rules;
        _phase = rules.AwaitsFirstBytes ? Phase.FirstBytes : AfterFirstBytes();
    }

    private enum Phase : byte
    {
        FirstBytes,
        ProxyHeader,
        FirstByte,
        Decided,
    }

    /// <summary>INFO is still held back until the TLS handshake is over.</summary>
    public bool HandshakeFirst => _rules.HandshakeFirst;

    /// <summary>Bytes from the front that were for this opening alone.</summary>
    public int Consumed { get; private set; }

    /// <summary>What the proxy said, if there was one that knew.</summary>
    public ProxyHeader Header { get; private set; }

    /// <summary>Why the peer is refused.</summary>
    public string? Error { get; private set; }

    /// <summary>How long the peer may take for what is waited for now.</summary>
    public TimeSpan Patience => _phase switch
    {
        Phase.FirstBytes => _rules.Fallback!.Value,
        Phase.ProxyHeader => ProxyHeaderTime,
        Phase.FirstByte => _rules.Tls!.Options.Timeout,
        _ => Timeout.InfiniteTimeSpan,
    };

    /// <summary>Looks at everything received so far.</summary>
    public OpeningStep Read(ReadOnlySpan<byte> bytes)
    {
        if (_phase == Phase.FirstBytes)
        {
            if (bytes.IsEmpty) return OpeningStep.Wait;
            _phase = AfterFirstBytes();
        }

        if (_phase == Phase.ProxyHeader)
        {
            switch (ProxyHeaderParser.Read(bytes, out ProxyHeader header, out string? error))
            {
                case ProxyHeaderStatus.NeedMore:
                    return OpeningStep.Wait;
                case ProxyHeaderStatus.Invalid:
                    Error = error;
                    return OpeningStep.Refuse;
                case ProxyHeaderStatus.Done:
                    Header = header;
                    Consumed = header.Length;
                    break;
                default:
                    // Compat: a client that comes without the proxy is served all the same.
                    break;
            }

            _phase = AfterHeader();
        }

        return Decide(bytes[Consumed..]);
    }

    /// <summary>Nothing (more) came in time. <paramref name="cause"/> is how logs name that.</summary>
    public OpeningStep OnTimeout(ReadOnlySpan<byte> bytes, string cause)
    {
        switch (_phase)
        {
            case Phase.FirstBytes:
                _rules = _rules with { HandshakeFirst = false, Fallback = null };
                _phase = AfterFirstBytes();
                return OpeningStep.Greet;
            case Phase.ProxyHeader:
                return RefuseHeader(bytes, bytes.IsEmpty ? "EOF" : cause);
            default:
                return OpeningStep.Plain;
        }
    }

    /// <summary>The peer ended the connection.</summary>
    public OpeningStep OnEnd(ReadOnlySpan<byte> bytes)
    {
        if (_phase == Phase.ProxyHeader) return RefuseHeader(bytes, bytes.Length is > 0 and < 6 ? "unexpected EOF" : "EOF");
        return _phase == Phase.FirstByte || _rules.Tls is null ? OpeningStep.Plain : OpeningStep.Tls;
    }

    private OpeningStep Decide(ReadOnlySpan<byte> rest)
    {
        if (_phase != Phase.FirstByte) return _rules.Tls is null ? OpeningStep.Plain : OpeningStep.Tls;
        if (rest.IsEmpty) return OpeningStep.Wait;
        _phase = Phase.Decided;
        return rest[0] == HandshakeRecord ? OpeningStep.Tls : OpeningStep.Plain;
    }

    private OpeningStep RefuseHeader(ReadOnlySpan<byte> bytes, string cause)
    {
        Error = $"failed to read {ProxyHeaderParser.DescribeMissing(bytes)}: {cause}";
        return OpeningStep.Refuse;
    }

    private Phase AfterFirstBytes() => _rules.ExpectsProxyHeader ? Phase.ProxyHeader : AfterHeader();

    private Phase AfterHeader() => _rules.SniffsFirstByte ? Phase.FirstByte : Phase.Decided;
}
