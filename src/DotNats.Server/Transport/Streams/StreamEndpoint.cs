using System.Buffers;
using System.Diagnostics;
using DotNats.Server.Connections;
using DotNats.Server.Routing;

namespace DotNats.Server.Transport.Streams;

/// <summary>A connection over any <see cref="Stream"/>: TLS, sockets where there is no epoll, and the inside of the process.</summary>
// Owner: RunAsync reads; one drain at a time writes (Outbound sees to it). Lifetime: the stream is disposed once, after both have ended.
internal sealed class StreamEndpoint : Endpoint, IDisposable
{
    private const int ReadBytes = 64 * 1024;

    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan LongestLinger = TimeSpan.FromSeconds(2);

    private readonly PartialCommand _partial = new();
    private readonly CancellationTokenSource _closed = new();
    private readonly IStreamOpening _opening;
    private Stream _stream;
    private WriteDeadline? _deadline;
    private TaskCompletionSource? _resume;
    private volatile bool _writable = true;
    private int _disposed;

    /// <param name="stream">The raw stream.</param>
    /// <param name="opening">What happens on it before the protocol may flow both ways (a TLS handshake, a PROXY header, nothing).</param>
    public StreamEndpoint(Stream stream, IStreamOpening opening)
    {
        _stream = stream;
        _opening = opening;
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

    /// <summary>Holds back everything that is to be sent, while a handshake owns the stream.</summary>
    public void HoldWrites() => _writable = false;

    /// <summary>Lets writes flow, from now on over <paramref name="stream"/>.</summary>
    public void ReleaseWrites(Stream stream)
    {
        _stream = stream;
        _writable = true;
        Flush(becameWritable: true);
    }

    public CancellationToken ClosedToken => _closed.Token;

    private async Task<bool> OpenAsync()
    {
        Stream? opened = await _opening.OpenAsync(this, _stream).ConfigureAwait(false);
        if (opened is null) return false;
        ReleaseWrites(opened);
        return true;
    }

    private async Task ReadAllAsync()
    {
        while (!Connection.IsClosed)
        {
            // An idle connection holds no buffer: wait for bytes first.
            if (_partial.Length == 0) await _stream.ReadAsync(Memory<byte>.Empty, _closed.Token).ConfigureAwait(false);
            byte[] buffer = ArrayPool<byte>.Shared.Rent(Math.Max(ReadBytes, _partial.Length + ReadBytes / 2));
            try
            {
                int kept = _partial.Length > 0 ? _partial.MoveTo(buffer) : 0;
                int read = await _stream.ReadAsync(buffer.AsMemory(kept), _closed.Token).ConfigureAwait(false);
                if (read == 0)
                {
                    Connection.Close(CloseReason.ClientClosed);
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
            ReceiveResult result = Handle(buffer.AsSpan(start, length - start), out Connection? stalledBy);
            start += result.Consumed;
            if (stalledBy is not null) await PauseAsync(stalledBy).ConfigureAwait(false);
            if (!result.Suspend)
            {
                if (start < length && !Connection.IsClosed) _partial.Keep(buffer.AsSpan(start, length - start), result.NeededBytes);
                return;
            }

            await WaitForResumeAsync(Timeout.InfiniteTimeSpan).ConfigureAwait(false);
            if (start >= length) return;
        }
    }

    private ReceiveResult Handle(ReadOnlySpan<byte> bytes, out Connection? stalledBy)
    {
        DeliveryContext context = Connection.Server.Contexts.Rent();
        // Made before the session can ask for it: a suspension may be over before this call returns.
        _resume = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        ReceiveResult result = Connection.Session.Receive(context, bytes);
        stalledBy = context.StalledBy;
        context.Flush();
        Connection.Server.Contexts.Return(context);
        return result;
    }

    private async ValueTask PauseAsync(Connection slow)
    {
        if (!slow.Outbound.TryPause(this)) return;
        slow.Stalls++;
        Connection.Server.Statistics.CountStalledClient();
        await WaitForResumeAsync(LongestPause).ConfigureAwait(false);
    }

    private async ValueTask WaitForResumeAsync(TimeSpan longest)
    {
        try
        {
            await _resume!.Task.WaitAsync(longest, _closed.Token).ConfigureAwait(false);
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

    public override void Resume() => _resume?.TrySetResult();

    public override void Flush(bool becameWritable)
    {
        if (!_writable) return;
        SegmentViews views = default;
        int count = Connection.Outbound.BeginFlush(views, becameWritable);
        if (count > 0) _ = DrainAsync(views, count);
    }

    private async Task DrainAsync(SegmentViews views, int count)
    {
        try
        {
            while (count > 0)
            {
                long sent = 0;
                for (int i = 0; i < count; i++)
                {
                    Outbound.Segment view = views[i];
                    await WriteAsync(view.Buffer.AsMemory(view.Start, view.End - view.Start)).ConfigureAwait(false);
                    sent += view.End - view.Start;
                }

                count = Continue(ref views, sent);
            }
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException or OperationCanceledException or InvalidOperationException)
        {
            Connection.Outbound.AbortFlush();
            Connection.Close(CloseReason.WriteError);
        }
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
        if (discard || Connection.Outbound.IsQuiet) Dispose();
        else _ = LingerAsync();
    }

    private async Task LingerAsync()
    {
        long start = Stopwatch.GetTimestamp();
        while (!Connection.Outbound.IsQuiet && Stopwatch.GetElapsedTime(start) < LongestLinger)
            await Task.Delay(5).ConfigureAwait(false);
        Dispose();
    }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0) return;
        _closed.Cancel();
        _resume?.TrySetResult();
        _ = DisposeStreamAsync(_stream);
    }

    private static async Task DisposeStreamAsync(Stream stream)
    {
        try
        {
            await stream.DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException or InvalidOperationException)
        {
            // The peer is gone already.
        }
    }
}
