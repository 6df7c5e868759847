using System.Buffers.Text;
using System.Text;
using Load.Wire;

namespace Load.Workers;

/// <summary>One connection with some of many consumers: asks for each, checks each message, acknowledges.</summary>
// Owner: the active worker's thread. Invariant: each consumer's messages come in order, each once, none left out.
internal sealed class ActiveConnection : IReplySink
{
    private const int MostWaitingBytes = 1024 * 1024;

    private readonly ActiveShape _shape;
    private readonly int _index;
    private readonly byte[] _payload;
    private readonly long[] _received;
    private readonly long[] _requested;
    private readonly byte[][] _pulls;
    private readonly ReplyStream _replies = new();
    private byte[] _out = new byte[MostWaitingBytes];
    private int _outLength;

    /// <param name="index">Consumers are dealt to connections in turn.</param>
    internal ActiveConnection(int index, NatsConnection connection, ActiveShape shape)
    {
        (Connection, _shape, _index) = (connection, shape, index);
        _payload = Pattern.Payload(shape.Publish.PayloadBytes);
        int count = shape.Consumers / ActiveShape.Connections;
        (_received, _requested, _pulls) = (new long[count], new long[count], new byte[count][]);
        string body = $$"""{"batch":{{shape.Batch / 2}},"expires":600000000000}""";
        for (int i = 0; i < count; i++)
            _pulls[i] = Encoding.ASCII.GetBytes($"PUB $JS.API.CONSUMER.MSG.NEXT.{PublishShape.StreamName(0)}.{ActiveShape.Name(ConsumerOf(i))} {ActiveShape.Inbox(index)} {body.Length}\r\n{body}\r\n");
    }

    internal NatsConnection Connection { get; }

    /// <summary>Messages of all its consumers.</summary>
    internal long Received { get; private set; }

    internal bool IsQuiet => _outLength == 0;

    /// <summary>Asks for what there is room for.</summary>
    internal void Ask()
    {
        for (int i = 0; i < _pulls.Length; i++) Ask(i);
        Flush();
    }

    /// <summary>Takes received bytes and says what follows.</summary>
    internal void Accept(ReadOnlySpan<byte> received)
    {
        _replies.Accept(received, this);
        for (; _replies.UnansweredPings > 0; _replies.UnansweredPings--) Write("PONG\r\n"u8);
        Flush();
    }

    internal void Flush()
    {
        if (_outLength == 0) return;
        int sent = Connection.Channel.Send(_out.AsSpan(0, _outLength));
        _out.AsSpan(sent, _outLength - sent).CopyTo(_out);
        _outLength -= sent;
    }

    /// <summary>Each consumer has what it must have of so many published messages.</summary>
    /// <exception cref="InvalidRunException">One has not.</exception>
    internal void CheckWhole(long published)
    {
        for (int i = 0; i < _received.Length; i++)
        {
            long wanted = _shape.IsShared ? published : (published - ConsumerOf(i) + _shape.Consumers - 1) / _shape.Consumers;
            if (_received[i] != wanted) throw new InvalidRunException($"consumer {ActiveShape.Name(ConsumerOf(i))} got {_received[i]} messages of {wanted}");
        }
    }

    void IReplySink.OnReply(ReadOnlySpan<byte> subject, ReadOnlySpan<byte> headers, ReadOnlySpan<byte> payload) => throw new InvalidRunException("never called");

    void IReplySink.OnMessage(ReadOnlySpan<byte> subject, ReadOnlySpan<byte> reply, ReadOnlySpan<byte> headers, ReadOnlySpan<byte> payload)
    {
        if (!headers.IsEmpty) throw new InvalidRunException($"the server says {Encoding.ASCII.GetString(headers)}");
        (int consumer, long sequence) = Place(reply);
        int own = consumer / ActiveShape.Connections;
        if (consumer % ActiveShape.Connections != _index || own >= _received.Length) throw new InvalidRunException($"connection {_index} got a message of consumer {consumer}");
        long wanted = _shape.IsShared ? _received[own] + 1 : (_received[own] * _shape.Consumers) + consumer + 1;
        if (sequence != wanted) throw new InvalidRunException($"consumer {consumer} got message {sequence} instead of {wanted}");
        if (!payload.SequenceEqual(_payload)) throw new InvalidRunException($"message {sequence} is not what was published");
        _received[own]++;
        Received++;
        Write("PUB "u8);
        Write(reply);
        Write(" 0\r\n\r\n"u8);
        Ask(own);
    }

    private int ConsumerOf(int own) => (own * ActiveShape.Connections) + _index;

    private void Ask(int own)
    {
        for (; _requested[own] - _received[own] <= _shape.Batch / 2; _requested[own] += _shape.Batch / 2) Write(_pulls[own]);
    }

    // $JS.ACK.stream.A<consumer>.deliveries.sequence…
    private static (int Consumer, long Sequence) Place(ReadOnlySpan<byte> reply)
    {
        for (int i = 0; i < 3; i++) reply = reply[(reply.IndexOf((byte)'.') + 1)..];
        bool isNumber = Utf8Parser.TryParse(reply[1..], out int consumer, out _);
        for (int i = 0; i < 2; i++) reply = reply[(reply.IndexOf((byte)'.') + 1)..];
        return isNumber && Utf8Parser.TryParse(reply, out long sequence, out _) ? (consumer, sequence) : throw new InvalidRunException("a message without place");
    }

    private void Write(ReadOnlySpan<byte> bytes)
    {
        if (_outLength + bytes.Length > _out.Length) Array.Resize(ref _out, _out.Length * 2);
        bytes.CopyTo(_out.AsSpan(_outLength));
        _outLength += bytes.Length;
    }
}
