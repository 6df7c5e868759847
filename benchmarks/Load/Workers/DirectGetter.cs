using System.Buffers.Text;
using System.Diagnostics;
using System.Text;
using Load.Wire;

namespace Load.Workers;

/// <summary>One client that asks for the last message of random subjects, one at a time, and checks what comes.</summary>
// Owner: the direct get worker's thread.
internal sealed class DirectGetter : IReplySink
{
    private readonly byte[] _request;
    private readonly int _keyOffset;
    private readonly int _tokenOffset;
    private readonly byte[] _payload;
    private readonly byte[] _header;
    private readonly int _keys;
    private readonly Random _random;
    private readonly ReplyStream _replies = new();
    private long _asked;
    private long _answered;

    internal DirectGetter(int client, NatsConnection connection, int keys, int payloadBytes, bool isBucket)
    {
        Connection = connection;
        string stream = PublishShape.StreamName(0, isBucket);
        string subject = isBucket ? "$KV.0000.00000000" : "js.0000.00000000";
        _header = Encoding.ASCII.GetBytes($"Nats-Subject: {subject}\r\n");
        _request = Encoding.ASCII.GetBytes($"PUB $JS.API.DIRECT.GET.{stream}.{subject} {PublishShape.Inbox(client)}.0000000000 0\r\n\r\n");
        _keyOffset = _request.AsSpan().IndexOf(".00000000 "u8) + 1;
        _tokenOffset = PublishShape.TokenOffset(_request);
        _payload = Pattern.Payload(payloadBytes);
        _keys = keys;
        _random = new Random(client);
    }

    internal NatsConnection Connection { get; }

    internal long SentAt { get; private set; }

    internal bool IsWaiting => _answered < _asked;

    internal void Ask()
    {
        int key = _random.Next(_keys);
        _asked++;
        RequestShape.WriteToken(_request.AsSpan(_keyOffset, PublishShape.KeyDigits), key);
        RequestShape.WriteToken(_header.AsSpan(_header.Length - 2 - PublishShape.KeyDigits, PublishShape.KeyDigits), key);
        RequestShape.WriteToken(_request.AsSpan(_tokenOffset, PublishShape.TokenDigits), _asked);
        SentAt = Stopwatch.GetTimestamp();
        Connection.Channel.SendAll(_request);
    }

    /// <summary>Takes received bytes; true when the outstanding answer has come.</summary>
    internal bool Accept(ReadOnlySpan<byte> received)
    {
        long before = _answered;
        _replies.Accept(received, this);
        for (; _replies.UnansweredPings > 0; _replies.UnansweredPings--) Connection.Channel.SendAll("PONG\r\n"u8);
        return _answered > before;
    }

    void IReplySink.OnReply(ReadOnlySpan<byte> subject, ReadOnlySpan<byte> headers, ReadOnlySpan<byte> payload)
    {
        bool isExpected = Utf8Parser.TryParse(subject[^PublishShape.TokenDigits..], out long token, out _) && token == _asked && IsWaiting;
        if (!isExpected || headers.IndexOf(_header) < 0 || !payload.SequenceEqual(_payload))
            throw new InvalidRunException($"the wrong answer to a direct get: {Encoding.ASCII.GetString(headers)}");
        _answered = _asked;
    }
}
