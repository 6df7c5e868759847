using System.Net.Sockets;

namespace DotNats.Server.Transport.Streams;

/// <summary>A stream whose first bytes were read already: gives them out again, then passes everything on.</summary>
/// <remarks>Remembers how its reading began and ended, for the log of a handshake that fails.</remarks>
// Owner: whoever reads the stream above; reads and writes pass each other.
internal sealed class OpeningStream(Stream inner, byte[] first) : Stream
{
    private int _given;

    /// <summary>Bytes given out so far.</summary>
    public long ReadBytes { get; private set; }

    /// <summary>The first byte, -1 before there was one.</summary>
    public int FirstByte { get; private set; } = -1;

    /// <summary>The peer has ended its side.</summary>
    public bool Ended { get; private set; }

    /// <summary>The peer broke the connection instead of ending it.</summary>
    public bool WasReset => inner is SocketStream { ReadError: SocketError.ConnectionReset };

    /// <summary>Ends what waits on the stream below.</summary>
    public void Shutdown()
    {
        if (inner is SocketStream socket) socket.Shutdown();
        else inner.Dispose();
    }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException("A connection has no length.");

    public override long Position
    {
        get => throw new NotSupportedException("A connection has no position.");
        set => throw new NotSupportedException("A connection has no position.");
    }

    public override int Read(byte[] buffer, int offset, int count) => TryGive(buffer.AsSpan(offset, count), out int given)
        ? given
        : Note(buffer.AsSpan(offset, count), inner.Read(buffer, offset, count));

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (TryGive(buffer.Span, out int given)) return new ValueTask<int>(given);
        // After the handshake nobody asks how it began: no state machine per read.
        return FirstByte >= 0 ? inner.ReadAsync(buffer, cancellationToken) : ReadFirstAsync(buffer, cancellationToken);
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Write(byte[] buffer, int offset, int count) => inner.Write(buffer, offset, count);

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => inner.WriteAsync(buffer, cancellationToken);

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        inner.WriteAsync(buffer, offset, count, cancellationToken);

    public override void Flush() => inner.Flush();

    public override Task FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException("A connection cannot seek.");

    public override void SetLength(long value) => throw new NotSupportedException("A connection has no length.");

    public override async ValueTask DisposeAsync()
    {
        await inner.DisposeAsync().ConfigureAwait(false);
        await base.DisposeAsync().ConfigureAwait(false);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) inner.Dispose();
        base.Dispose(disposing);
    }

    private bool TryGive(Span<byte> buffer, out int given)
    {
        given = Math.Min(buffer.Length, first.Length - _given);
        if (_given == first.Length) return false;
        first.AsSpan(_given, given).CopyTo(buffer);
        _given += given;
        Note(buffer, given);
        return true;
    }

    private async ValueTask<int> ReadFirstAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        int read = await inner.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        return Note(buffer.Span, read);
    }

    private int Note(ReadOnlySpan<byte> buffer, int read)
    {
        ReadBytes += read;
        if (read == 0 && !buffer.IsEmpty) Ended = true;
        if (read > 0 && FirstByte < 0) FirstByte = buffer[0];
        return read;
    }
}
