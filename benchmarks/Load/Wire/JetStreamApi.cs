using System.Diagnostics;
using System.Text;
using System.Text.Json;

namespace Load.Wire;

/// <summary>Asks the JetStream API one thing after the other.</summary>
// Owner: one thread.
internal sealed class JetStreamApi : IReplySink, IDisposable
{
    private readonly byte[] _buffer = new byte[64 * 1024];
    private readonly NatsConnection _connection;
    private readonly ReplyStream _stream = new();
    private string? _reply;
    private bool _isUnheard;

    internal JetStreamApi(int port)
    {
        _connection = NatsConnection.Open(port, _buffer);
        _connection.Subscribe("_INBOX.api", "1");
        _connection.Fence(_buffer);
    }

    /// <summary>Creates a stream as this configuration says.</summary>
    /// <exception cref="InvalidRunException">The server refuses.</exception>
    internal void CreateStream(string name, string configuration) => Create($"$JS.API.STREAM.CREATE.{name}", configuration, "stream").Dispose();

    /// <summary>Creates a consumer.</summary>
    /// <exception cref="InvalidRunException">The server refuses.</exception>
    internal void CreateConsumer(string stream, string name, string configuration) =>
        Create($"$JS.API.CONSUMER.CREATE.{stream}.{name}", $$"""{"stream_name":"{{stream}}","config":{{configuration}}}""", "consumer").Dispose();

    /// <summary>Creates a consumer and tells how many messages it has before it.</summary>
    /// <exception cref="InvalidRunException">The server refuses.</exception>
    internal long CreateCountedConsumer(string stream, string name, string configuration)
    {
        using JsonDocument answer = Create($"$JS.API.CONSUMER.CREATE.{stream}.{name}", $$"""{"stream_name":"{{stream}}","config":{{configuration}}}""", "consumer");
        return answer.RootElement.GetProperty("num_pending").GetInt64();
    }

    /// <summary>When a message was stored, as the server says it.</summary>
    /// <exception cref="InvalidRunException">It is not there.</exception>
    internal string TimeOf(string stream, long sequence)
    {
        string reply = Request($"$JS.API.STREAM.MSG.GET.{stream}", $$"""{"seq":{{sequence}}}""") ?? throw new InvalidRunException($"stream {stream} is not there");
        using JsonDocument answer = JsonDocument.Parse(reply);
        return answer.RootElement.TryGetProperty("message", out JsonElement message) && message.GetProperty("time").GetString() is { } time
            ? time
            : throw new InvalidRunException($"message {sequence} is not there: {reply}");
    }

    internal void DeleteConsumer(string stream, string name) => _ = Request($"$JS.API.CONSUMER.DELETE.{stream}.{name}", "");

    /// <summary>Waits until a consumer has nothing to deliver and nothing unacknowledged.</summary>
    /// <exception cref="InvalidRunException">That does not come.</exception>
    internal void AwaitDone(string stream, string consumer, TimeSpan patience)
    {
        long start = Stopwatch.GetTimestamp();
        string last = "";
        while (Stopwatch.GetElapsedTime(start) < patience)
        {
            last = Request($"$JS.API.CONSUMER.INFO.{stream}.{consumer}", "") ?? throw new InvalidRunException($"consumer {consumer} is not there");
            using JsonDocument answer = JsonDocument.Parse(last);
            bool isDone = answer.RootElement.TryGetProperty("num_pending", out JsonElement pending) && pending.GetInt64() == 0
                && answer.RootElement.GetProperty("num_ack_pending").GetInt64() == 0;
            if (isDone) return;
            _ = Libc.SleepMicroseconds(1000);
        }

        throw new InvalidRunException($"consumer {consumer} is not done: {last}");
    }

    /// <summary>Messages in a stream and its last sequence; null while the server does not know it.</summary>
    internal (long Messages, long LastSequence)? StateOf(string name)
    {
        if (Request($"$JS.API.STREAM.INFO.{name}", "") is not { } reply) return null;
        using JsonDocument answer = JsonDocument.Parse(reply);
        if (!answer.RootElement.TryGetProperty("state", out JsonElement state)) return null;
        return (state.GetProperty("messages").GetInt64(), state.GetProperty("last_seq").GetInt64());
    }

    /// <summary>Waits until a stream is there.</summary>
    internal (long Messages, long LastSequence) AwaitStream(string name, TimeSpan patience)
    {
        long start = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(start) < patience)
        {
            if (StateOf(name) is { } state) return state;
            _ = Libc.SleepMicroseconds(500);
        }

        throw new InvalidRunException($"stream {name} was not there after {patience.TotalSeconds:F0} s");
    }

    void IReplySink.OnReply(ReadOnlySpan<byte> subject, ReadOnlySpan<byte> headers, ReadOnlySpan<byte> payload)
    {
        _isUnheard = headers.StartsWith("NATS/1.0 503"u8);
        _reply = Encoding.UTF8.GetString(payload);
    }

    private JsonDocument Create(string subject, string request, string what)
    {
        JsonDocument answer = JsonDocument.Parse(Request(subject, request) ?? throw new InvalidRunException("JetStream is not there"));
        if (!answer.RootElement.TryGetProperty("error", out JsonElement error)) return answer;
        string reason = $"a {what} cannot be created: {error}";
        answer.Dispose();
        throw new InvalidRunException(reason);
    }

    /// <returns>Null when nobody listens.</returns>
    private string? Request(string subject, string body)
    {
        _reply = null;
        _connection.Channel.SendAll(Encoding.UTF8.GetBytes($"PUB {subject} _INBOX.api {Encoding.UTF8.GetByteCount(body)}\r\n{body}\r\n"));
        while (_reply is null)
        {
            int received = _connection.Channel.Receive(_buffer);
            if (received == 0) throw new InvalidRunException($"no answer to {subject} in 10 s");
            _stream.Accept(_buffer.AsSpan(0, received), this);
            for (; _stream.UnansweredPings > 0; _stream.UnansweredPings--) _connection.Channel.SendAll("PONG\r\n"u8);
        }

        return _isUnheard ? null : _reply;
    }

    public void Dispose() => _connection.Dispose();
}
