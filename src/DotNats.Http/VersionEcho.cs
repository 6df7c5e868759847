using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;

namespace DotNats.Http;

/// <summary>Answers a request of HTTP/1.0 with that version in the status line, where Kestrel always writes 1.1.</summary>
// Compat: nats-server echoes the version; load balancers of old check for it.
// Owner: one connection; requests on it are answered one after the other.
internal sealed class VersionEcho(PipeWriter output) : PipeWriter
{
    private const int MinorDigit = 7;
    private Memory<byte> _handedOut;
    private bool _pending;

    public override bool CanGetUnflushedBytes => output.CanGetUnflushedBytes;

    public override long UnflushedBytes => output.UnflushedBytes;

    /// <summary>Puts one between the transport of a connection and its HTTP parser.</summary>
    public static async Task RunAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        IDuplexPipe transport = connection.Transport;
        VersionEcho echo = new(transport.Output);
        connection.Features.Set(echo);
        connection.Transport = new EchoPipe(transport.Input, echo);
        try
        {
            await next(connection);
        }
        finally
        {
            connection.Transport = transport;
        }
    }

    /// <summary>The next status line says HTTP/1.0.</summary>
    public void ExpectOldVersion() => _pending = true;

    public override void Advance(int bytes)
    {
        if (_pending && bytes > MinorDigit && _handedOut.Span.StartsWith("HTTP/1.1"u8))
        {
            _handedOut.Span[MinorDigit] = (byte)'0';
            _pending = false;
        }

        output.Advance(bytes);
    }

    public override Memory<byte> GetMemory(int sizeHint = 0) => _handedOut = output.GetMemory(sizeHint);

    public override Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default) => output.FlushAsync(cancellationToken);

    public override void CancelPendingFlush() => output.CancelPendingFlush();

    public override void Complete(Exception? exception = null) => output.Complete(exception);

    private sealed record EchoPipe(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
