using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using DotNats.Protocol;

namespace DotNats.Client.Wire;

/// <summary>From an address to a stream on which INFO has been read and CONNECT may be sent.</summary>
internal sealed class Handshake(NatsConnectionOptions options)
{
    // nats-server's INFO is well below a kilobyte unless a cluster has hundreds of members.
    private const int LongestInfoBytes = 1024 * 1024;

    private Stream? _stream;

    public Stream Stream => _stream!;

    public ReceiveBuffer Buffer { get; } = new();

    public ServerInfo Info { get; private set; } = null!;

    public NatsCredentials? Credentials { get; private set; } = options.Credentials;

    public bool IsTls { get; private set; }

    /// <summary>Opens, reads INFO and shakes hands for TLS where either side wants it. On failure nothing is left open.</summary>
    public async Task OpenAsync(CancellationToken cancellationToken)
    {
        ServerAddress address = ServerAddress.Parse(options.Url);
        Credentials ??= options.StreamFactory is null ? address.Credentials : null;
        try
        {
            _stream = options.StreamFactory is { } factory
                ? await factory(cancellationToken).ConfigureAwait(false)
                : await OpenSocketAsync(address, cancellationToken).ConfigureAwait(false);
            if (options.TlsHandshakeFirst) await StartTlsAsync(address, cancellationToken).ConfigureAwait(false);
            Info = await ReadInfoAsync(cancellationToken).ConfigureAwait(false);
            bool wanted = Info.TlsRequired || address.RequiresTls || options.Tls is not null;
            if (wanted && !IsTls) await StartTlsAsync(address, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            if (_stream is not null) await _stream.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private static async Task<Stream> OpenSocketAsync(ServerAddress address, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(address.Host, address.Port, cancellationToken).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private async Task StartTlsAsync(ServerAddress address, CancellationToken cancellationToken)
    {
        // Bytes read in the clear would be taken for part of the secured conversation.
        if (!Buffer.IsEmpty) throw new NatsException("The server spoke on before the TLS handshake.");
        var secure = new SslStream(_stream!, leaveInnerStreamOpen: false);
        _stream = secure;
        SslClientAuthenticationOptions tls = options.Tls ?? new SslClientAuthenticationOptions();
        if (tls.TargetHost is null) tls = Copy(tls, address.Host);
        await secure.AuthenticateAsClientAsync(tls, cancellationToken).ConfigureAwait(false);
        IsTls = true;
    }

    // The caller's settings may serve several connections: the host goes into a copy.
    private static SslClientAuthenticationOptions Copy(SslClientAuthenticationOptions from, string targetHost) => new()
    {
        TargetHost = targetHost,
        ClientCertificates = from.ClientCertificates,
        ClientCertificateContext = from.ClientCertificateContext,
        LocalCertificateSelectionCallback = from.LocalCertificateSelectionCallback,
        RemoteCertificateValidationCallback = from.RemoteCertificateValidationCallback,
        CertificateChainPolicy = from.CertificateChainPolicy,
        CertificateRevocationCheckMode = from.CertificateRevocationCheckMode,
        EnabledSslProtocols = from.EnabledSslProtocols,
        CipherSuitesPolicy = from.CipherSuitesPolicy,
        ApplicationProtocols = from.ApplicationProtocols,
        AllowTlsResume = from.AllowTlsResume,
    };

    private async Task<ServerInfo> ReadInfoAsync(CancellationToken cancellationToken)
    {
        ServerInfo? info;
        while (!TryReadInfo(out info))
        {
            if (Buffer.Unread.Length > LongestInfoBytes) throw new NatsException("The server's INFO has no end.");
            if (!await Buffer.FillAsync(Stream, 0, cancellationToken).ConfigureAwait(false))
                throw new NatsException("The server closed the connection before it said INFO.");
        }

        return info!;
    }

    private bool TryReadInfo(out ServerInfo? info)
    {
        info = null;
        ServerOperation operation = default;
        ParseStatus status = ServerOperationParser.Read(Buffer.Unread, ref operation);
        if (status == ParseStatus.NeedMore) return false;
        if (status == ParseStatus.Done && operation.Kind == OperationKind.Error) throw ServerError(operation.Text);
        if (status != ParseStatus.Done || operation.Kind != OperationKind.Info) throw new NatsException("The server's first line is not INFO.");
        info = ServerInfoReader.Read(operation.Text);
        Buffer.Consume(operation.Length);
        return true;
    }

    /// <summary>-ERR '&lt;text&gt;'</summary>
    public static NatsServerException ServerError(ReadOnlySpan<byte> text) => new(Encoding.UTF8.GetString(text).Trim('\''));
}
