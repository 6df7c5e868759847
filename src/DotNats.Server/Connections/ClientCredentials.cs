using System.Net;
using DotNats.Protocol;
using DotNats.Server.Authentication;

namespace DotNats.Server.Connections;

/// <summary>From a connection and its CONNECT to what authentication looks at.</summary>
internal static class ClientCredentials
{
    /// <param name="jwt">The user JWT it brought; null for none.</param>
    /// <param name="nonce">The one of its INFO; empty for none.</param>
    /// <param name="proxyKey">The trusted proxy it came through; null for none.</param>
    public static ConnectCredentials Of(MemberSession session, string? jwt, byte[] nonce, string? proxyKey)
    {
        ConnectOptions options = session.Options;
        Connection connection = session.Connection;
        TlsSessionInfo? tls = connection.Endpoint.Tls;
        return new ConnectCredentials
        {
            User = options.User,
            Password = options.Password,
            Token = options.Token,
            Jwt = jwt,
            NKey = options.NKey,
            Signature = options.Signature,
            ProxySignature = options.ProxySignature,
            ProxyKey = proxyKey,
            Nonce = nonce,
            ConnectionType = session.ConnectionType,
            ClientIdentifier = session.ClientIdentifier,
            RemoteAddress = IPAddress.TryParse(connection.RemoteIp, out IPAddress? ip) ? new IPEndPoint(ip, connection.RemotePort) : null,
            ClientCertificate = tls?.PeerCertificate,
            Host = connection.RemotePort != 0 ? connection.RemoteIp : null,
            ConnectionId = connection.Id,
            Name = options.Name,
            Language = options.Language,
            Version = options.Version,
            Protocol = options.Protocol,
            Tls = tls,
        };
    }
}
