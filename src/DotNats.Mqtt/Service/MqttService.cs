using System.Net;
using DotNats.Mqtt.Connections;
using DotNats.Mqtt.Store;
using DotNats.Primitives;
using DotNats.Server;
using DotNats.Server.Accounts;
using DotNats.Server.Authentication;
using DotNats.Server.Mqtt;
using DotNats.Server.Routing;
using DotNats.Server.Transport.Tls;

namespace DotNats.Mqtt.Service;

/// <summary>MQTT of one server: its listener, what its clients log in by, and what is kept for them.</summary>
// Owner: ServerCore. Options and authenticator are snapshots, replaced whole by a reload; any thread reads them.
internal sealed class MqttService : IMqttService
{
    private readonly ServerCore _server;
    private readonly MqttListener _listener;
    private volatile IAuthenticator _authenticator;

    private MqttService(ServerCore server)
    {
        _server = server;
        _listener = new MqttListener(this, server);
        Accounts = new MqttAccounts(server);
        _authenticator = MakeAuthenticator(previous: null);
    }

    /// <summary>What outlives connections.</summary>
    public MqttAccounts Accounts { get; }

    /// <summary>Draws client identifiers for those who leave the choice to the server.</summary>
    public Nuid Ids { get; } = new();

    public IAuthenticator Authenticator => _authenticator;

    public MqttOptions Options => _server.Options.Mqtt!;

    public IPEndPoint EndPoint => _listener.EndPoint;

    public TlsContext? Tls => _listener.Tls;

    public DateTime? CertificateNotAfter => _listener.Tls?.NotAfter;

    /// <summary>Time a client has for its CONNECT, where the server wants to know who it is.</summary>
    public TimeSpan AuthenticationTimeout => Options.AuthTimeout is { Ticks: > 0 } own ? own : _server.AuthenticationTimeout;

    /// <summary>Null where options have no listener for MQTT clients.</summary>
    public static IMqttService? Create(ServerCore server) => server.Options.Mqtt is { Port: not 0 } ? new MqttService(server) : null;

    public TlsContext? LoadTls(NatsServerOptions options) => _listener.LoadTls(options);

    public void UseTls(TlsContext? tls) => _listener.UseTls(tls);

    public void Start()
    {
        _listener.Start();
        MqttOptions options = Options;
        MqttLog.Listening(_server.Logger, options.Tls is null ? "mqtt" : "tls", options.Host, EndPoint.Port);
    }

    public void StopAccepting() => _listener.StopAccepting();

    public void OnCrossed(DeliveryContext context, in Message message, Account account, ReadOnlySpan<byte> subject)
    {
        if (message.Origin?.Session is not MqttSession || message.HeaderLength <= 0 || subject.IsEmpty) return;
        ReadOnlySpan<byte> body = message.Body[..message.Size];
        Accounts.StoreCrossed(context, account, subject, body[..message.HeaderLength], body[message.HeaderLength..]);
    }

    public void OnAccountRemoved(Account account) => Accounts.Close(account);

    public void OnOptionsChanged(NatsServerOptions previous)
    {
        _authenticator = MakeAuthenticator(_authenticator);
        NatsServerOptions options = _server.Options;
        if (RetainedRights.HaveChanged(previous, options)) _ = Task.Run(() => ReviewRetainedAsync(options));
    }

    public async ValueTask DisposeAsync()
    {
        await _listener.DisposeAsync().ConfigureAwait(false);
        Accounts.Dispose();
    }

    private async Task ReviewRetainedAsync(NatsServerOptions options)
    {
        try
        {
            await Accounts.ReviewRetainedAsync(new RetainedRights(options).MayPublish).ConfigureAwait(false);
        }
        catch (Exception) when (_server.IsStopping)
        {
            // What it waited for is being taken down.
        }
        catch (Exception exception)
        {
            MqttLog.ReviewFailed(_server.Logger, exception);
        }
    }

    // The server's own, as long as it would judge alike: what it knows of passwords is not computed twice.
    private IAuthenticator MakeAuthenticator(IAuthenticator? previous)
    {
        NatsServerOptions options = _server.Options;
        LoginTerms terms = LoginTerms.ForMqtt(options);
        return terms == LoginTerms.ForClients(options) ? _server.Authenticator : _server.MakeAuthenticator(options, terms, previous);
    }
}
