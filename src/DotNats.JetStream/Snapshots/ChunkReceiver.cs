using System.Threading.Channels;
using DotNats.Server;
using DotNats.Server.Accounts;
using DotNats.Server.InternalClients;

namespace DotNats.JetStream.Snapshots;

/// <summary>What somebody sends of an archive, as a stream: a chunk is acknowledged when all of it was read, an empty one is the end.</summary>
// Owner: one restore reads; publishers post. Lifetime: until disposed, which ends the subscription. Invariant: what waits is bounded; who sends more breaks his restore.
internal sealed class ChunkReceiver : Stream
{
    // Compat: nats-server's patience.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    // What a chunk takes besides its bytes: objects and a place in the queue.
    private const int ObjectBytes = 128;

    private readonly ServerCore _server;
    private readonly Account _account;
    private readonly WaitingChunks _waiting;
    private readonly string _what;
    private readonly InternalClient _client;
    private readonly Channel<InternalMessage> _chunks = Channel.CreateUnbounded<InternalMessage>(new UnboundedChannelOptions { SingleReader = true });
    private InternalMessage? _current;
    private int _read;
    private long _waitingBytes;

    /// <param name="waiting">What waits in all restores.</param>
    /// <param name="what">Names the restore in errors.</param>
    public ChunkReceiver(ServerCore server, Account account, WaitingChunks waiting, string subject, string what)
    {
        (_server, _account, _waiting, _what) = (server, account, waiting, what);
        _client = new InternalClient(server, account, "Stream restore");
        _client.Subscribe(subject, null, OnChunk);
    }

    /// <summary>Bytes of chunks so far.</summary>
    public long Received { get; private set; }

    /// <summary>The sender has sent all there is.</summary>
    public bool HasEnded { get; private set; }

    /// <summary>Where the sender waits for the outcome; empty for nowhere.</summary>
    public byte[] EndReply { get; private set; } = [];

    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => false;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    /// <summary>Reads some bytes; 0 at the end.</summary>
    /// <exception cref="TransferException">The sender breaks the rules, or sends nothing any more.</exception>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (buffer.IsEmpty || (_current is null && !await TakeNextAsync(cancellationToken).ConfigureAwait(false))) return 0;
        ReadOnlySpan<byte> left = _current!.Payload[_read..];
        int count = Math.Min(left.Length, buffer.Length);
        left[..count].CopyTo(buffer.Span);
        _read += count;
        if (count == left.Length) Finish();
        return count;
    }

    /// <inheritdoc/>
    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <summary>Acknowledges what still comes without looking at it, up to the end.</summary>
    // Compat: whether an archive could be used is told at its end, not before.
    public async Task DrainAsync(CancellationToken cancellationToken)
    {
        do
        {
            if (_current is not null) Finish();
        }
        while (await TakeNextAsync(cancellationToken).ConfigureAwait(false));
    }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void Flush()
    {
    }

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _client.Dispose();
            _chunks.Writer.TryComplete();
            // What nobody will read waits no longer; what still comes finds the channel closed.
            while (_chunks.Reader.TryRead(out InternalMessage? chunk)) Release(chunk);
            if (_current is not null) Release(_current);
            _current = null;
        }

        base.Dispose(disposing);
    }

    // The client's runner.
    private void OnChunk(InternalMessage chunk)
    {
        if (chunk.Reply.Length == 0) Break("requires reply subject for each chunk");
        else if (!_waiting.TryAdd(ref _waitingBytes, SizeOf(chunk))) Break("does not wait for acknowledgements");
        else if (!_chunks.Writer.TryWrite(chunk)) Release(chunk);
        else if (chunk.Payload.IsEmpty) TakeNoMore(chunk.Subscription);
    }

    // The end is there: whoever goes on sending finds nobody, however long the stream takes to be made.
    private void TakeNoMore(InternalSubscription subscription)
    {
        _chunks.Writer.TryComplete();
        subscription.Dispose();
    }

    // Headers say nothing in an archive, and are held all the same.
    private static int SizeOf(InternalMessage chunk) => chunk.Bytes + ObjectBytes;

    private void Release(InternalMessage chunk) => _waiting.Remove(ref _waitingBytes, SizeOf(chunk));

    private void Break(string why) => _chunks.Writer.TryComplete(new TransferException($"{_what} {why}"));

    private async ValueTask<bool> TakeNextAsync(CancellationToken cancellationToken)
    {
        if (HasEnded) return false;
        if (!_chunks.Reader.TryRead(out InternalMessage? next)) next = await WaitAsync(cancellationToken).ConfigureAwait(false);
        if (next.Payload.IsEmpty)
        {
            Release(next);
            HasEnded = true;
            EndReply = next.Reply;
            return false;
        }

        (_current, _read) = (next, 0);
        return true;
    }

    private async Task<InternalMessage> WaitAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _chunks.Reader.WaitToReadAsync(cancellationToken).AsTask().WaitAsync(Patience, _server.Time, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            throw new StalledException($"{_what} is stalled");
        }

        return await _chunks.Reader.ReadAsync(cancellationToken).ConfigureAwait(false);
    }

    private void Finish()
    {
        InternalMessage chunk = _current!;
        _current = null;
        Received += chunk.Payload.Length;
        Release(chunk);
        InternalPublisher.Publish(_server, _account, chunk.Reply, default, default, default);
    }
}
