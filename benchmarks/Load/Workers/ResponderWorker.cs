using Load.Wire;

namespace Load.Workers;

/// <summary>Services that answer every request with its payload.</summary>
// Command `count`: answers `answered=`, the requests answered since the start.
internal sealed class ResponderWorker : EventLoop
{
    private readonly Responder[] _responders;

    internal ResponderWorker(WorkerArguments arguments)
    {
        _responders = new Responder[arguments.Integer("responders")];
        for (int i = 0; i < _responders.Length; i++)
        {
            NatsConnection connection = NatsConnection.Open(arguments.Integer("port"), Buffer);
            connection.Subscribe(RequestShape.ServiceSubject, "1", RequestShape.ServiceQueue);
            connection.Fence(Buffer);
            connection.SetNonBlocking();
            _responders[i] = new Responder(connection);
            Epoll.Add(connection.Channel.Descriptor, EpollSet.In, i);
        }
    }

    protected override int Step() => 1000;

    protected override void OnReady(ReadyEvent ready)
    {
        Responder responder = _responders[ready.Token];
        int received = responder.Connection.Channel.Receive(Buffer);
        responder.Accept(Buffer.AsSpan(0, received));
    }

    protected override void OnCommand(string[] command) => ControlPipe.Answer(("answered", _responders.Sum(r => r.Answered)));

    public override void Dispose()
    {
        foreach (Responder responder in _responders) responder.Connection.Dispose();
        base.Dispose();
    }
}

/// <summary>One service connection: answers all requests of a receive with one send.</summary>
// Owner: the responder worker's thread.
internal sealed class Responder(NatsConnection connection)
{
    private readonly byte[] _expected = RequestShape.DeliveredRequest();
    private readonly byte[] _reply = RequestShape.Reply();
    private readonly byte[] _pending = new byte[512 * 1024];
    private readonly byte[] _replies = new byte[512 * 1024];
    private int _pendingLength;

    internal NatsConnection Connection => connection;

    internal long Answered { get; private set; }

    internal void Accept(ReadOnlySpan<byte> received)
    {
        received.CopyTo(_pending.AsSpan(_pendingLength));
        ReadOnlySpan<byte> unread = _pending.AsSpan(0, _pendingLength + received.Length);
        int replied = 0;
        while (TryTake(ref unread, ref replied)) { }
        unread.CopyTo(_pending);
        _pendingLength = unread.Length;
        if (replied > 0) connection.Channel.SendAll(_replies.AsSpan(0, replied));
    }

    private bool TryTake(ref ReadOnlySpan<byte> unread, ref int replied)
    {
        if (unread.IsEmpty) return false;
        if (unread[0] != (byte)'M') return TryTakeLine(ref unread);
        if (unread.Length < _expected.Length) return false;
        int inbox = RequestShape.InboxOffset(_expected);
        ReadOnlySpan<byte> message = unread[.._expected.Length];
        int afterInbox = inbox + RequestShape.InboxLength;
        if (!message[..inbox].SequenceEqual(_expected.AsSpan(0, inbox)) ||
            !message[afterInbox..].SequenceEqual(_expected.AsSpan(afterInbox)))
            throw new InvalidRunException("a request arrived changed");
        Span<byte> reply = _replies.AsSpan(replied, _reply.Length);
        _reply.CopyTo(reply);
        message.Slice(inbox, RequestShape.InboxLength).CopyTo(reply[RequestShape.InboxOffset(_reply)..]);
        replied += _reply.Length;
        unread = unread[_expected.Length..];
        Answered++;
        return true;
    }

    private bool TryTakeLine(ref ReadOnlySpan<byte> unread)
    {
        int end = unread.IndexOf((byte)'\n');
        if (end < 0) return false;
        connection.Stream.Accept(unread[..(end + 1)]);
        connection.AnswerPings();
        unread = unread[(end + 1)..];
        return true;
    }
}
