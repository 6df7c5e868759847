using System.Collections.Concurrent;
using DotNats.Protocol;
using DotNats.Security;
using DotNats.Server.Authentication;
using DotNats.Server.Connections;

namespace DotNats.Server;

/// <summary>Makes the INFO of this server: what is the same for everybody, and what differs from client to client.</summary>
internal sealed class ServerInfoSource(ServerCore server)
{
    /// <summary>The key others may seal for this server, announced as <c>xkey</c>.</summary>
    public NKey CurveKey { get; } = NKey.Create(NKeyKind.Curve);

    private readonly ConcurrentStack<InfoWriter> _writers = new();
    private volatile CommonInfo? _common;

    /// <summary>The INFO a client without a connection of its own would get.</summary>
    public ServerInfo Current
    {
        get
        {
            // Made anew when what it was made from is replaced: options and authenticator by a reload, the rest once.
            if (_common is { } common && common.IsCurrent(server)) return common.Info;
            bool jetStream = server.JetStream is { IsEnabled: true };
            common = new CommonInfo(server.Options, server.Authenticator, server.IsLameDuck, jetStream, server.Listener.Port, Make(server.Options, jetStream));
            _common = common;
            return common.Info;
        }
    }

    public InfoWriter RentWriter() => _writers.TryPop(out InfoWriter? writer) ? writer : new InfoWriter();

    public void ReturnWriter(InfoWriter writer)
    {
        if (_writers.Count < Environment.ProcessorCount) _writers.Push(writer);
        else writer.Dispose();
    }

    private ServerInfo Make(NatsServerOptions options, bool jetStream)
    {
        bool tls = options.Tls is not null;
        return new ServerInfo
        {
            ServerId = server.Id,
            ServerName = server.Name,
            Version = ServerVersion.Compatible,
            Runtime = ServerVersion.Runtime,
            Host = AdvertisedHost(options),
            Port = AdvertisedPort(options),
            Headers = !options.NoHeaderSupport,
            AuthRequired = server.Authenticator.AnnouncesAuthentication,
            TlsRequired = tls && !options.AllowNonTls,
            TlsVerify = options.Tls?.Verify ?? false,
            TlsAvailable = tls && options.AllowNonTls,
            MaxPayloadBytes = options.Limits.MaxPayloadBytes,
            LameDuckMode = server.IsLameDuck,
            // Compat: a name is told even where no other server can come.
            Cluster = options.Cluster?.Name,
            JetStream = jetStream,
            Domain = options.JetStream.Domain,
            JetStreamApiLevel = ServerVersion.JetStreamApiLevel,
            CurveKey = CurveKey.PublicKey,
        };
    }

    public ServerInfo ForClient(ClientSession session, string? nonce)
    {
        ServerInfo info = Current with
        {
            ClientId = session.Connection.Id,
            ClientIp = session.Connection.RemoteIp,
            Nonce = nonce,
            MaxPayloadBytes = session.MaxPayloadBytes,
        };
        // Inside the process a client may use TLS, never must.
        return session.Connection.Endpoint.IsInProcess && info.TlsRequired ? info with { TlsRequired = false, TlsAvailable = true } : info;
    }

    private int AdvertisedPort(NatsServerOptions options) => SplitAdvertise(options).Port ?? server.Listener.Port;

    private static string AdvertisedHost(NatsServerOptions options) => SplitAdvertise(options).Host ?? options.Host;

    private static (string? Host, int? Port) SplitAdvertise(NatsServerOptions options)
    {
        if (options.ClientAdvertise is not { Length: > 0 } advertise) return default;
        int colon = advertise.LastIndexOf(':');
        if (colon < 0 || advertise.EndsWith(']')) return (advertise, null);
        return (advertise[..colon].Trim('[', ']'), int.TryParse(advertise[(colon + 1)..], out int port) ? port : null);
    }
}

/// <summary>An INFO and what it was made from.</summary>
internal sealed record CommonInfo(NatsServerOptions Options, IAuthenticator Authenticator, bool IsLameDuck, bool JetStream, int Port, ServerInfo Info)
{
    public bool IsCurrent(ServerCore server) =>
        ReferenceEquals(Options, server.Options) && ReferenceEquals(Authenticator, server.Authenticator)
        && IsLameDuck == server.IsLameDuck && JetStream == (server.JetStream is { IsEnabled: true }) && Port == server.Listener.Port;
}

/// <summary>What this build calls itself.</summary>
internal static class ServerVersion
{
    /// <summary>nats-server release whose behaviour this server matches; clients and tools decide by it what they may use.</summary>
    public const string Compatible = BuildConstants.NatsCompatibleVersion;

    /// <summary>Our own version.</summary>
    public const string Own = BuildConstants.ProductVersion;

    /// <summary>Level of the JetStream API that the matched release speaks; announced whether or not JetStream is on, as nats-server does.</summary>
    public const int JetStreamApiLevel = 5;

    /// <summary>Stands where nats-server names its Go version: the runtime, and which server this really is.</summary>
    public static string Runtime { get; } = $"dotnet{Environment.Version} DotNats/{Own}";
}
