using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Threading.Tasks.Sources;

namespace DotNats.Server.Transport.Streams;

/// <summary>A socket as a stream, for connections that end by the thousand.</summary>
/// <remarks>
/// What NetworkStream does, but a peer that vanishes is an end of the stream and not an exception: a client that closes while the server says
/// goodbye is the rule, and exceptions took a quarter of the time of a short TLS connection (docs/adr/0012). Nothing is allocated per call.
/// </remarks>
// Owner: one reader and one writer at a time. Lifetime: disposing shuts the socket down, which ends calls under way; the last one closes it.
// Closing under a call would reset the connection, and what was sent last might never arrive.
internal sealed class SocketStream : Stream
{
    private readonly Socket _socket;
    private readonly Operation _receive;
    private readonly Operation _send;
    private volatile bool _leaving;
    private int _disposed;

    // Calls under way, and one for not being disposed.
    private int _users = 1;

    public SocketStream(Socket socket)
    {
        _socket = socket;
        _receive = new Operation(this, static (socket, operation) => socket.ReceiveAsync(operation));
        _send = new Operation(this, static (socket, operation) => socket.SendAsync(operation));
    }

    /// <summary>Why reading ended, where it was not the peer's orderly end.</summary>
    public SocketError ReadError { get; private set; }

    public bool HasFailed => ReadError != SocketError.Success;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException("A connection has no length.");

    public override long Position
    {
        get => throw new NotSupportedException("A connection has no position.");
        set => throw new NotSupportedException("A connection has no position.");
    }

    /// <summary>From here on nobody cares whether what is written arrives.</summary>
    public void Leave() => _leaving = true;

    /// <summary>Ends what waits on this stream without giving it up.</summary>
    public void Shutdown()
    {
        try
        {
            _socket.Shutdown(SocketShutdown.Both);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // The peer is gone already.
        }
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        // Only openings give up a read and go on with the stream; they are few.
        cancellationToken.CanBeCanceled ? _socket.ReceiveAsync(buffer, SocketFlags.None, cancellationToken) : ReceiveAsync(buffer);

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => _socket.Receive(buffer, offset, count, SocketFlags.None);

    public override void Write(byte[] buffer, int offset, int count) => _socket.Send(buffer, offset, count, SocketFlags.None);

    /// <exception cref="IOException">The peer is gone.</exception>
    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        _send.SetBuffer(System.Runtime.InteropServices.MemoryMarshal.AsMemory(buffer));
        ValueTask<int> sending = _send.Run();
        if (!sending.IsCompletedSuccessfully) return FinishAsync(sending, buffer);
        int sent = sending.Result;
        return sent == buffer.Length ? default : FinishAsync(new ValueTask<int>(sent), buffer);
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Flush()
    {
        // Nothing is held back.
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException("A connection cannot seek.");

    public override void SetLength(long value) => throw new NotSupportedException("A connection has no length.");

    protected override void Dispose(bool disposing)
    {
        if (disposing && Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            Shutdown();
            Release();
        }

        base.Dispose(disposing);
    }

    private ValueTask<int> ReceiveAsync(Memory<byte> buffer)
    {
        _receive.SetBuffer(buffer);
        ValueTask<int> receiving = _receive.Run();
        return receiving.IsCompletedSuccessfully ? new ValueTask<int>(Received(receiving.Result)) : AwaitReceiveAsync(receiving);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<int> AwaitReceiveAsync(ValueTask<int> receiving) => Received(await receiving.ConfigureAwait(false));

    private int Received(int count)
    {
        if (count >= 0) return count;
        ReadError = _receive.SocketError;
        return 0;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask FinishAsync(ValueTask<int> sending, ReadOnlyMemory<byte> buffer)
    {
        while (true)
        {
            int sent = await sending.ConfigureAwait(false);
            if (sent < 0)
            {
                if (_leaving) return;
                throw new IOException(_send.SocketError.ToString(), new SocketException((int)_send.SocketError));
            }

            if (sent == buffer.Length) return;
            buffer = buffer[sent..];
            _send.SetBuffer(System.Runtime.InteropServices.MemoryMarshal.AsMemory(buffer));
            sending = _send.Run();
        }
    }

    // False once the socket is closed: then nobody may begin.
    private bool TryUse()
    {
        int users = Volatile.Read(ref _users);
        while (users > 0)
        {
            int seen = Interlocked.CompareExchange(ref _users, users + 1, users);
            if (seen == users) return true;
            users = seen;
        }

        return false;
    }

    private void Release()
    {
        if (Interlocked.Decrement(ref _users) == 0) _socket.Dispose();
    }

    /// <summary>One direction's call, used again and again; gives the count, or -1 where it failed.</summary>
    private sealed class Operation(SocketStream stream, Func<Socket, SocketAsyncEventArgs, bool> start) : SocketAsyncEventArgs(true), IValueTaskSource<int>
    {
        private ManualResetValueTaskSourceCore<int> _source = new() { RunContinuationsAsynchronously = false };

        private int Outcome => SocketError == SocketError.Success ? BytesTransferred : -1;

        public ValueTask<int> Run()
        {
            if (!stream.TryUse())
            {
                SocketError = SocketError.OperationAborted;
                return new ValueTask<int>(-1);
            }

            _source.Reset();
            if (start(stream._socket, this)) return new ValueTask<int>(this, _source.Version);
            int outcome = Outcome;
            stream.Release();
            return new ValueTask<int>(outcome);
        }

        protected override void OnCompleted(SocketAsyncEventArgs e)
        {
            int outcome = Outcome;
            stream.Release();
            _source.SetResult(outcome);
        }

        public int GetResult(short token) => _source.GetResult(token);

        public ValueTaskSourceStatus GetStatus(short token) => _source.GetStatus(token);

        public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
            _source.OnCompleted(continuation, state, token, flags & ~ValueTaskSourceOnCompletedFlags.FlowExecutionContext);
    }
}
