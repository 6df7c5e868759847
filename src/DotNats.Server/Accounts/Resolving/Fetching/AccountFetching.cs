using System.Net.Security;

namespace DotNats.Server.Accounts.Resolving;

/// <summary>Gets account JWTs over HTTP for a URL resolver. Implemented above this room: HTTP weighs more than all of the core.</summary>
public interface IAccountFetcher : IDisposable
{
    /// <summary>What a GET is answered with.</summary>
    /// <exception cref="AccountFetchException">Nobody answers; the message says why in Go's words.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was.</exception>
    Task<AccountFetchReply> GetAsync(Uri url, CancellationToken cancellationToken);
}

/// <summary>An HTTP answer.</summary>
/// <param name="Status">200 for a JWT.</param>
/// <param name="Reason">The words behind the status.</param>
public sealed record AccountFetchReply(int Status, string Reason, string Body);

/// <summary>An extension that can fetch account JWTs.</summary>
public interface IAccountFetcherFactory
{
    /// <summary>A fetcher; its owner disposes it.</summary>
    /// <param name="tls">Settings of a handshake (<c>resolver_tls</c>); null for the system's.</param>
    IAccountFetcher Create(SslClientAuthenticationOptions? tls);
}

/// <summary>A JWT could not be fetched.</summary>
public sealed class AccountFetchException : Exception
{
    public AccountFetchException() { }

    public AccountFetchException(string message) : base(message) { }

    public AccountFetchException(string message, Exception? innerException) : base(message, innerException) { }
}
