using System.Net;
using DotNats.Protocol.Proxy;
using DotNats.Server.Connections;

namespace DotNats.Server.Transport.Opening;

/// <summary>What both transports do alike while a client's connection is being opened.</summary>
/// <param name="Rules">What has to be settled.</param>
/// <param name="Local">Our address on this connection; null inside the process.</param>
/// <param name="Remote">The socket's peer, which may be a proxy; null inside the process.</param>
internal sealed record ClientDoor(OpeningRules Rules, IPEndPoint? Local, IPEndPoint? Remote)
{
    /// <summary>Both ends as Go's network errors name them.</summary>
    public string Addresses => Local is null ? "pipe" : $"{Local}->{Remote}";

    /// <summary>The session begins; INFO goes out unless a handshake comes first. Compat: a proxy's address is not told as the client's.</summary>
    public void Welcome(Connection connection)
    {
        var session = (MemberSession)connection.Session;
        session.Begin();
        if (Rules.HandshakeFirst) return;
        Greet(connection);
    }

    /// <summary>The greeting, with what is known of the client before it has said a word.</summary>
    public void Greet(Connection connection) => ((MemberSession)connection.Session).Greet(includeClientIp: !Rules.ExpectsProxyHeader);

    /// <summary>The client is who the proxy says.</summary>
    public static void Adopt(Connection connection, ProxyHeader header)
    {
        if (header.Source is not { } source) return;
        ((MemberSession)connection.Session).Login.KeepLogAddress();
        connection.RemoteIp = source.Address.ToString();
        connection.RemotePort = source.Port;
    }

    /// <summary>Ends a connection whose PROXY header cannot be used.</summary>
    public void Refuse(Connection connection, string error)
    {
        SessionLog.ProxyHeader(connection.Server.Logger, Remote?.ToString() ?? "pipe", error);
        connection.Close(CloseReason.ProtocolViolation);
    }

    /// <summary>The error of a peer that was silent for too long.</summary>
    public string TimeoutText => $"read tcp {Addresses}: i/o timeout";
}
