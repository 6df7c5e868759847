using System.Buffers;

namespace DotNats.Primitives;

/// <summary>Decompresses another stream, which stays open.</summary>
/// <remarks>Reading throws <see cref="InvalidDataException"/> where the source is no S2 or Snappy stream, is damaged or ends too early.</remarks>
// Owner: one reader at a time. Lifetime: Dispose returns the buffers. Invariant: _content is what the decoder gave last and nobody has read yet.
public sealed class S2ReadStream(Stream source) : Stream
{
    private const int InputBytes = 64 * 1024;

    private readonly S2Decoder _decoder = new();
    private byte[] _input = ArrayPool<byte>.Shared.Rent(InputBytes);
    private int _inputStart;
    private int _inputEnd;
    private byte[] _content = [];
    private int _contentStart;
    private int _contentEnd;

    /// <summary>It was damaged because content is not what its checksum says.</summary>
    public bool HasWrongChecksum => _decoder.HasWrongChecksum;

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

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer)
    {
        while (!buffer.IsEmpty && !HasContent())
        {
            if (!TryFill(source.Read(_input))) return 0;
        }

        return Take(buffer);
    }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    /// <inheritdoc/>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (!buffer.IsEmpty && !HasContent())
        {
            if (!TryFill(await source.ReadAsync(_input, cancellationToken).ConfigureAwait(false))) return 0;
        }

        return Take(buffer.Span);
    }

    /// <inheritdoc/>
    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

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
            _decoder.Dispose();
            if (_input.Length > 0) ArrayPool<byte>.Shared.Return(_input);
            if (_content.Length > 0) ArrayPool<byte>.Shared.Return(_content);
            (_input, _content) = ([], []);
            (_inputStart, _inputEnd, _contentStart, _contentEnd) = (0, 0, 0, 0);
        }

        base.Dispose(disposing);
    }

    // Decodes from the input until there is content or nothing is left of the input.
    private bool HasContent()
    {
        if (_contentStart < _contentEnd) return true;
        ReadOnlySpan<byte> input = _input.AsSpan(_inputStart, _inputEnd - _inputStart);
        S2Status status = _decoder.Read(ref input, out ReadOnlySpan<byte> content);
        _inputStart = _inputEnd - input.Length;
        if (status == S2Status.Damaged) throw new InvalidDataException("the S2 stream is damaged");
        if (status == S2Status.NeedsMore) return false;
        Keep(content);
        return true;
    }

    // A copy: what the decoder gives may lie in the input, which the next read overwrites.
    private void Keep(ReadOnlySpan<byte> content)
    {
        if (_content.Length < content.Length)
        {
            if (_content.Length > 0) ArrayPool<byte>.Shared.Return(_content);
            _content = ArrayPool<byte>.Shared.Rent(content.Length);
        }

        content.CopyTo(_content);
        (_contentStart, _contentEnd) = (0, content.Length);
    }

    private bool TryFill(int read)
    {
        (_inputStart, _inputEnd) = (0, read);
        if (read == 0 && !_decoder.IsWhole) throw new InvalidDataException("the S2 stream ends inside a chunk");
        return read > 0;
    }

    private int Take(Span<byte> buffer)
    {
        int taken = Math.Min(buffer.Length, _contentEnd - _contentStart);
        _content.AsSpan(_contentStart, taken).CopyTo(buffer);
        _contentStart += taken;
        return taken;
    }
}
