using System.Diagnostics;
using System.Text;
using DotNats.Primitives;

namespace DotNats.Client.Wire;

/// <summary>How an append went.</summary>
internal enum AppendResult : byte
{
    Ok,

    /// <summary>Not taken: too much waits.</summary>
    Full,

    /// <summary>Not taken: the connection is closing.</summary>
    Closed,
}

/// <summary>Bytes waiting for the server.</summary>
// Owner: any thread appends, only SendLoop takes; guarded by _gate, a leaf lock.
// Lifetime: two buffers change places; both are kept as long as the connection lives.
// Invariant: _pings holds one entry for each PING appended and not answered, in that order.
internal sealed class Outbound(int maxPendingBytes)
{
    private readonly Lock _gate = new();
    private readonly Queue<TaskCompletionSource> _pings = new();
    private byte[] _filling = new byte[4096];
    private byte[] _sending = new byte[4096];
    private int _length;
    private bool _closed;
    private TaskCompletionSource? _sleepingSender;
    private TaskCompletionSource? _room;

    /// <summary>PINGs without an answer yet.</summary>
    public int PingsOut
    {
        get { lock (_gate) return _pings.Count; }
    }

    /// <summary>PUB &lt;subject&gt; [reply] &lt;#bytes&gt; or HPUB … &lt;#hdr&gt; &lt;#total&gt;, then the body.</summary>
    public AppendResult Publish(string subject, string? reply, string? headers, ReadOnlySpan<byte> payload)
    {
        int most = 64 + Encoding.UTF8.GetMaxByteCount(subject.Length) + Encoding.UTF8.GetMaxByteCount(reply?.Length ?? 0)
            + Encoding.UTF8.GetMaxByteCount(headers?.Length ?? 0) + payload.Length;
        lock (_gate)
        {
            if (_closed) return AppendResult.Closed;
            // One message always fits, whatever its size.
            if (_length > 0 && _length + most > maxPendingBytes) return AppendResult.Full;
            Span<byte> target = Reserve(most);
            int at = WritePublish(target, subject, reply, headers, payload);
            Debug.Assert(at <= most);
            Commit(at);
            return AppendResult.Ok;
        }
    }

    /// <summary>Protocol text; taken whatever waits, for there is little of it.</summary>
    public AppendResult Append(ReadOnlySpan<byte> text)
    {
        lock (_gate) return AppendLocked(text);
    }

    /// <summary>A PING; <paramref name="pong"/> completes when its answer comes.</summary>
    public AppendResult AppendPing(TaskCompletionSource pong)
    {
        lock (_gate)
        {
            if (_closed) return AppendResult.Closed;
            _pings.Enqueue(pong);
            return AppendLocked("PING\r\n"u8);
        }
    }

    /// <summary>A PONG came: who asked first; null where nobody did.</summary>
    public TaskCompletionSource? TakePing()
    {
        lock (_gate) return _pings.TryDequeue(out TaskCompletionSource? first) ? first : null;
    }

    /// <summary>Completes when the sender has taken what waits now, or the connection closes.</summary>
    public Task RoomAsync()
    {
        lock (_gate)
        {
            if (_length == 0 || _closed) return Task.CompletedTask;
            return (_room ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
        }
    }

    /// <summary>Everything that waits, as soon as something does; empty once closed and drained. Valid until the next call.</summary>
    public async ValueTask<ReadOnlyMemory<byte>> TakeAsync()
    {
        while (true)
        {
            Task wait;
            lock (_gate)
            {
                if (_length > 0) return Swap();
                if (_closed) return default;
                _sleepingSender = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                wait = _sleepingSender.Task;
            }

            await wait.ConfigureAwait(false);
        }
    }

    /// <summary>Takes nothing more; what waits may still be sent.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _closed = true;
            WakeSender();
            _room?.TrySetResult();
            _room = null;
        }
    }

    /// <summary>Everybody who still waits for a PONG. After <see cref="Close"/>.</summary>
    public TaskCompletionSource[] TakePings()
    {
        lock (_gate)
        {
            TaskCompletionSource[] waiting = [.. _pings];
            _pings.Clear();
            return waiting;
        }
    }

    private static int WritePublish(Span<byte> target, string subject, string? reply, string? headers, ReadOnlySpan<byte> payload)
    {
        int at = headers is null ? Write(target, "PUB "u8) : Write(target, "HPUB "u8);
        at += Encoding.UTF8.GetBytes(subject, target[at..]);
        target[at++] = (byte)' ';
        if (reply is not null)
        {
            at += Encoding.UTF8.GetBytes(reply, target[at..]);
            target[at++] = (byte)' ';
        }

        int headerBytes = headers is null ? 0 : Encoding.UTF8.GetByteCount(headers);
        if (headers is not null)
        {
            at += ByteFormat.WriteUInt64(target[at..], (ulong)headerBytes);
            target[at++] = (byte)' ';
        }

        at += ByteFormat.WriteUInt64(target[at..], (ulong)(headerBytes + payload.Length));
        at += Write(target[at..], "\r\n"u8);
        if (headers is not null) at += Encoding.UTF8.GetBytes(headers, target[at..]);
        at += Write(target[at..], payload);
        return at + Write(target[at..], "\r\n"u8);
    }

    private static int Write(Span<byte> target, ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(target);
        return bytes.Length;
    }

    private AppendResult AppendLocked(ReadOnlySpan<byte> text)
    {
        if (_closed) return AppendResult.Closed;
        text.CopyTo(Reserve(text.Length));
        Commit(text.Length);
        return AppendResult.Ok;
    }

    private Span<byte> Reserve(int most)
    {
        if (_filling.Length - _length < most) Array.Resize(ref _filling, Math.Max(_length + most, _filling.Length * 2));
        return _filling.AsSpan(_length);
    }

    private void Commit(int length)
    {
        _length += length;
        WakeSender();
    }

    // The continuation runs elsewhere: nothing of it happens under the lock.
    private void WakeSender()
    {
        _sleepingSender?.TrySetResult();
        _sleepingSender = null;
    }

    private ReadOnlyMemory<byte> Swap()
    {
        (_filling, _sending) = (_sending, _filling);
        int length = _length;
        _length = 0;
        _room?.TrySetResult();
        _room = null;
        return _sending.AsMemory(0, length);
    }
}
