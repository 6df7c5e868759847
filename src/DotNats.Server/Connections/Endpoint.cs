using DotNats.Server.Routing;

namespace DotNats.Server.Connections;

/// <summary>The transport's side of one connection: moves bytes, knows no protocol.</summary>
// Implementations: Transport/Epoll (Linux sockets), Transport/Streams (TLS, portable sockets, in process).
internal abstract class Endpoint : IPausedProducer
{
    /// <summary>Set by the server before the first byte moves.</summary>
    public Connection Connection { get; set; } = null!;

    /// <summary>Sends what waits in the connection's outbound, as far as the peer takes it. Any thread, no lock held.</summary>
    public abstract void Flush(bool becameWritable);

    /// <summary>Reads on after a pause or suspension. Any thread.</summary>
    public abstract void Resume();

    /// <summary>Sends what still waits, within reason, then closes. Called once. Any thread, no lock held.</summary>
    /// <param name="discard">Do not try to send what waits.</param>
    public abstract void BeginClose(bool discard);

    /// <summary>Facts of the TLS session, or null.</summary>
    public virtual TlsSessionInfo? Tls => null;

    /// <summary>True for connections inside the process.</summary>
    public virtual bool IsInProcess => false;
}

/// <summary>What monitoring and authentication want to know of a TLS session.</summary>
internal sealed record TlsSessionInfo(string Version, string CipherSuite, System.Security.Cryptography.X509Certificates.X509Certificate2? PeerCertificate, bool HandshakeFirst)
{
    /// <summary>From the peer's certificate to the authority that makes it good; empty where none was asked for.</summary>
    public IReadOnlyList<System.Security.Cryptography.X509Certificates.X509Certificate2> VerifiedChain { get; init; } = [];

    /// <summary>Everything the peer presented, its own certificate first.</summary>
    public IReadOnlyList<System.Security.Cryptography.X509Certificates.X509Certificate2> PeerCertificates { get; init; } = [];
}
