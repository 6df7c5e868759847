using System.Buffers;
using System.IO.Pipelines;
using System.Net.Security;
using System.Text;
using DotNats.Server.Transport.Streams;
using DotNats.Server.Transport.Tls;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;

namespace DotNats.Http;

/// <summary>Puts TLS between Kestrel's socket and its HTTP parser. Certificates are asked for at each handshake, so a reload takes effect.</summary>
internal sealed class TlsLayer(Func<string, SslServerAuthenticationOptions> settings, ILogger logger)
{
    private const int RecordHeaderBytes = 5;

    // Compat: nats-server gives a request five seconds to arrive, handshake included.
    private static readonly TimeSpan HandshakeTime = TimeSpan.FromSeconds(5);

    // How Go's TLS library knows a request that came to the wrong port.
    private static readonly string[] PlainRequests = ["GET /", "HEAD ", "POST ", "PUT /", "OPTIO"];

    private readonly Func<string, SslServerAuthenticationOptions> _settings = settings;

    /// <summary>Handshakes, then runs <paramref name="next"/> over the plain text.</summary>
    public async Task RunAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        IDuplexPipe wire = connection.Transport;
        await using SslStream? tls = await OpenAsync(connection, wire);
        if (tls is null) return;
        PlainPipe plain = new(PipeReader.Create(tls), PipeWriter.Create(tls));
        connection.Transport = plain;
        try
        {
            await next(connection);
            await plain.Input.CompleteAsync();
            await plain.Output.CompleteAsync();
        }
        finally
        {
            connection.Transport = wire;
        }
    }

    private async Task<SslStream?> OpenAsync(ConnectionContext connection, IDuplexPipe wire)
    {
        string remote = connection.RemoteEndPoint?.ToString() ?? "";
        using CancellationTokenSource timeout = new(HandshakeTime);
        try
        {
            ReadResult begun = await wire.Input.ReadAtLeastAsync(RecordHeaderBytes, timeout.Token);
            byte[] first = begun.Buffer.ToArray();
            wire.Input.AdvanceTo(begun.Buffer.End);
            if (!IsPlainRequest(first)) return await HandshakeAsync(connection, new OpeningStream(new PipeStream(wire), first), timeout.Token);
            HttpLog.HandshakeFailed(logger, remote, "client sent an HTTP request to an HTTPS server");
            await wire.Output.WriteAsync("HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n"u8.ToArray(), timeout.Token);
        }
        catch (OperationCanceledException)
        {
            HttpLog.HandshakeFailed(logger, remote, HandshakeFailure.TimedOut($"{connection.LocalEndPoint}->{remote}").Text);
        }
        catch (IOException)
        {
            // Gone before it said anything.
            HttpLog.HandshakeFailed(logger, remote, "EOF");
        }

        return null;
    }

    private async Task<SslStream?> HandshakeAsync(ConnectionContext connection, OpeningStream raw, CancellationToken cancellationToken)
    {
        SslStream tls = new(raw);
        try
        {
            await tls.AuthenticateAsServerAsync(
                static (_, hello, state, _) => ValueTask.FromResult(((TlsLayer)state!)._settings(hello.ServerName)), this, cancellationToken);
            return tls;
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            // Whatever a peer sends, it ends here: bytes that are no ClientHello raise more than authentication errors.
            string remote = connection.RemoteEndPoint?.ToString() ?? "";
            HttpLog.HandshakeFailed(logger, remote, HandshakeFailure.Explain(exception, raw, $"{connection.LocalEndPoint}->{remote}").Text);
            await tls.DisposeAsync();
            return null;
        }
    }

    private static bool IsPlainRequest(byte[] first)
    {
        string start = Encoding.Latin1.GetString(first.AsSpan(0, Math.Min(first.Length, RecordHeaderBytes)));
        return Array.IndexOf(PlainRequests, start) >= 0;
    }

    private sealed record PlainPipe(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
