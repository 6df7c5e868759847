using System.Diagnostics;
using System.Text;
using Load.Wire;

namespace Load.Workers;

/// <summary>A consumer that wants everything, reads little, acknowledges nothing and so gets the same again and again.</summary>
// Owner: the active worker's thread.
internal sealed class SlowConsumer : IReplySink, IDisposable
{
    private const string Name = "SLOW";
    private const string Inbox = "_INBOX.slow";
    private const int Step = 250;
    private const int BytesPerRead = 16 * 1024;
    private const int PauseMilliseconds = 50;

    private readonly JetStreamApi _api;
    private readonly NatsConnection _connection;
    private readonly ReplyStream _replies = new();
    private readonly byte[] _pull;
    private long _requested;
    private long _received;
    private long _readAt;

    internal SlowConsumer(JetStreamApi api, int port, byte[] buffer)
    {
        _api = api;
        string stream = PublishShape.StreamName(0);
        const string body = """{"batch":250,"expires":600000000000}""";
        _pull = Encoding.ASCII.GetBytes($"PUB $JS.API.CONSUMER.MSG.NEXT.{stream}.{Name} {Inbox} {body.Length}\r\n{body}\r\n");
        api.CreateConsumer(stream, Name, $$"""{"name":"{{Name}}","durable_name":"{{Name}}","ack_policy":"explicit","deliver_policy":"new","ack_wait":500000000,"max_ack_pending":20000}""");
        _connection = NatsConnection.Open(port, buffer);
        _connection.Subscribe(Inbox, "1");
        _connection.Fence(buffer);
        _connection.SetNonBlocking();
    }

    /// <summary>Reads a little, where it is time to.</summary>
    internal void Read(Span<byte> buffer)
    {
        if (Stopwatch.GetElapsedTime(_readAt).TotalMilliseconds < PauseMilliseconds) return;
        _readAt = Stopwatch.GetTimestamp();
        for (; _requested - _received <= Step; _requested += Step) _ = _connection.Channel.Send(_pull);
        _replies.Accept(buffer[.._connection.Channel.Receive(buffer[..BytesPerRead])], this);
    }

    void IReplySink.OnReply(ReadOnlySpan<byte> subject, ReadOnlySpan<byte> headers, ReadOnlySpan<byte> payload)
    {
        if (!headers.IsEmpty) throw new InvalidRunException($"the server says {Encoding.ASCII.GetString(headers)}");
        _received++;
    }

    /// <exception cref="InvalidRunException">It got nothing, and so was no burden.</exception>
    internal void CheckBusy()
    {
        if (_received == 0) throw new InvalidRunException("the slow consumer got nothing");
    }

    public void Dispose()
    {
        _connection.Dispose();
        _api.DeleteConsumer(PublishShape.StreamName(0), Name);
    }
}
