using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using DotNats.Protocol;
using DotNats.Security;
using DotNats.Server.Authentication;
using DotNats.Server.Connections;
using DotNats.Server.Routing;

namespace DotNats.Server.Monitoring;

/// <summary>One client connection as monitoring sees it.</summary>
internal sealed class ConnectionMonitor(MemberSession session) : IMonitoredConnection
{
    private readonly Connection _connection = session.Connection;

    public ulong Id => _connection.Id;

    public string? AccountName => session.Account.Name;

    public string? User
    {
        get
        {
            ConnectOptions options = session.Options;
            return session.Login.Identity?.DisplayName ?? CredentialNames.Raw(options.NKey, options.User, options.Token);
        }
    }

    public string? MqttClientId => session.ClientIdentifier;

    public ConnectionActivity ReadActivity()
    {
        long lastTicks = Volatile.Read(ref _connection.LastActivityTicks);
        DateTime start = _connection.StartTime.UtcDateTime;
        return new ConnectionActivity
        {
            StartTime = start,
            LastActivity = start + _connection.Server.ToTimeSpan(lastTicks - _connection.StartTicks),
            RoundTripTime = session.RoundTrip,
            PendingBytes = _connection.Outbound.PendingBytes,
            InMessages = Volatile.Read(ref _connection.InMessages),
            InBytes = Volatile.Read(ref _connection.InBytes),
            OutMessages = Volatile.Read(ref _connection.Outbound.Messages),
            OutBytes = Volatile.Read(ref _connection.Outbound.Bytes),
            Stalls = Volatile.Read(ref _connection.Stalls),
            Subscriptions = session.Subscriptions.Count,
        };
    }

    public ConnectionFacts Describe()
    {
        ConnectOptions options = session.Options;
        // Compat: a connection without a port, inside the process, shows no address either.
        bool hasAddress = _connection.RemotePort != 0;
        return new ConnectionFacts
        {
            Kind = "Client",
            Type = session.ClientType,
            Address = hasAddress ? _connection.RemoteIp : "",
            Port = _connection.RemotePort,
            Name = options.Name,
            Language = options.Language,
            Version = options.Version,
            Tls = _connection.Endpoint.Tls is { } tls ? Describe(tls) : null,
            ProxyKey = session.Login.ProxyKey,
            Jwt = ShownJwt(),
            // Compat: the issuer of a configured nkey user is its account.
            IssuerKey = session.Login.Identity?.IssuerKey,
            NameTag = session.Account.NameTag,
            Tags = session.Login.Identity?.Introduction?.Tags,
        };
    }

    // A bearer's JWT is all it takes to log in.
    private string? ShownJwt()
    {
        if (session.Login.Identity is { IsVouchedFor: true }) return null;
        string? jwt = session.Login.Identity?.Jwt ?? session.Options.Jwt;
        if (string.IsNullOrEmpty(jwt)) return null;
        UserClaims? claims = session.Login.Identity?.Claims;
        if (claims is null && !JwtReader.TryReadUser(jwt, out claims, out _)) return jwt;
        return claims.Limits.BearerToken ? null : jwt;
    }

    public void CopySubscriptions(List<SubscriptionDetail> target)
    {
        foreach (Subscription subscription in session.Subscriptions.Snapshot()) target.Add(Describe(subscription, Id));
    }

    /// <summary>A subscription as text.</summary>
    public static SubscriptionDetail Describe(Subscription subscription, ulong connectionId) => new()
    {
        Subject = Encoding.UTF8.GetString(subscription.Subject),
        Qgroup = subscription.Queue is { } queue ? Encoding.UTF8.GetString(queue) : null,
        Sid = subscription.Id.ToString(),
        Msgs = Volatile.Read(ref subscription.Delivered),
        Max = Volatile.Read(ref subscription.Maximum),
        Cid = connectionId,
    };

    private static TlsFacts Describe(TlsSessionInfo tls) => new()
    {
        Version = tls.Version,
        CipherSuite = tls.CipherSuite,
        HandshakeFirst = tls.HandshakeFirst,
        PeerCertificates = tls.PeerCertificates.Count > 0 ? [.. tls.PeerCertificates.Select(Describe)] : null,
    };

    private static TlsPeerCertificate Describe(X509Certificate2 certificate) => new(
        new CertificateSubject(certificate.SubjectName.RawData).ToText(),
        Convert.ToHexStringLower(SHA256.HashData(certificate.PublicKey.ExportSubjectPublicKeyInfo())),
        Convert.ToHexStringLower(SHA256.HashData(certificate.RawDataMemory.Span)));
}
