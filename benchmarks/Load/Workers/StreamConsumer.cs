using System.Buffers.Text;
using System.Diagnostics;
using System.Text;
using Load.Wire;

namespace Load.Workers;

/// <summary>One connection that consumes a stream: asks, checks each message, acknowledges.</summary>
// Owner: the consume worker's thread. Invariant: sequences of a lap come in order, each once.
internal sealed class StreamConsumer : IReplySink
{
    private const int MostWaitingBytes = 1024 * 1024;

    private readonly ConsumeShape _shape;
    private readonly LatencySamples _samples;
    private readonly ReplyStream _replies = new();
    private readonly byte[] _payload;
    private readonly byte[] _subjectEnd;
    private byte[] _pull = [];
    private byte[] _out = new byte[MostWaitingBytes];
    private int _outLength;
    private long _requested;
    private long _askedAt;
    private long _lastSequence;

    internal StreamConsumer(NatsConnection connection, ConsumeShape shape, LatencySamples samples)
    {
        (Connection, _shape, _samples) = (connection, shape, samples);
        _payload = Pattern.Payload(shape.PayloadBytes);
        // What stands behind the wildcard.
        _subjectEnd = Encoding.ASCII.GetBytes(shape.Filter[(shape.Filter.LastIndexOfAny(['*', '>']) + 1)..]);
    }

    internal NatsConnection Connection { get; }

    /// <summary>Messages of this lap.</summary>
    internal long Received { get; private set; }

    internal bool IsLapDone => Received == _shape.Messages;

    /// <summary>All that was asked for has come.</summary>
    internal bool IsQuiet => _outLength == 0 && _requested <= Received;

    /// <summary>Begins with another consumer.</summary>
    internal void Begin(string consumer, string inbox)
    {
        string name = PublishShape.StreamName(0);
        int batch = _shape.Kind == ConsumeKind.Fetch ? 1 : Math.Max(1, _shape.Batch / 2);
        string body = $$"""{"batch":{{batch}},"expires":30000000000}""";
        _pull = Encoding.ASCII.GetBytes($"PUB $JS.API.CONSUMER.MSG.NEXT.{name}.{consumer} {inbox} {body.Length}\r\n{body}\r\n");
        Received = _requested = _lastSequence = 0;
    }

    /// <summary>Asks for what there is room for.</summary>
    internal void Ask()
    {
        if (_shape.Kind == ConsumeKind.Ordered) return;
        int step = _shape.Kind == ConsumeKind.Fetch ? 1 : Math.Max(1, _shape.Batch / 2);
        int most = _shape.Kind == ConsumeKind.Fetch ? 1 : _shape.Batch;
        while (_requested - Received + step <= most && _requested < _shape.Messages)
        {
            Write(_pull);
            _requested += step;
            _askedAt = Stopwatch.GetTimestamp();
        }
    }

    /// <summary>Takes received bytes; what is to be said leaves with <see cref="Flush"/>.</summary>
    internal void Accept(ReadOnlySpan<byte> received)
    {
        _replies.Accept(received, this);
        for (; _replies.UnansweredPings > 0; _replies.UnansweredPings--) Write("PONG\r\n"u8);
    }

    /// <summary>Sends what was written, as far as the socket takes it.</summary>
    internal void Flush()
    {
        if (_outLength == 0) return;
        int sent = Connection.Channel.Send(_out.AsSpan(0, _outLength));
        _out.AsSpan(sent, _outLength - sent).CopyTo(_out);
        _outLength -= sent;
    }

    void IReplySink.OnReply(ReadOnlySpan<byte> subject, ReadOnlySpan<byte> headers, ReadOnlySpan<byte> payload) => throw new InvalidRunException("never called");

    void IReplySink.OnMessage(ReadOnlySpan<byte> subject, ReadOnlySpan<byte> reply, ReadOnlySpan<byte> headers, ReadOnlySpan<byte> payload)
    {
        if (!headers.IsEmpty)
        {
            OnStatus(reply, headers);
            return;
        }

        long sequence = SequenceOf(reply);
        if (sequence <= _lastSequence) throw new InvalidRunException($"message {sequence} came after {_lastSequence}");
        if (!subject.EndsWith(_subjectEnd)) throw new InvalidRunException($"message {sequence} of {Encoding.ASCII.GetString(subject)} came, {_shape.Filter} was asked for");
        if (!payload.SequenceEqual(_payload)) throw new InvalidRunException($"message {sequence} is not what was published");
        _lastSequence = sequence;
        Received++;
        if (_shape.Kind == ConsumeKind.Fetch) _samples.Add(Stopwatch.GetTimestamp() - _askedAt);
        if (_shape.Kind == ConsumeKind.Ordered) return;
        Write("PUB "u8);
        Write(reply);
        Write(" 0\r\n\r\n"u8);
    }

    private void OnStatus(ReadOnlySpan<byte> reply, ReadOnlySpan<byte> headers)
    {
        if (!headers.StartsWith("NATS/1.0 100"u8)) throw new InvalidRunException($"the server says {Encoding.ASCII.GetString(headers)}");
        if (reply.IsEmpty) return;
        Write("PUB "u8);
        Write(reply);
        Write(" 0\r\n\r\n"u8);
    }

    // $JS.ACK.stream.consumer.deliveries.sequence…
    private static long SequenceOf(ReadOnlySpan<byte> reply)
    {
        for (int i = 0; i < 5; i++) reply = reply[(reply.IndexOf((byte)'.') + 1)..];
        return Utf8Parser.TryParse(reply, out long sequence, out _) ? sequence : throw new InvalidRunException("a message without place");
    }

    private void Write(ReadOnlySpan<byte> bytes)
    {
        if (_outLength + bytes.Length > _out.Length) Array.Resize(ref _out, _out.Length * 2);
        bytes.CopyTo(_out.AsSpan(_outLength));
        _outLength += bytes.Length;
    }
}
