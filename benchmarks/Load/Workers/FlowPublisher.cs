using Load.Wire;

namespace Load.Workers;

/// <summary>One publishing connection: sends the same message again and again out of one prepared buffer.</summary>
// Owner: the flow worker's thread. Invariant: control bytes (PING, PONG) go out only between two messages.
internal sealed class FlowPublisher
{
    private const int ChunkBytes = 64 * 1024;

    private readonly byte[] _buffer;
    private readonly int _frameLength;
    private readonly int _chunkBytes;
    private readonly List<byte> _control = [];
    private int _offset;
    private int _retryLength;

    internal FlowPublisher(int slot, int group, NatsConnection connection, byte[] frame, bool oneMessagePerWrite)
    {
        Slot = slot;
        Group = group;
        Connection = connection;
        _frameLength = frame.Length;
        _chunkBytes = oneMessagePerWrite ? frame.Length : Math.Max(ChunkBytes / frame.Length, 1) * frame.Length;
        _buffer = Pattern.Repeat(frame, _chunkBytes);
    }

    internal int Slot { get; }

    internal int Group { get; }

    internal NatsConnection Connection { get; }

    /// <summary>Whole messages sent since the beginning.</summary>
    internal long Published { get; private set; }

    /// <summary>False once the socket would block; the owner sets it again when epoll says so.</summary>
    internal bool IsWritable { get; set; } = true;

    /// <summary>No message half sent and no control line waiting.</summary>
    internal bool IsClean => _offset == 0 && _retryLength == 0 && _control.Count == 0;

    /// <summary>The PONG that answers the last fence, counted since the connection began.</summary>
    internal long FenceAt { get; private set; }

    internal bool IsFenced => IsClean && Connection.Stream.Pongs >= FenceAt;

    /// <summary>Puts a PING behind everything published so far.</summary>
    internal void Fence()
    {
        FenceAt = Connection.Stream.Pongs + 1;
        _control.AddRange("PING\r\n"u8);
    }

    internal void AnswerPings()
    {
        for (FrameStream stream = Connection.Stream; stream.UnansweredPings > 0; stream.UnansweredPings--) _control.AddRange("PONG\r\n"u8);
    }

    /// <summary>One send of at most <paramref name="allowed"/> more messages (0: only finishes what was begun).</summary>
    /// <returns>Whether anything was sent.</returns>
    internal bool Pump(long allowed)
    {
        if (_control.Count > 0 && _offset == 0 && _retryLength == 0) return SendControl();
        int length = _retryLength > 0 ? _retryLength : NextLength(_control.Count > 0 ? 0 : allowed);
        if (length == 0) return false;
        int sent = Connection.Channel.Send(_buffer.AsSpan(_offset, length));
        _retryLength = sent == 0 ? length : 0;
        if (sent < length) IsWritable = false;
        Published += (_offset + sent) / _frameLength;
        _offset = (_offset + sent) % _frameLength;
        return sent > 0;
    }

    // From inside a message: at least to its end.
    private int NextLength(long allowed)
    {
        int most = (int)Math.Min(allowed, _chunkBytes / _frameLength) * _frameLength;
        return _offset == 0 ? most : Math.Max(most, _frameLength) - _offset;
    }

    private bool SendControl()
    {
        int sent = Connection.Channel.Send([.. _control]);
        if (sent < _control.Count) IsWritable = false;
        _control.RemoveRange(0, sent);
        return sent > 0;
    }
}
