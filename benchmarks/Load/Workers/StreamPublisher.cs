using System.Buffers.Text;
using System.Diagnostics;
using System.Text;
using Load.Wire;

namespace Load.Workers;

/// <summary>One connection that publishes to streams and checks the acknowledgement of each message.</summary>
// Owner: the publish worker's thread. Invariant: the time of an unanswered publish lies at its number modulo the length of the table.
internal sealed class StreamPublisher : IReplySink
{
    private readonly PublishShape _shape;
    private readonly int _firstStream;
    private readonly byte[][] _names;
    private readonly SequenceBook[] _books;
    private readonly LatencySamples _samples;
    private readonly ReplyStream _replies = new();
    private readonly byte[] _frames;
    private readonly int _frameLength;
    private readonly int _tokenOffset;
    private readonly long[] _sentAt;
    private int _outOffset;
    private int _outLength;

    internal StreamPublisher(int index, NatsConnection connection, PublishShape shape, SequenceBook[] books, LatencySamples samples)
    {
        (_shape, _books, _samples) = (shape, books, samples);
        Connection = connection;
        _firstStream = shape.SharesStream ? 0 : index * shape.StreamsPerPublisher;
        _names = [.. Enumerable.Range(_firstStream, shape.StreamsPerPublisher).Select(s => Encoding.ASCII.GetBytes($"\"{PublishShape.StreamName(shape.FirstStream + s, shape.Bucket)}\""))];
        byte[] frame = shape.Frame(index);
        _frameLength = frame.Length;
        _tokenOffset = PublishShape.TokenOffset(frame);
        _frames = new byte[frame.Length * shape.Window];
        for (int i = 0; i < shape.Window; i++) frame.CopyTo(_frames, i * frame.Length);
        // Twice the window: acknowledgements may overtake each other.
        _sentAt = new long[shape.Window * 2];
    }

    internal NatsConnection Connection { get; }

    internal long Sent { get; private set; }

    internal long Acknowledged { get; private set; }

    internal bool IsWaiting => Acknowledged < Sent || _outLength > 0;

    /// <summary>Publishes as much as the window and <paramref name="most"/> allow, in one write.</summary>
    internal void Pump(long most)
    {
        if (_outLength > 0)
        {
            Flush();
            if (_outLength > 0) return;
        }

        int count = 0;
        long now = Stopwatch.GetTimestamp();
        while (count < most && Sent - Acknowledged < _shape.Window && _sentAt[Sent % _sentAt.Length] == 0)
        {
            Write(_frames.AsSpan(count * _frameLength, _frameLength), Sent);
            _sentAt[Sent % _sentAt.Length] = now;
            Sent++;
            count++;
        }

        (_outOffset, _outLength) = (0, count * _frameLength);
        if (count > 0) Flush();
    }

    /// <summary>Takes received bytes.</summary>
    internal void Accept(ReadOnlySpan<byte> received)
    {
        _replies.Accept(received, this);
        for (; _replies.UnansweredPings > 0 && _outLength == 0; _replies.UnansweredPings--) Connection.Channel.SendAll("PONG\r\n"u8);
    }

    void IReplySink.OnReply(ReadOnlySpan<byte> subject, ReadOnlySpan<byte> headers, ReadOnlySpan<byte> payload)
    {
        long token = Utf8Parser.TryParse(subject[^PublishShape.TokenDigits..], out long number, out _) ? number : -1;
        if (token < 0 || token >= Sent || _sentAt[token % _sentAt.Length] == 0) throw Invalid("an acknowledgement nobody waits for", payload);
        int own = (int)(token % _names.Length);
        if (payload.IndexOf(_names[own]) < 0 || payload.IndexOf("\"duplicate\""u8) >= 0 || payload.IndexOf("\"error\""u8) >= 0)
            throw Invalid("a publish was not acknowledged", headers.IsEmpty ? payload : headers);
        int at = payload.IndexOf("\"seq\":"u8);
        if (at < 0 || !Utf8Parser.TryParse(payload[(at + 6)..], out long sequence, out _)) throw Invalid("an acknowledgement without sequence", payload);
        // Who is alone in a stream knows the sequence of each message.
        if (!_shape.SharesStream && sequence != (token / _names.Length) + 1) throw Invalid($"message {token / _names.Length + 1} became", payload);
        _books[_firstStream + own].Take(sequence);
        ref long sentAt = ref _sentAt[token % _sentAt.Length];
        _samples.Add(Stopwatch.GetTimestamp() - sentAt);
        sentAt = 0;
        Acknowledged++;
    }

    private void Write(Span<byte> frame, long number)
    {
        int own = (int)(number % _names.Length);
        _shape.WriteSubject(frame, _shape.FirstStream + _firstStream + own, number / _names.Length % _shape.Keys);
        RequestShape.WriteToken(frame.Slice(_tokenOffset, PublishShape.TokenDigits), number);
    }

    private void Flush()
    {
        int sent = Connection.Channel.Send(_frames.AsSpan(_outOffset, _outLength));
        (_outOffset, _outLength) = (_outOffset + sent, _outLength - sent);
    }

    private static InvalidRunException Invalid(string what, ReadOnlySpan<byte> reply) => new($"{what}: {Encoding.ASCII.GetString(reply)}");
}
