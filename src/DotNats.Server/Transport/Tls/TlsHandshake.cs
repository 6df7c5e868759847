using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using DotNats.Primitives;
using DotNats.Server.Connections;
using DotNats.Server.Transport.Streams;

namespace DotNats.Server.Transport.Tls;

/// <summary>The server's side of one TLS handshake with a client.</summary>
// Owner: the stream endpoint's opening. Runs on the thread pool: its arithmetic must not hold up a loop that carries other connections.
internal sealed class TlsHandshake(TlsContext context, Connection connection, string addresses, bool handshakeFirst)
{
    private readonly ClientCertificateCheck? _check = context.Options.Verify ? new ClientCertificateCheck(context, connection.Server.Time) : null;

    /// <summary>What was agreed on; null before.</summary>
    public TlsSessionInfo? Session { get; private set; }

    /// <summary>Shakes hands over <paramref name="raw"/>; null, and logged, where that fails. The caller closes the connection then.</summary>
    public async ValueTask<SslStream?> RunAsync(OpeningStream raw)
    {
        TlsLog.Starting(connection.Server.Logger, connection);
        var stream = new SslStream(raw, leaveInnerStreamOpen: false);
        var limit = new HandshakeTimer(raw);
        HandshakeFailure failure;
        connection.Server.Timers.Schedule(limit, context.Options.Timeout);
        try
        {
            await AuthenticateAsync(stream).ConfigureAwait(false);
            if (Accept(stream) is not { } flaw) return stream;
            failure = new HandshakeFailure(flaw, IsProbe: false);
        }
        catch (Exception) when (limit.HasExpired)
        {
            TlsLog.TimedOut(connection.Server.Logger, connection);
            failure = HandshakeFailure.TimedOut(addresses);
        }
        catch (Exception exception) when (exception is AuthenticationException or IOException or ObjectDisposedException
            or OperationCanceledException or InvalidOperationException or PlatformNotSupportedException)
        {
            // Closed meanwhile by the server itself: nothing to report.
            if (connection.IsClosed) return null;
            failure = _check?.Failure is { } refused ? new HandshakeFailure(refused, IsProbe: false) : HandshakeFailure.Explain(exception, raw, addresses);
        }
        finally
        {
            connection.Server.Timers.Cancel(limit);
        }

        if (failure.IsProbe) TlsLog.Probed(connection.Server.Logger, connection, failure.Text);
        else TlsLog.Failed(connection.Server.Logger, connection, failure.Text);
        return null;
    }

    private Task AuthenticateAsync(SslStream stream)
    {
        if (!context.ChoosesByName) return stream.AuthenticateAsServerAsync(Select(""), CancellationToken.None);
        return stream.AuthenticateAsServerAsync(
            static (_, hello, state, _) => ValueTask.FromResult(((TlsHandshake)state!).Select(hello.ServerName)), this, CancellationToken.None);
    }

    private SslServerAuthenticationOptions Select(string name) => context.ForClient(name, _check is null ? null : _check.Validate);

    // The handshake succeeded: is the client's key one that is pinned?
    private string? Accept(SslStream stream)
    {
        IReadOnlyList<X509Certificate2> presented = _check?.Presented ?? [];
        X509Certificate2? certificate = presented.Count > 0 ? presented[0] : null;
        if (!context.IsPinned(certificate, out string? keyId))
        {
            if (keyId is null) TlsLog.NothingToPin(connection.Server.Logger, connection);
            else TlsLog.NotPinned(connection.Server.Logger, connection, keyId);
            return "certificate not pinned";
        }

        string version = stream.SslProtocol == SslProtocols.Tls13 ? "1.3" : "1.2";
        string suite = CipherSuiteNames.Format(stream.NegotiatedCipherSuite);
        Session = new TlsSessionInfo(version, suite, certificate, handshakeFirst) { PeerCertificates = presented, VerifiedChain = _check?.Verified ?? [] };
        TlsLog.Complete(connection.Server.Logger, connection);
        TlsLog.Negotiated(connection.Server.Logger, connection, version, suite);
        return null;
    }

    /// <summary>Takes the stream from a handshake that lasts too long.</summary>
    private sealed class HandshakeTimer(OpeningStream raw) : WheelTimer
    {
        private volatile bool _expired;

        public bool HasExpired => _expired;

        protected override void OnExpired()
        {
            _expired = true;
            raw.Shutdown();
        }
    }
}
