using System.IO.Pipelines;
using System.Net.Security;
using System.Security.Authentication;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;

namespace DotNats.Http;

/// <summary>Puts TLS between Kestrel's socket and its HTTP parser. Certificates are asked for at each handshake, so a reload takes effect.</summary>
internal sealed class TlsLayer(Func<string, SslServerAuthenticationOptions> settings, ILogger logger)
{
    // Compat: nats-server gives a request five seconds to arrive, handshake included.
    private static readonly TimeSpan HandshakeTime = TimeSpan.FromSeconds(5);

    private readonly Func<string, SslServerAuthenticationOptions> _settings = settings;

    /// <summary>Handshakes, then runs <paramref name="next"/> over the plain text.</summary>
    public async Task RunAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        IDuplexPipe wire = connection.Transport;
        await using SslStream tls = new(new PipeStream(wire), leaveInnerStreamOpen: true);
        if (!await TryHandshakeAsync(tls, connection)) return;
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

    private async Task<bool> TryHandshakeAsync(SslStream tls, ConnectionContext connection)
    {
        using CancellationTokenSource timeout = CancellationTokenSource.CreateLinkedTokenSource(connection.ConnectionClosed);
        timeout.CancelAfter(HandshakeTime);
        try
        {
            await tls.AuthenticateAsServerAsync(
                static (_, hello, state, _) => ValueTask.FromResult(((TlsLayer)state!)._settings(hello.ServerName)), this, timeout.Token);
            return true;
        }
        catch (Exception exception) when (exception is AuthenticationException or IOException or OperationCanceledException or InvalidOperationException)
        {
            HttpLog.HandshakeFailed(logger, connection.RemoteEndPoint?.ToString() ?? "", exception.Message);
            return false;
        }
    }

    private sealed record PlainPipe(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}

/// <summary>Both directions of a pipe as one stream.</summary>
internal sealed class PipeStream(IDuplexPipe pipe) : Stream
{
    private readonly Stream _input = pipe.Input.AsStream(leaveOpen: true);
    private readonly Stream _output = pipe.Output.AsStream(leaveOpen: true);

    public override bool CanRead => true;

    public override bool CanWrite => true;

    public override bool CanSeek => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => _input.ReadAsync(buffer, cancellationToken);

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
        _output.WriteAsync(buffer, cancellationToken);

    public override Task FlushAsync(CancellationToken cancellationToken) => _output.FlushAsync(cancellationToken);

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
