using System.Text;
using Load.Wire;

namespace Load.Workers;

/// <summary>Creates many consumers, some requests at a time on their way.</summary>
// Owner: the worker's thread.
internal sealed class ConsumerMaker : IReplySink
{
    private const int Window = 64;

    private readonly ReplyStream _replies = new();
    private int _made;

    private ConsumerMaker()
    {
    }

    /// <param name="configurations">Name and configuration of each.</param>
    /// <exception cref="InvalidRunException">The server refuses one, or does not answer.</exception>
    internal static void Make(int port, string stream, IEnumerable<(string Name, string Configuration)> configurations, byte[] buffer)
    {
        using NatsConnection connection = NatsConnection.Open(port, buffer);
        connection.Subscribe("_INBOX.make", "1");
        connection.Fence(buffer);
        ConsumerMaker maker = new();
        int asked = 0;
        foreach ((string name, string configuration) in configurations)
        {
            string body = $$"""{"stream_name":"{{stream}}","config":{{configuration}}}""";
            connection.Channel.SendAll(Encoding.ASCII.GetBytes($"PUB $JS.API.CONSUMER.CREATE.{stream}.{name} _INBOX.make {body.Length}\r\n{body}\r\n"));
            maker.Await(++asked - Window, connection, buffer);
        }

        maker.Await(asked, connection, buffer);
    }

    private void Await(int made, NatsConnection connection, byte[] buffer)
    {
        while (_made < made)
        {
            int received = connection.Channel.Receive(buffer);
            if (received == 0) throw new InvalidRunException($"no answer to a creation for 10 s, {_made} consumers before");
            _replies.Accept(buffer.AsSpan(0, received), this);
            for (; _replies.UnansweredPings > 0; _replies.UnansweredPings--) connection.Channel.SendAll("PONG\r\n"u8);
        }
    }

    void IReplySink.OnReply(ReadOnlySpan<byte> subject, ReadOnlySpan<byte> headers, ReadOnlySpan<byte> payload)
    {
        if (payload.IndexOf("\"error\""u8) >= 0 || !headers.IsEmpty)
            throw new InvalidRunException($"a consumer cannot be created: {Encoding.ASCII.GetString(headers.IsEmpty ? payload : headers)}");
        _made++;
    }
}
