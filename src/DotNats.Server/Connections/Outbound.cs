using System.Diagnostics;
using System.Runtime.CompilerServices;
using DotNats.Primitives;
using DotNats.Server.Routing;

namespace DotNats.Server.Connections;

/// <summary>How an append went.</summary>
internal enum AppendResult : byte
{
    Ok,

    /// <summary>Taken, but so much waits that its producer should pause.</summary>
    Stall,

    /// <summary>Taken, but over <c>max_pending</c>: the connection is a slow consumer.</summary>
    Overflow,

    /// <summary>Not taken: the connection is closing.</summary>
    Closed,
}

/// <summary>Bytes waiting for one connection, and the lock of that connection.</summary>
// Owner: any thread appends under the lock; one flusher at a time takes (BeginFlush … EndFlush) and sends outside the lock.
// Lifetime: a chunk goes back to the pool once the transport has accepted its bytes; an idle connection holds none.
// Invariant: 0 <= PendingBytes; _segments[0.._count) in order, only the last one grows; at most one flusher.
// Previous stop: Routing/MessageRouter. Next stop: the endpoint's Flush.
internal sealed class Outbound
{
    // A producer pauses when this much waits for one of its subscribers: doubling arrays cost 385 MB in a 1→100 fan-out, this 59 MB.
    public const int StallBytes = 256 * 1024;

    // ...and goes on when this much is left.
    public const int ResumeBytes = 128 * 1024;

    private const int SmallestChunkBytes = 1024;
    private const int LargestChunkBytes = 64 * 1024;

    private readonly Lock _gate = new();
    private readonly ChunkPool _pool;
    private readonly long _maxPendingBytes;
    private Segment[] _segments = [];
    private int _first;
    private int _count;
    private int _nextChunkBytes = SmallestChunkBytes;
    private int _sentSinceEmpty;
    private long _pendingBytes;
    private bool _flushing;
    private bool _blocked;
    private bool _writable;
    private bool _closed;
    private List<IPausedProducer>? _paused;

    public Outbound(ChunkPool pool, long maxPendingBytes)
    {
        _pool = pool;
        _maxPendingBytes = maxPendingBytes;
    }

    /// <summary>Messages delivered; written under the lock.</summary>
    public long Messages;

    /// <summary>Payload and header bytes delivered; written under the lock.</summary>
    public long Bytes;

    /// <summary>Everything ever appended; written under the lock.</summary>
    public long AppendedBytes;

    /// <summary>Set while some context has promised to flush; written under the lock.</summary>
    public bool FlushPromised;

    /// <summary>When the oldest waiting bytes found the peer unwilling (Stopwatch ticks); 0 while nothing is blocked.</summary>
    public long BlockedSince;

    // Bytes still to be accepted before BlockedSince starts anew: a peer has the write deadline for what waited at that moment.
    private long _deadlineBytes;

    public long PendingBytes => Volatile.Read(ref _pendingBytes);

    /// <summary>True when nobody is going to send what waits unless asked to.</summary>
    public bool NeedsFlush => !FlushPromised && !_flushing && !_blocked;

    public bool IsClosed => _closed;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Acquire() => _gate.Enter();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Release() => _gate.Exit();

    public bool IsHeldByCurrentThread => _gate.IsHeldByCurrentThread;

    /// <summary>MSG &lt;subject&gt; &lt;sid&gt; [reply] &lt;#bytes&gt; or HMSG … &lt;#hdr&gt; &lt;#total&gt;, then the body. The caller holds the lock.</summary>
    public AppendResult AppendMessage(in Message message, ReadOnlySpan<byte> subject, SubscriptionId id, bool withHeaders)
    {
        Debug.Assert(_gate.IsHeldByCurrentThread);
        if (_closed) return AppendResult.Closed;
        ReadOnlySpan<byte> body = message.Body;
        int headerLength = message.HeaderLength;
        if (headerLength > 0 && !withHeaders)
        {
            // A client without headers gets the payload alone.
            body = body[headerLength..];
            headerLength = 0;
        }

        ReadOnlySpan<byte> sizeText = body.Length == message.Body.Length ? message.SizeText : default;
        WriteMessage(subject, id, message.Reply, new Sizes(headerLength, body.Length - 2, message.HeaderLengthText, sizeText), body);
        Messages++;
        Bytes += body.Length - 2;
        return Pressure();
    }

    /// <summary>A status message of the server's own (503): written like any other, counted as none. The caller holds the lock.</summary>
    public AppendResult AppendStatus(in Message message, SubscriptionId id)
    {
        Debug.Assert(_gate.IsHeldByCurrentThread);
        if (_closed) return AppendResult.Closed;
        WriteMessage(message.Subject, id, default, new Sizes(message.HeaderLength, message.Size, default, default), message.Body);
        return Pressure();
    }

    private void WriteMessage(ReadOnlySpan<byte> subject, SubscriptionId id, ReadOnlySpan<byte> reply, in Sizes sizes, ReadOnlySpan<byte> body)
    {
        // Verb, three blanks, two sizes of up to ten digits, CR LF; the sid may write eight bytes whatever its length.
        int most = subject.Length + reply.Length + id.Length + 48;
        Span<byte> line = Reserve(most, body.Length);
        int length = WriteMessageLine(line, subject, id, reply, in sizes);
        Commit(length);
        Write(body);
    }

    /// <summary>Protocol text that is not a message. The caller holds the lock.</summary>
    public AppendResult Append(ReadOnlySpan<byte> bytes)
    {
        Debug.Assert(_gate.IsHeldByCurrentThread);
        if (_closed) return AppendResult.Closed;
        Write(bytes);
        return Pressure();
    }

    /// <summary>No more bytes are taken; with <paramref name="discard"/> the waiting ones are dropped too. The caller holds the lock.</summary>
    public List<IPausedProducer>? Close(bool discard)
    {
        _closed = true;
        if (discard && !_flushing) ReleaseAll();
        return TakePaused();
    }

    /// <summary>Registers a producer to be resumed once little is left. False where that is so already.</summary>
    public bool TryPause(IPausedProducer producer)
    {
        lock (_gate)
        {
            if (_closed || _pendingBytes <= ResumeBytes) return false;
            (_paused ??= []).Add(producer);
            return true;
        }
    }

    /// <summary>Becomes the flusher and takes views of what waits; false where there is nothing to do or somebody else does it.</summary>
    /// <param name="views">Filled from the front.</param>
    /// <param name="becameWritable">True from a transport that was told the peer takes bytes again.</param>
    public int BeginFlush(Span<Segment> views, bool becameWritable)
    {
        lock (_gate)
        {
            FlushPromised = false;
            if (_flushing)
            {
                // The flusher may be about to find the peer unwilling: leave word, or the readiness would be lost.
                _writable |= becameWritable;
                return 0;
            }

            if (_blocked && !becameWritable) return 0;
            _blocked = false;
            if (_count == 0) return 0;
            _flushing = true;
            _writable = false;
            return CopyViews(views);
        }
    }

    /// <summary>The transport took <paramref name="sentBytes"/>. Returns how many views to send next; 0 ends the flush.</summary>
    /// <param name="wouldBlock">The peer takes no more for now: the transport will call back when it does.</param>
    public int ContinueFlush(Span<Segment> views, long sentBytes, bool wouldBlock, out List<IPausedProducer>? resumed)
    {
        resumed = null;
        lock (_gate)
        {
            Consume(sentBytes);
            if (_pendingBytes <= ResumeBytes) resumed = TakePaused();
            if (_count == 0)
            {
                _flushing = false;
                BlockedSince = 0;
                return 0;
            }

            if (wouldBlock && !_writable)
            {
                _flushing = false;
                _blocked = true;
                StartDeadline();
                return 0;
            }

            _writable = false;
            return CopyViews(views);
        }
    }

    /// <summary>A flusher waits for its peer without having given up its turn: the write deadline runs from here.</summary>
    public void MarkBlocked()
    {
        lock (_gate) StartDeadline();
    }

    /// <summary>The transport failed: drops everything.</summary>
    public void AbortFlush()
    {
        lock (_gate)
        {
            _flushing = false;
            _closed = true;
            ReleaseAll();
        }
    }

    /// <summary>True when no flusher is at work and nothing waits, so that the socket may go.</summary>
    public bool IsQuiet
    {
        get { lock (_gate) return !_flushing && (_count == 0 || _closed && _pendingBytes == 0); }
    }

    /// <summary>True when no flusher is at work; from then on nobody may start one.</summary>
    public bool TrySeal()
    {
        lock (_gate)
        {
            if (_flushing) return false;
            _closed = true;
            _flushing = true;
            ReleaseAll();
            return true;
        }
    }

    private void StartDeadline()
    {
        if (BlockedSince != 0 && _deadlineBytes > 0) return;
        BlockedSince = Stopwatch.GetTimestamp();
        _deadlineBytes = _pendingBytes;
    }

    private AppendResult Pressure()
    {
        if (_pendingBytes < StallBytes) return AppendResult.Ok;
        return _pendingBytes > _maxPendingBytes ? AppendResult.Overflow : AppendResult.Stall;
    }

    private static int WriteMessageLine(Span<byte> line, ReadOnlySpan<byte> subject, SubscriptionId id, ReadOnlySpan<byte> reply, in Sizes sizes)
    {
        int at;
        if (sizes.HeaderLength > 0)
        {
            "HMSG "u8.CopyTo(line);
            at = 5;
        }
        else
        {
            "MSG "u8.CopyTo(line);
            at = 4;
        }

        subject.CopyTo(line[at..]);
        at += subject.Length;
        line[at++] = (byte)' ';
        at += id.CopyTo(line[at..]);
        line[at++] = (byte)' ';
        if (!reply.IsEmpty)
        {
            reply.CopyTo(line[at..]);
            at += reply.Length;
            line[at++] = (byte)' ';
        }

        if (sizes.HeaderLength > 0)
        {
            at += WriteSize(line[at..], sizes.HeaderLengthText, sizes.HeaderLength);
            line[at++] = (byte)' ';
        }

        at += WriteSize(line[at..], sizes.SizeText, sizes.Size);
        line[at] = (byte)'\r';
        line[at + 1] = (byte)'\n';
        return at + 2;
    }

    // Compat: the publisher's digits are repeated as they came, "007" stays "007".
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int WriteSize(Span<byte> line, ReadOnlySpan<byte> text, int value)
    {
        if (text.IsEmpty) return ByteFormat.WriteUInt64(line, (ulong)value);
        text.CopyTo(line);
        return text.Length;
    }

    private void Write(ReadOnlySpan<byte> bytes)
    {
        while (true)
        {
            Span<byte> room = Reserve(1, bytes.Length);
            if (room.Length >= bytes.Length)
            {
                bytes.CopyTo(room);
                Commit(bytes.Length);
                return;
            }

            bytes[..room.Length].CopyTo(room);
            Commit(room.Length);
            bytes = bytes[room.Length..];
        }
    }

    /// <summary>Room for at least <paramref name="least"/> contiguous bytes at the end; a new chunk also looks at what follows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Span<byte> Reserve(int least, int following)
    {
        if (_count > 0)
        {
            ref Segment last = ref _segments[(_first + _count - 1) & (_segments.Length - 1)];
            if (last.Buffer.Length - last.End >= least) return last.Buffer.AsSpan(last.End);
        }

        return ReserveSlow(least, following);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private Span<byte> ReserveSlow(int least, int following)
    {
        // Grow with the flow: small for a lone reply, large under load.
        int wanted = Math.Max(_count == 0 ? _nextChunkBytes : _nextChunkBytes = Math.Min(LargestChunkBytes, _nextChunkBytes * 4), least + following);
        byte[] chunk = wanted > LargestChunkBytes && least > LargestChunkBytes
            ? GC.AllocateUninitializedArray<byte>(least, pinned: true)
            : _pool.Rent(Math.Min(wanted, LargestChunkBytes));
        if (_count == _segments.Length) GrowRing();
        _segments[(_first + _count++) & (_segments.Length - 1)] = new Segment(chunk, 0, 0);
        return chunk;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Commit(int length)
    {
        _segments[(_first + _count - 1) & (_segments.Length - 1)].End += length;
        _pendingBytes += length;
        AppendedBytes += length;
    }

    private void GrowRing()
    {
        var larger = new Segment[Math.Max(2, _segments.Length * 2)];
        for (int i = 0; i < _count; i++) larger[i] = _segments[(_first + i) & (_segments.Length - 1)];
        _segments = larger;
        _first = 0;
    }

    private int CopyViews(Span<Segment> views)
    {
        int count = Math.Min(views.Length, _count);
        for (int i = 0; i < count; i++) views[i] = _segments[(_first + i) & (_segments.Length - 1)];
        return count;
    }

    private void Consume(long sentBytes)
    {
        _pendingBytes -= sentBytes;
        _deadlineBytes -= sentBytes;
        _sentSinceEmpty = (int)Math.Min(int.MaxValue, _sentSinceEmpty + sentBytes);
        while (_count > 0)
        {
            ref Segment first = ref _segments[_first];
            int waiting = first.End - first.Start;
            if (sentBytes < waiting)
            {
                first.Start += (int)sentBytes;
                return;
            }

            sentBytes -= waiting;
            ReleaseFirst();
        }

        // Emptied: the next first chunk is as large as this round turned out to need.
        _nextChunkBytes = _sentSinceEmpty <= SmallestChunkBytes ? SmallestChunkBytes : Math.Min(LargestChunkBytes, _sentSinceEmpty);
        _sentSinceEmpty = 0;
    }

    private void ReleaseFirst()
    {
        ref Segment first = ref _segments[_first];
        _pool.Return(first.Buffer);
        first = default;
        _first = (_first + 1) & (_segments.Length - 1);
        _count--;
    }

    private void ReleaseAll()
    {
        while (_count > 0) ReleaseFirst();
        _pendingBytes = 0;
    }

    private List<IPausedProducer>? TakePaused()
    {
        List<IPausedProducer>? paused = _paused;
        _paused = null;
        return paused;
    }

    /// <summary>The sizes of a control line, as numbers and, where they were published, as text.</summary>
    private readonly ref struct Sizes(int headerLength, int size, ReadOnlySpan<byte> headerLengthText, ReadOnlySpan<byte> sizeText)
    {
        public readonly int HeaderLength = headerLength;
        public readonly int Size = size;
        public readonly ReadOnlySpan<byte> HeaderLengthText = headerLengthText;
        public readonly ReadOnlySpan<byte> SizeText = sizeText;
    }

    /// <summary>A run of waiting bytes in one pinned chunk.</summary>
    internal record struct Segment(byte[] Buffer, int Start, int End);
}

/// <summary>A connection that stopped reading because somebody it publishes to is behind.</summary>
internal interface IPausedProducer
{
    void Resume();
}

/// <summary>Who is behind: a connection that does not take what waits for it, or a stream that stores slower than is published.</summary>
internal interface IStallPoint
{
    /// <summary>Whether the producer has to wait: for its <see cref="IPausedProducer.Resume"/>, or as long as it waits at most.</summary>
    bool TryPause(IPausedProducer producer);
}
