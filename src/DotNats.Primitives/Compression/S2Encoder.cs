using System.Buffers;

namespace DotNats.Primitives;

/// <summary>Writes an S2 stream piece by piece.</summary>
// Owner: one writer at a time. Lifetime: Dispose returns the pooled block. Invariant: less than one block of content is held back.
public sealed class S2Encoder : IDisposable
{
    /// <summary>Content of a chunk. The reference's own: larger finds more, smaller is read with less memory.</summary>
    public const int UsualBlockBytes = 1 << 20;

    private readonly int _blockBytes;
    private byte[] _block = [];
    private int _held;
    private bool _isStarted;

    /// <param name="blockBytes">Content of a chunk, up to <see cref="S2Block.MaxContentBytes"/>.</param>
    public S2Encoder(int blockBytes = UsualBlockBytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(blockBytes);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(blockBytes, S2Block.MaxContentBytes);
        _blockBytes = blockBytes;
    }

    /// <summary>Takes content; every block that is full is written.</summary>
    public void Append(ReadOnlySpan<byte> content, IBufferWriter<byte> target)
    {
        while (_held + content.Length >= _blockBytes)
        {
            ReadOnlySpan<byte> part = content[..(_blockBytes - _held)];
            if (_held == 0) WriteChunk(part, target);
            else
            {
                Hold(part);
                Flush(target);
            }

            content = content[part.Length..];
        }

        Hold(content);
    }

    /// <summary>Writes what is held back. What is written so far is then a whole stream, and more may follow.</summary>
    public void Flush(IBufferWriter<byte> target)
    {
        WriteChunk(_block.AsSpan(0, _held), target);
        _held = 0;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_block.Length > 0) ArrayPool<byte>.Shared.Return(_block);
        _block = [];
        _held = 0;
    }

    private void WriteChunk(ReadOnlySpan<byte> content, IBufferWriter<byte> target)
    {
        if (!_isStarted) FrameFormat.WriteIdentifier(target, FrameFormat.S2Name);
        _isStarted = true;
        if (!content.IsEmpty) FrameFormat.WriteChunk(target, content, isSnappy: false);
    }

    private void Hold(ReadOnlySpan<byte> content)
    {
        if (content.IsEmpty) return;
        if (_block.Length == 0) _block = ArrayPool<byte>.Shared.Rent(_blockBytes);
        content.CopyTo(_block.AsSpan(_held));
        _held += content.Length;
    }
}
