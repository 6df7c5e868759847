using System.Buffers;
using System.Diagnostics;
using System.Net.Security;
using DotNats.Server.Connections;
using DotNats.Server.Routing;

namespace DotNats.Server.Transport.Streams;

/// <summary>A connection over any <see cref="Stream"/>: TLS, sockets where there is no epoll, and the inside of the process.</summary>
// Owner: RunAsync reads; one drain at a time writes (Outbound sees to it). Lifetime: the stream is disposed once, after both have ended.
internal sealed class StreamEndpoint : Endpoint, IDisposable
{
    private const int ReadBytes = 64 * 1024;

    // The largest plaintext of one TLS record (RFC 8446 section 5.1).
    private const int RecordBytes = 16 * 1024;

    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan LongestLinger = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LongestGoodbye = TimeSpan.FromSeconds(1);

    private readonly PartialCommand _partial = new();
    private readonly CancellationTokenSource _closed = new();
    private readonly IStreamOpening _opening;
    private readonly SocketStream? _socket;
    private readonly CancellationToken _readToken;
    private Stream _stream;
    private WriteDeadline? _deadline;
    private TaskCompletionSource? _waiter;
    private Task _drain = Task.CompletedTask;
    private byte[]? _record;
    private int _resumed;
    private volatile bool _writable = true;
    private int _disposed;

    /// <param name="stream">The raw stream.</param>
    /// <param name="opening">What happens on it before the protocol may flow both ways (a TLS handshake, a PROXY header, nothing).</param>
    public StreamEndpoint(Stream stream, IStreamOpening opening)
    {
        _stream = stream;
        _opening = opening;
        _socket = stream as SocketStream;
        // Closing a socket ends what waits on it; other streams have to be told, at the price of a registration per read.
        if (_socket is null) _readToken = _closed.Token;
    }

    public TlsSessionInfo? TlsSession { get; set; }

    public override TlsSessionInfo? Tls => TlsSession;

    public override bool IsInProcess => _opening.IsInProcess;

    /// <summary>Serves the connection until it ends. Never throws.</summary>
    public async Task RunAsync()
    {
        try
        {
            if (await OpenAsync().ConfigureAwait(false)) await ReadAllAsync().ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException or OperationCanceledException or InvalidOperationException)
        {
            Connection.Close(CloseReason.ReadError);
        }
        catch (Exception exception)
        {
            ServerLog.ConnectionFailed(Connection.Server.Logger, exception, Connection.ToString());
            Connection.Close(CloseReason.InternalClient);
        }
        finally
        {
            _partial.Release();
        }
    }

    /// <summary>Holds back everything that is to be sent, while a handshake owns the stream. Completes when what was on its way is out.</summary>
    public Task HoldWritesAsync()
    {
        _writable = false;
        return _drain;
    }

    /// <summary>Lets writes flow, from now on over <paramref name="stream"/>.</summary>
    public void ReleaseWrites(Stream stream)
    {
        _stream = stream;
        _writable = true;
        Flush(becameWritable: true);
    }

    private async Task<bool> OpenAsync()
    {
        Stream? opened = await _opening.OpenAsync(this, _stream).ConfigureAwait(false);
        if (opened is null) return false;
        ReleaseWrites(opened);
        // Closed while it was being opened: the stream below is gone, this one was not known yet.
        if (Volatile.Read(ref _disposed) != 0) await CloseStreamAsync(opened, sayGoodbye: false).ConfigureAwait(false);
        return true;
    }

    private async Task ReadAllAsync()
    {
        while (!Connection.IsClosed)
        {
            // An idle connection holds no buffer: wait for bytes first.
            if (_partial.Length == 0) await _stream.ReadAsync(Memory<byte>.Empty, _readToken).ConfigureAwait(false);
            byte[] buffer = ArrayPool<byte>.Shared.Rent(Math.Max(ReadBytes, _partial.Length + ReadBytes / 2));
            try
            {
                int kept = _partial.Length > 0 ? _partial.MoveTo(buffer) : 0;
                int read = await _stream.ReadAsync(buffer.AsMemory(kept), _readToken).ConfigureAwait(false);
                if (read == 0)
                {
                    Connection.Close(_socket is { HasFailed: true } ? CloseReason.ReadError : CloseReason.ClientClosed);
                    return;
                }

                await HandleAsync(buffer, kept + read).ConfigureAwait(false);
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }
        }
    }

    private async ValueTask HandleAsync(byte[] buffer, int length)
    {
        int start = 0;
        while (true)
        {
            ReceiveResult result = Handle(buffer.AsSpan(start, length - start), out IStallPoint? stalledBy);
            start += result.Consumed;
            if (stalledBy is not null) await PauseAsync(stalledBy).ConfigureAwait(false);
            if (!result.Suspend)
            {
                if (start < length && !Connection.IsClosed) _partial.Keep(buffer.AsSpan(start, length - start), result.NeededBytes);
                return;
            }

            await WaitWhileSuspendedAsync().ConfigureAwait(false);
            if (start >= length) return;
        }
    }

    private ReceiveResult Handle(ReadOnlySpan<byte> bytes, out IStallPoint? stalledBy)
    {
        DeliveryContext context = Connection.Server.Contexts.Rent();
        context.RunsWork = true;
        // Before the session can ask for it: a suspension may be over before this call returns.
        Volatile.Write(ref _resumed, 0);
        try
        {
            ReceiveResult result = Connection.Session.Receive(context, bytes);
            stalledBy = context.StalledBy;
            return result;
        }
        finally
        {
            context.Flush();
            Connection.Server.Contexts.Return(context);
        }
    }

    private async ValueTask PauseAsync(IStallPoint slow)
    {
        if (!slow.TryPause(this)) return;
        Connection.Server.Statistics.CountStalledClient();
        await WaitForResumeAsync(LongestPause).ConfigureAwait(false);
    }

    // Word of a pause that was over already may come here too: only the session knows when it goes on.
    private async ValueTask WaitWhileSuspendedAsync()
    {
        while (true)
        {
            // Cleared before the session is asked: word that comes after its answer is seen by the wait.
            Interlocked.Exchange(ref _resumed, 0);
            if (!Connection.Session.IsSuspended || Connection.IsClosed) return;
            await WaitForResumeAsync(Timeout.InfiniteTimeSpan).ConfigureAwait(false);
        }
    }

    private async ValueTask WaitForResumeAsync(TimeSpan longest)
    {
        var waiter = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Interlocked.Exchange(ref _waiter, waiter);
        // Resume sets its mark, then looks for a waiter: one of the two always sees the other.
        if (Volatile.Read(ref _resumed) != 0) return;
        try
        {
            await waiter.Task.WaitAsync(longest, _closed.Token).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // The pause has lasted long enough.
        }
        catch (OperationCanceledException)
        {
            // Closed: the read loop sees it.
        }
    }

    public override void Resume()
    {
        Interlocked.Exchange(ref _resumed, 1);
        Volatile.Read(ref _waiter)?.TrySetResult();
    }

    public override void Flush(bool becameWritable)
    {
        if (!_writable) return;
        SegmentViews views = default;
        int count = Connection.Outbound.BeginFlush(views, becameWritable);
        if (count > 0) _drain = DrainAsync(views, count);
    }

    private async Task DrainAsync(SegmentViews views, int count)
    {
        try
        {
            while (count > 0)
            {
                long sent = 0;
                for (int i = 0; i < count;)
                {
                    ReadOnlyMemory<byte> record = NextRecord(in views, count, ref i);
                    await WriteAsync(record).ConfigureAwait(false);
                    sent += record.Length;
                }

                ReturnRecord();
                count = Continue(ref views, sent);
            }
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException or OperationCanceledException or InvalidOperationException)
        {
            ReturnRecord();
            Connection.Outbound.AbortFlush();
            Connection.Close(CloseReason.WriteError);
        }
    }

    /// <summary>What to write next from view <paramref name="i"/> on: small chunks together, as far as one TLS record holds them.</summary>
    // A chunk of its own would be a record and a system call of its own.
    private ReadOnlyMemory<byte> NextRecord(in SegmentViews views, int count, ref int i)
    {
        Outbound.Segment view = views[i++];
        int length = view.End - view.Start;
        if (i == count || length + (views[i].End - views[i].Start) > RecordBytes) return view.Buffer.AsMemory(view.Start, length);
        _record ??= ArrayPool<byte>.Shared.Rent(RecordBytes);
        view.Buffer.AsSpan(view.Start, length).CopyTo(_record);
        while (i < count)
        {
            view = views[i];
            int more = view.End - view.Start;
            if (length + more > RecordBytes) break;
            view.Buffer.AsSpan(view.Start, more).CopyTo(_record.AsSpan(length));
            length += more;
            i++;
        }

        return _record.AsMemory(0, length);
    }

    private void ReturnRecord()
    {
        if (_record is not { } record) return;
        _record = null;
        ArrayPool<byte>.Shared.Return(record);
    }

    private int Continue(ref SegmentViews views, long sent)
    {
        int count = Connection.Outbound.ContinueFlush(views, sent, wouldBlock: false, out List<IPausedProducer>? resumed);
        if (resumed is not null)
        {
            foreach (IPausedProducer producer in resumed) producer.Resume();
        }

        return count;
    }

    private ValueTask WriteAsync(ReadOnlyMemory<byte> bytes)
    {
        ValueTask write = _stream.WriteAsync(bytes, CancellationToken.None);
        if (write.IsCompleted || Connection.IsClosed) return write;
        Connection.Outbound.MarkBlocked();
        (_deadline ??= new WriteDeadline(Connection)).Watch();
        return write;
    }

    public override void BeginClose(bool discard)
    {
        if (!discard) Flush(becameWritable: true);
        _deadline?.Stop();
        if (discard || Connection.Outbound.IsQuiet) End(sayGoodbye: !discard);
        else _ = LingerAsync();
    }

    private async Task LingerAsync()
    {
        long start = Stopwatch.GetTimestamp();
        while (!Connection.Outbound.IsQuiet && Stopwatch.GetElapsedTime(start) < LongestLinger)
            await Task.Delay(5).ConfigureAwait(false);
        End(sayGoodbye: Connection.Outbound.IsQuiet);
    }

    public void Dispose() => End(sayGoodbye: false);

    private void End(bool sayGoodbye)
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0) return;
        _closed.Cancel();
        Resume();
        _ = CloseStreamAsync(_stream, sayGoodbye);
    }

    private async Task CloseStreamAsync(Stream stream, bool sayGoodbye)
    {
        _socket?.Leave();
        try
        {
            // close_notify: without it a client cannot tell an end from an attack. One that takes no bytes gets none.
            if (sayGoodbye && stream is SslStream { IsAuthenticated: true } secure)
            {
                Task goodbye = secure.ShutdownAsync();
                if (!goodbye.IsCompletedSuccessfully) await goodbye.WaitAsync(LongestGoodbye).ConfigureAwait(false);
            }

            await stream.DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException or InvalidOperationException or TimeoutException)
        {
            // The peer is gone already, or might as well be.
            stream.Dispose();
        }
    }
}
