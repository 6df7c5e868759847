using DotNats.Protocol;
using DotNats.Server.Accounts;
using DotNats.Server.Authentication;
using DotNats.Server.Connections;

namespace DotNats.Server;

/// <summary>Brings live connections in line with options that were just put in force.</summary>
internal sealed class ReloadPass(ServerCore server, NatsServerOptions previous, NatsServerOptions current)
{
    public void Run()
    {
        // See ClientLogin.Resume: either this pass sees that a login is over, or the login sees the new authenticator.
        Interlocked.MemoryBarrier();
        foreach (Connection connection in server.Connections.All)
        {
            if (connection.Session is MemberSession client) Review(client);
        }

        CloseSurplus();
        foreach (Account account in server.Accounts.All) CloseSurplus(account);
        if (AnnouncementChanged()) server.BroadcastInfo();
    }

    private void Review(MemberSession client)
    {
        if (client.Connection.Endpoint.Tls is { } tls && HaveNewPins(client.TlsOf(previous), client.TlsOf(current)) && !client.Tls!.IsPinned(tls.PeerCertificate, out _))
        {
            client.Connection.Close(CloseReason.TlsHandshakeError);
            return;
        }

        if (client.Login.ProxyKey is { } proxy && !server.Proxies.IsTrusted(proxy))
        {
            client.Login.Expel(AuthenticationFailure.ProxyNotTrusted);
            return;
        }

        client.ApplyOptions(current);
        // Who is being judged is judged by the new authenticator in the end.
        if (client.Login.IsConnected && !client.Login.IsSuspended) Judge(client);
    }

    /// <summary>Judges a connection that was let in by the authenticator in force now.</summary>
    public static void Judge(MemberSession client)
    {
        Identity nobody = new() { AccountName = AccountRegistry.GlobalName };
        IAuthenticator authenticator = client.Authenticator;
        if (!authenticator.AuthenticationRequired)
        {
            // Compat: who came with a token stays.
            if (client.Login.Identity is { UsedToken: false }) client.Connection.Close(CloseReason.ClientClosed);
            return;
        }

        Reauthentication judged = authenticator.Reauthenticate(client.Login.Credentials ?? new ConnectCredentials(), client.Login.Identity ?? nobody);
        switch (judged.Verdict)
        {
            case ReauthenticationVerdict.Stays when judged.Result.Identity!.AccountName != client.Account.Name:
            case ReauthenticationVerdict.Moved:
                client.Connection.Close(CloseReason.ClientClosed);
                break;
            case ReauthenticationVerdict.Stays:
                client.Login.Renew(judged.Result.Identity!);
                SubscriptionSurplus.Check(client);
                break;
            default:
                client.Login.Expel(judged.Result.Reason);
                break;
        }
    }

    private static bool HaveNewPins(TlsOptions? before, TlsOptions? now) =>
        now is { PinnedCertificates: { } pins } && !(before?.PinnedCertificates is { } former && pins.SetEquals(former));

    // A lowered max_connections closes the newest.
    private void CloseSurplus()
    {
        int surplus = server.Connections.Count - current.Limits.MaxConnections;
        if (surplus <= 0) return;
        foreach (Connection connection in server.Connections.All.OrderByDescending(static open => open.Id).Take(surplus))
        {
            (connection.Session as MemberSession)?.TellError(ErrorTexts.MaxConnectionsExceeded);
            connection.Close(CloseReason.MaxConnectionsExceeded);
        }
    }

    private void CloseSurplus(Account account)
    {
        int surplus = account.Limits.MaxConnections < 0 ? 0 : account.Connections - account.Limits.MaxConnections;
        if (surplus <= 0) return;
        IEnumerable<MemberSession> members = server.Connections.All.Select(static open => open.Session).OfType<MemberSession>().Where(client => client.Account == account);
        foreach (MemberSession client in members.OrderByDescending(static member => member.Connection.Id).Take(surplus).ToArray()) client.Login.RefuseAccount();
    }

    private bool AnnouncementChanged() =>
        previous.ClientAdvertise != current.ClientAdvertise || previous.Limits.MaxPayloadBytes != current.Limits.MaxPayloadBytes
        || !previous.Authorization.Equals(current.Authorization) || (previous.Tls is null) != (current.Tls is null);
}
