using DotNats.Primitives;
using DotNats.Protocol.Mqtt;
using DotNats.Security;
using DotNats.Server.Authentication;
using DotNats.Server.Connections;
using DotNats.Server.Routing;

namespace DotNats.Mqtt.Connections;

/// <summary>From CONNECT to a client that is known; its session is found after that.</summary>
internal sealed class MqttLogin(MqttSession session) : MemberLogin(session)
{
    private readonly MqttSession _session = session;
    private bool _isIntroduced;

    protected override string IdName => "mid";

    /// <summary>CONNECT was read, perhaps with an error in it. Compat: from here on logs name the client identifier, also an empty one.</summary>
    public void Introduce()
    {
        _isIntroduced = true;
        ForgetLogName();
    }

    /// <summary>CONNECT was read well.</summary>
    public void Connect(DeliveryContext context, MqttConnect connect)
    {
        _session.Options.User = connect.Username;
        // Compat: a password may also be the token, or the JWT.
        _session.Options.Password = _session.Options.Token = connect.Password;
        BeginAnew();
        Authenticate(context);
    }

    protected override ConnectCredentials ReadCredentials()
    {
        string? password = _session.Options.Password;
        bool isJwt = !string.IsNullOrEmpty(password) && JwtReader.TryReadUser(password, out _, out _);
        return ClientCredentials.Of(_session, isJwt ? password : null, [], ProxyKey);
    }

    protected override void OnAccepted(DeliveryContext context)
    {
        IsAwaited = false;
        context.ReleaseHeld();
        _session.OnLoggedIn();
    }

    // Compat: to nats-server one too many for its account is also one that failed to authenticate, and each of them one that failed to connect.
    protected override void OnRefused(bool isAccountFull)
    {
        if (isAccountFull) SessionLog.AuthenticationError(Server.Logger, _session, $"authentication error - {Credentials?.Describe()}");
        _session.FailToConnect("authentication error");
    }

    protected override string NameForLogs(string address) => _isIntroduced ? $"{address} - {GoQuote.Quote(_session.ClientIdentifier ?? "")}" : address;
}
