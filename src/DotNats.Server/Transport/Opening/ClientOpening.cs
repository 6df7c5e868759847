using System.Net.Security;
using DotNats.Protocol;
using DotNats.Server.Connections;
using DotNats.Server.Transport.Streams;
using DotNats.Server.Transport.Tls;

namespace DotNats.Server.Transport.Opening;

/// <summary>Opens a client's connection on a stream: PROXY header, plain or TLS, handshake.</summary>
// Owner: StreamEndpoint.RunAsync, once. The decisions are PeerOpening's; here are the reads, the time limits and the handshake.
internal sealed class ClientOpening(ClientDoor door, HandshakeRateLimit? limit, byte[] first, bool isInProcess) : IStreamOpening
{
    private const int FirstReadBytes = 4096;

    private readonly PeerOpening _decision = new(door.Rules);
    private byte[] _bytes = first;

    public bool IsInProcess { get; } = isInProcess;

    public async ValueTask<Stream?> OpenAsync(StreamEndpoint endpoint, Stream stream)
    {
        Connection connection = endpoint.Connection;
        await endpoint.HoldWritesAsync().ConfigureAwait(false);
        OpeningStep step = door.Rules.StartsWithTls ? OpeningStep.Tls : await DecideAsync(endpoint, stream).ConfigureAwait(false);
        if (connection.IsClosed) return null;
        if (step == OpeningStep.Refuse)
        {
            door.Refuse(connection, _decision.Error!);
            return null;
        }

        ClientDoor.Adopt(connection, _decision.Header);
        var rest = new OpeningStream(stream, _bytes[_decision.Consumed..]);
        if (step == OpeningStep.Tls) return await SecureAsync(endpoint, rest).ConfigureAwait(false);
        ((MemberSession)connection.Session).StartClocks();
        return rest;
    }

    private async ValueTask<OpeningStep> DecideAsync(StreamEndpoint endpoint, Stream stream)
    {
        while (true)
        {
            OpeningStep step = _decision.Read(_bytes);
            if (step == OpeningStep.Wait) step = await ReadMoreAsync(endpoint, stream).ConfigureAwait(false);
            if (step == OpeningStep.Greet)
            {
                endpoint.ReleaseWrites(stream);
                door.Greet(endpoint.Connection);
                await endpoint.HoldWritesAsync().ConfigureAwait(false);
            }
            else if (step != OpeningStep.Wait)
            {
                return step;
            }
        }
    }

    private async ValueTask<OpeningStep> ReadMoreAsync(StreamEndpoint endpoint, Stream stream)
    {
        byte[] buffer = new byte[_bytes.Length + FirstReadBytes];
        using var patience = new CancellationTokenSource(_decision.Patience, endpoint.Connection.Server.Time);
        try
        {
            int read = await stream.ReadAsync(buffer.AsMemory(_bytes.Length), patience.Token).ConfigureAwait(false);
            if (read == 0) return _decision.OnEnd(_bytes);
            _bytes.CopyTo(buffer, 0);
            _bytes = buffer[..(_bytes.Length + read)];
            return OpeningStep.Wait;
        }
        catch (OperationCanceledException) when (patience.IsCancellationRequested)
        {
            return _decision.OnTimeout(_bytes, door.TimeoutText);
        }
    }

    private async ValueTask<Stream?> SecureAsync(StreamEndpoint endpoint, OpeningStream raw)
    {
        Connection connection = endpoint.Connection;
        if (limit is not null && !limit.TryTake())
        {
            endpoint.ReleaseWrites(raw);
            ((MemberSession)connection.Session).TellError(ErrorTexts.ThrottlingActive);
            connection.Close(CloseReason.MaxConnectionsExceeded);
            return null;
        }

        bool handshakeFirst = _decision.HandshakeFirst;
        var handshake = new TlsHandshake(door.Rules.Tls!, connection, door.Addresses, handshakeFirst);
        if (await handshake.RunAsync(raw).ConfigureAwait(false) is not SslStream stream)
        {
            connection.Close(CloseReason.TlsHandshakeError);
            return null;
        }

        endpoint.TlsSession = handshake.Session;
        var session = (MemberSession)connection.Session;
        if (handshakeFirst) session.Greet(includeClientIp: true, requireTls: true);
        session.StartClocks();
        return stream;
    }
}
