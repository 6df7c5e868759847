using System.IO.Pipelines;

namespace DotNats.Server.Transport.Streams;

/// <summary>One end of a byte stream inside the process.</summary>
// Two pipes crosswise; the pipes bound what waits and wake readers off the writer's thread.
internal sealed class DuplexPipeStream(PipeReader reader, PipeWriter writer) : Stream
{
    private readonly Stream _input = reader.AsStream();
    private readonly Stream _output = writer.AsStream();

    /// <summary>Two connected ends.</summary>
    public static (Stream Server, Stream Client) CreatePair()
    {
        // Writers wait at 256 KiB, as producers do on a socket.
        var options = new PipeOptions(pauseWriterThreshold: 256 * 1024, resumeWriterThreshold: 128 * 1024, useSynchronizationContext: false);
        var toServer = new Pipe(options);
        var toClient = new Pipe(options);
        return (new DuplexPipeStream(toServer.Reader, toClient.Writer), new DuplexPipeStream(toClient.Reader, toServer.Writer));
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

    public override int Read(byte[] buffer, int offset, int count) => _input.Read(buffer, offset, count);

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => _input.ReadAsync(buffer, cancellationToken);

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Write(byte[] buffer, int offset, int count) => WriteAsync(buffer.AsMemory(offset, count)).AsTask().GetAwaiter().GetResult();

    /// <exception cref="IOException">The other end is closed: nobody will read this, as on a socket.</exception>
    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        ValueTask<FlushResult> writing = writer.WriteAsync(buffer, cancellationToken);
        if (!writing.IsCompletedSuccessfully) return FinishAsync(writing);
        return writing.Result.IsCompleted ? ValueTask.FromException(Gone()) : default;
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Flush() => _output.Flush();

    public override Task FlushAsync(CancellationToken cancellationToken) => _output.FlushAsync(cancellationToken);

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException("A connection cannot seek.");

    public override void SetLength(long value) => throw new NotSupportedException("A connection has no length.");

    private static async ValueTask FinishAsync(ValueTask<FlushResult> writing)
    {
        FlushResult result = await writing.ConfigureAwait(false);
        if (result.IsCompleted) throw Gone();
    }

    private static IOException Gone() => new("The other end of the connection is closed.");

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            // A read that waits ends, as it does on a socket.
            reader.CancelPendingRead();
            _output.Dispose();
            _input.Dispose();
        }

        base.Dispose(disposing);
    }
}
