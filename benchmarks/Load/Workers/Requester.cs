using System.Diagnostics;
using Load.Wire;

namespace Load.Workers;

/// <summary>One client: sends a request with a fresh reply subject and checks the reply byte by byte.</summary>
// Owner: the request worker's thread.
internal sealed class Requester
{
    private readonly byte[] _request;
    private readonly byte[] _reply;
    private readonly int _requestToken;
    private readonly int _replyToken;
    private long _sent;
    private long _answered;

    internal Requester(int client, NatsConnection connection)
    {
        Connection = connection;
        _request = RequestShape.Request(client);
        _reply = RequestShape.DeliveredReply(client);
        _requestToken = RequestShape.TokenOffset(_request);
        _replyToken = RequestShape.TokenOffset(_reply);
    }

    internal NatsConnection Connection { get; }

    internal long SentAt { get; private set; }

    internal bool IsWaiting => _answered < _sent;

    internal void Send()
    {
        _sent++;
        RequestShape.WriteToken(_request.AsSpan(_requestToken, RequestShape.TokenDigits), _sent);
        RequestShape.WriteToken(_reply.AsSpan(_replyToken, RequestShape.TokenDigits), _sent);
        Connection.Stream.Expect(_reply, _reply);
        SentAt = Stopwatch.GetTimestamp();
        Connection.Channel.SendAll(_request);
    }

    /// <summary>Takes received bytes; true when the outstanding reply is complete.</summary>
    internal bool Accept(ReadOnlySpan<byte> received)
    {
        FrameStream stream = Connection.Stream;
        stream.Accept(received);
        Connection.AnswerPings();
        if (stream.Frames > 1) throw new InvalidRunException("a reply came twice");
        if (!IsWaiting || stream.Frames == 0) return false;
        _answered = _sent;
        return true;
    }
}
