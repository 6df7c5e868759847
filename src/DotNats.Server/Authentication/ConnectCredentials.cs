using System.Net;
using System.Security.Cryptography.X509Certificates;
using DotNats.Server.Connections;

namespace DotNats.Server.Authentication;

/// <summary>Everything one connection brings to prove who it is: its CONNECT, the nonce it was given, its TLS certificate, its address.</summary>
/// <remarks>Immutable. A connection keeps it so that a reload can judge it anew; it holds secrets, so it never goes to a log.</remarks>
public sealed class ConnectCredentials
{
    /// <summary><c>user</c> of CONNECT; null and empty mean none, here and below.</summary>
    public string? User { get; init; }

    /// <summary><c>pass</c>.</summary>
    public string? Password { get; init; }

    /// <summary><c>auth_token</c>.</summary>
    public string? Token { get; init; }

    /// <summary><c>jwt</c>: user JWT.</summary>
    public string? Jwt { get; init; }

    /// <summary><c>nkey</c>: public user key.</summary>
    public string? NKey { get; init; }

    /// <summary><c>sig</c>: the nonce signed, base64url without padding or standard base64.</summary>
    public string? Signature { get; init; }

    /// <summary><c>proxy_sig</c>: the nonce signed by a trusted proxy.</summary>
    public string? ProxySignature { get; init; }

    /// <summary>Public key of the trusted proxy that made it, as the server found out; null for a connection that comes by itself.</summary>
    public string? ProxyKey { get; init; }

    /// <summary>The nonce of this connection's INFO, as its ASCII bytes; empty when none was sent.</summary>
    public ReadOnlyMemory<byte> Nonce { get; init; }

    /// <summary>STANDARD, WEBSOCKET, LEAFNODE, LEAFNODE_WS, MQTT, MQTT_WS or IN_PROCESS; see <see cref="ConnectionTypes"/>.</summary>
    public string ConnectionType { get; init; } = ConnectionTypes.Standard;

    public EndPoint? RemoteAddress { get; init; }

    /// <summary>The leaf certificate of a finished TLS handshake that asked for one, already verified; null otherwise.</summary>
    public X509Certificate2? ClientCertificate { get; init; }

    /// <summary>The peer's address as text, for services that are asked about it; null for a connection inside the process.</summary>
    internal string? Host { get; init; }

    internal ulong ConnectionId { get; init; }

    /// <summary>What the client calls itself where its protocol demands that; null elsewhere.</summary>
    internal string? ClientIdentifier { get; init; }

    /// <summary><c>name</c>, <c>lang</c>, <c>version</c> and <c>protocol</c> of CONNECT.</summary>
    internal string? Name { get; init; }

    internal string? Language { get; init; }

    internal string? Version { get; init; }

    internal int Protocol { get; init; }

    /// <summary>Null without TLS.</summary>
    internal TlsSessionInfo? Tls { get; init; }

    /// <summary>The name that monitoring shows for a connection that could not be authenticated, or null (<c>authorized_user</c>).</summary>
    public string? ClaimedName => CredentialNames.Raw(NKey, User, Token);

    /// <summary>How logs name whoever tried: <c>User "a"</c>, <c>Nkey "U…"</c>, <c>Token "[REDACTED]"</c> or <c>User "N/A"</c>.</summary>
    public string Describe() => CredentialNames.Describe(NKey, User, Token);

    internal bool HasUserOrToken => !string.IsNullOrEmpty(User) || !string.IsNullOrEmpty(Password) || !string.IsNullOrEmpty(Token);
}
