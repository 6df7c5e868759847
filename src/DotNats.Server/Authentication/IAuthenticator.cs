namespace DotNats.Server.Authentication;

/// <summary>Decides who a connection is. Replaced whole at a reload; asked by any number of threads.</summary>
public interface IAuthenticator
{
    /// <summary>False lets everybody in without looking at credentials.</summary>
    bool AuthenticationRequired { get; }

    /// <summary>What INFO says as <c>auth_required</c>: false also when a configured <c>no_auth_user</c> admits clients without credentials.</summary>
    bool AnnouncesAuthentication { get; }

    /// <summary>True when INFO must carry a nonce because some client may have to sign it.</summary>
    bool NonceRequired { get; }

    /// <summary>
    /// True when the answer for these credentials takes time, of computing (bcrypt) or of waiting for others, and must be awaited off the I/O loop
    /// (<see cref="AuthenticateAsync"/>).
    /// </summary>
    bool IsSlow(ConnectCredentials credentials);

    /// <summary>Judges a CONNECT. Blocks while it computes, see <see cref="IsSlow"/>; never throws for bad credentials.</summary>
    AuthenticationResult Authenticate(ConnectCredentials credentials);

    /// <summary>
    /// The same for credentials that <see cref="IsSlow"/>: may compute on the calling thread, never blocks it to wait for others. Never throws
    /// for bad credentials or a peer that does not answer.
    /// </summary>
    /// <param name="cancellationToken">Cancelled when the server stops: the answer is of no use any more.</param>
    ValueTask<AuthenticationResult> AuthenticateAsync(ConnectCredentials credentials, CancellationToken cancellationToken) => new(Authenticate(credentials));

    /// <summary>
    /// Who a client is that speaks before its CONNECT although authentication is required: <c>no_auth_user</c> when it is a user (not an
    /// nkey) that this connection type may use, else null, which is a violation.
    /// </summary>
    Identity? FindAnonymousIdentity(string connectionType);

    /// <summary>
    /// Judges a connection that another authenticator let in, with the credentials it brought then. Slow when its bcrypt password was
    /// replaced; unchanged users cost nothing.
    /// </summary>
    Reauthentication Reauthenticate(ConnectCredentials credentials, Identity current);
}
