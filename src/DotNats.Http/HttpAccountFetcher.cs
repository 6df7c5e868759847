using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using DotNats.Extensions;
using DotNats.Logging;
using DotNats.Security;
using DotNats.Server.Accounts.Resolving;

namespace DotNats.Http;

/// <summary>Lets a server fetch account JWTs from a URL (<c>resolver: URL(…)</c>).</summary>
public sealed class HttpAccountFetcher : IServerExtension, IAccountFetcherFactory
{
    /// <inheritdoc/>
    public ValueTask<IAsyncDisposable> StartAsync(ServerContext context, CancellationToken cancellationToken) => new(NothingToStop.Instance);

    /// <inheritdoc/>
    public IAccountFetcher Create(SslClientAuthenticationOptions? tls) => new Fetcher(tls);

    private sealed class NothingToStop : IAsyncDisposable
    {
        public static NothingToStop Instance { get; } = new();

        public ValueTask DisposeAsync() => default;
    }

    // Owner: the resolver. Keeps connections between fetches, so that a TLS handshake serves many.
    private sealed class Fetcher : IAccountFetcher
    {
        private static readonly TimeSpan IdleTime = TimeSpan.FromSeconds(30);

        private readonly HttpClient _client;

        public Fetcher(SslClientAuthenticationOptions? tls)
        {
            // Compat: no proxy, at most ten redirects, thirty seconds idle, as nats-server has it.
            var handler = new SocketsHttpHandler { UseProxy = false, UseCookies = false, MaxAutomaticRedirections = 10, PooledConnectionIdleTimeout = IdleTime };
            if (tls is not null) handler.SslOptions = tls;
            // The resolver has a timeout of its own, on the server's clock.
            _client = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan, MaxResponseContentBufferSize = JwtReader.MaxBytes };
        }

        public async Task<AccountFetchReply> GetAsync(Uri url, CancellationToken cancellationToken)
        {
            try
            {
                using HttpResponseMessage response = await _client.GetAsync(url, cancellationToken);
                string body = await response.Content.ReadAsStringAsync(cancellationToken);
                return new AccountFetchReply((int)response.StatusCode, response.ReasonPhrase ?? "", body);
            }
            catch (Exception error) when (error is HttpRequestException or IOException or InvalidOperationException)
            {
                throw new AccountFetchException(Explain(error, url), error);
            }
        }

        public void Dispose() => _client.Dispose();

        // Compat: the words of Go's net package.
        private static string Explain(Exception error, Uri url) => error switch
        {
            HttpRequestException { InnerException: SocketException { SocketErrorCode: SocketError.HostNotFound or SocketError.TryAgain or SocketError.NoData } } =>
                $"dial tcp: lookup {url.Host}: no such host",
            HttpRequestException { InnerException: SocketException socket } => $"dial tcp {url.Host}:{url.Port}: connect: {OsErrorText.Of(socket)}",
            HttpRequestException { InnerException: AuthenticationException authentication } => $"tls: {authentication.Message}",
            _ => error.Message,
        };
    }
}
