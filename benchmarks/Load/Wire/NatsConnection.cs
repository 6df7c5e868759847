using System.Text;

namespace Load.Wire;

/// <summary>A client connection: blocking while it is set up, non-blocking in a worker's loop.</summary>
// Owner: the worker's thread.
internal sealed class NatsConnection : IDisposable
{
    internal const string ConnectLine =
        "CONNECT {\"verbose\":false,\"pedantic\":false,\"headers\":true,\"no_responders\":true,\"protocol\":1,\"echo\":true," +
        "\"lang\":\"load\",\"version\":\"1\",\"name\":\"load\"}\r\nPING\r\n";

    private NatsConnection(Channel channel) => Channel = channel;

    internal Channel Channel { get; private set; }

    internal FrameStream Stream { get; } = new();

    /// <summary>
    /// Connects, does the TLS handshake when <paramref name="tlsContext"/> is not 0, sends CONNECT and waits for the first PONG.
    /// </summary>
    /// <param name="user">Name and password; empty for none.</param>
    internal static NatsConnection Open(int port, byte[] buffer, nint tlsContext = 0, string user = "") =>
        Over(LoopbackSocket.Connect(port), buffer, tlsContext, user);

    /// <summary>The same as a user with a bearer JWT.</summary>
    internal static NatsConnection OpenWithJwt(int port, byte[] buffer, string jwt) =>
        OverWith(LoopbackSocket.Connect(port), buffer, tlsContext: 0, $"\"jwt\":\"{jwt}\",");

    /// <summary>The same over a socket that is already connected, which becomes the connection's.</summary>
    internal static NatsConnection Over(int descriptor, byte[] buffer, nint tlsContext, string user = "") =>
        OverWith(descriptor, buffer, tlsContext, user.Length == 0 ? "" : $"\"user\":\"{user}\",\"pass\":\"{user}\",");

    private static NatsConnection OverWith(int descriptor, byte[] buffer, nint tlsContext, string credentials)
    {
        NatsConnection connection = new(new PlainChannel(descriptor));
        try
        {
            while (connection.Stream.Infos == 0) connection.ReceiveBlocking(buffer);
            if (tlsContext != 0) connection.Channel = new TlsChannel(tlsContext, connection.Channel.Descriptor);
            connection.Channel.SendAll(Encoding.ASCII.GetBytes(ConnectLine.Replace("{", "{" + credentials, StringComparison.Ordinal)));
            connection.AwaitPong(1, buffer);
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    internal void Subscribe(string subject, string sid, string? queue = null) =>
        Channel.SendAll(Encoding.ASCII.GetBytes(queue is null ? $"SUB {subject} {sid}\r\n" : $"SUB {subject} {queue} {sid}\r\n"));

    /// <summary>PING and wait for its PONG: the server has then processed everything sent before.</summary>
    internal void Fence(byte[] buffer)
    {
        Channel.SendAll("PING\r\n"u8);
        AwaitPong(Stream.Pongs + 1, buffer);
    }

    internal void AwaitPong(long pongs, byte[] buffer)
    {
        while (Stream.Pongs < pongs) ReceiveBlocking(buffer);
    }

    /// <summary>One blocking receive; answers the server's PINGs.</summary>
    internal void ReceiveBlocking(byte[] buffer)
    {
        int received = Channel.Receive(buffer);
        if (received == 0) throw new InvalidRunException("the server sent nothing for 10 s");
        Stream.Accept(buffer.AsSpan(0, received));
        AnswerPings();
    }

    /// <summary>Sends a PONG for each PING received; for connections that are never inside a message of their own.</summary>
    internal void AnswerPings()
    {
        for (; Stream.UnansweredPings > 0; Stream.UnansweredPings--) Channel.SendAll("PONG\r\n"u8);
    }

    internal void SetNonBlocking()
    {
        LoopbackSocket.SetNonBlocking(Channel.Descriptor);
        if (Channel is TlsChannel tls) tls.IsBlocking = false;
    }

    public void Dispose() => Channel.Dispose();
}
