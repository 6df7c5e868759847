using System.Buffers;

namespace DotNats.Primitives;

/// <summary>Compresses what is written to it into another stream, which stays open.</summary>
// Owner: one writer at a time. Lifetime: disposing it writes what is held back. Invariant: nothing waits in _ready between two calls.
public sealed class S2WriteStream(Stream target) : Stream
{
    private readonly S2Encoder _encoder = new();
    private readonly ArrayBufferWriter<byte> _ready = new();
    private bool _isEnded;

    /// <inheritdoc/>
    public override bool CanRead => false;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => true;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    /// <inheritdoc/>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        _encoder.Append(buffer, _ready);
        WriteReady();
    }

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    /// <inheritdoc/>
    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        _encoder.Append(buffer.Span, _ready);
        return WriteReadyAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <summary>Does nothing: what is held back would make a small block of its own.</summary>
    public override void Flush()
    {
    }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        if (TryEnd()) await WriteReadyAsync(CancellationToken.None).ConfigureAwait(false);
        await base.DisposeAsync().ConfigureAwait(false);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing && TryEnd()) WriteReady();
        base.Dispose(disposing);
    }

    private bool TryEnd()
    {
        if (_isEnded) return false;
        _isEnded = true;
        _encoder.Flush(_ready);
        _encoder.Dispose();
        return true;
    }

    private void WriteReady()
    {
        if (_ready.WrittenCount == 0) return;
        target.Write(_ready.WrittenSpan);
        _ready.ResetWrittenCount();
    }

    private async ValueTask WriteReadyAsync(CancellationToken cancellationToken)
    {
        if (_ready.WrittenCount == 0) return;
        await target.WriteAsync(_ready.WrittenMemory, cancellationToken).ConfigureAwait(false);
        _ready.ResetWrittenCount();
    }
}
