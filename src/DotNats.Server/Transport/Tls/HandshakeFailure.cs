using System.Security.Authentication;
using DotNats.Server.Transport.Streams;

namespace DotNats.Server.Transport.Tls;

/// <summary>Why a handshake failed, in the words Go uses for it.</summary>
/// <param name="Text">What the log says.</param>
/// <param name="IsProbe">Nobody tried to speak TLS: a port scanner or a health check, worth a debug line only.</param>
internal readonly record struct HandshakeFailure(string Text, bool IsProbe)
{
    private const byte HandshakeRecord = 0x16;
    private const byte AlertRecord = 0x15;
    private const int RecordHeaderBytes = 5;

    // What OpenSSL calls an alert that came from the peer, and what Go calls it (RFC 8446 section 6).
    private static readonly (string OpenSsl, string Go)[] Alerts =
    [
        ("alert unexpected message", "unexpected message"),
        ("alert bad record mac", "bad record MAC"),
        ("alert record overflow", "record overflow"),
        ("alert handshake failure", "handshake failure"),
        ("alert bad certificate", "bad certificate"),
        ("alert unsupported certificate", "unsupported certificate"),
        ("alert certificate revoked", "revoked certificate"),
        ("alert certificate expired", "expired certificate"),
        ("alert certificate unknown", "unknown certificate"),
        ("alert illegal parameter", "illegal parameter"),
        ("alert unknown ca", "unknown certificate authority"),
        ("alert access denied", "access denied"),
        ("alert decode error", "error decoding message"),
        ("alert decrypt error", "error decrypting message"),
        ("alert protocol version", "protocol version not supported"),
        ("alert insufficient security", "insufficient security level"),
        ("alert internal error", "internal error"),
        ("alert user cancelled", "user canceled"),
        ("alert certificate required", "certificate required"),
    ];

    // What OpenSSL finds wrong itself.
    private static readonly (string OpenSsl, string Go)[] Flaws =
    [
        ("no shared cipher", "tls: no cipher suite supported by both client and server"),
        ("unsupported protocol", "tls: client offered only unsupported versions"),
        ("version too low", "tls: client offered only unsupported versions"),
        ("no suitable key share", "tls: no key exchanges supported by both client and server"),
        ("no suitable signature algorithm", "tls: peer doesn't support any of the certificate's signature algorithms"),
        ("bad record mac", "local error: tls: bad record MAC"),
        ("wrong version number", "tls: first record does not look like a TLS handshake"),
        ("http request", "tls: first record does not look like a TLS handshake"),
    ];

    /// <summary>No answer within the time a handshake may take.</summary>
    public static HandshakeFailure TimedOut(string addresses) => new($"read tcp {addresses}: i/o timeout", IsProbe: true);

    /// <summary>Explains <paramref name="exception"/> with what the stream saw.</summary>
    /// <param name="addresses">Local and remote address, as in "127.0.0.1:4222-&gt;127.0.0.1:50000".</param>
    public static HandshakeFailure Explain(Exception exception, OpeningStream stream, string addresses)
    {
        bool looksLikeTls = stream.FirstByte is HandshakeRecord or AlertRecord;
        if (stream.FirstByte >= 0 && !looksLikeTls && stream.ReadBytes >= RecordHeaderBytes)
            return new HandshakeFailure("tls: first record does not look like a TLS handshake", IsProbe: true);
        string reason = Flatten(exception);
        if (stream.WasReset) return new HandshakeFailure($"read tcp {addresses}: read: connection reset by peer", IsProbe: false);
        foreach ((string openSsl, string go) in Alerts)
        {
            if (reason.Contains(openSsl, StringComparison.Ordinal)) return new HandshakeFailure($"remote error: tls: {go}", IsProbe: false);
        }

        foreach ((string openSsl, string go) in Flaws)
        {
            if (reason.Contains(openSsl, StringComparison.Ordinal)) return new HandshakeFailure(go, IsProbe: false);
        }

        if (exception is IOException || stream.Ended) return new HandshakeFailure(stream.ReadBytes is > 0 and < RecordHeaderBytes ? "unexpected EOF" : "EOF", IsProbe: false);
        return new HandshakeFailure($"tls: {reason}", IsProbe: false);
    }

    private static string Flatten(Exception exception)
    {
        Exception innermost = exception.GetBaseException();
        // "error:0A000412:SSL routines::sslv3 alert bad certificate": the part behind the last colons says it.
        string message = innermost.Message;
        int reason = message.LastIndexOf("::", StringComparison.Ordinal);
        return innermost is AuthenticationException || reason < 0 ? message : message[(reason + 2)..];
    }
}
