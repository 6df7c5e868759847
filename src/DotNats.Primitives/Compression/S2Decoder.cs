using System.Buffers;
using System.Buffers.Binary;

namespace DotNats.Primitives;

/// <summary>What <see cref="S2Decoder.Read"/> came to.</summary>
public enum S2Status
{
    /// <summary>The source is used up.</summary>
    NeedsMore,

    /// <summary>One chunk's content was decoded; there may be more in the source.</summary>
    Content,

    /// <summary>This is no S2 stream, or not the one that was written. It stays so.</summary>
    Damaged,
}

/// <summary>Reads an S2 or Snappy stream piece by piece: chunk by chunk, so that a small source cannot ask for much memory at once.</summary>
// Owner: one reader at a time. Lifetime: Dispose returns the pooled buffers. Invariant: 0 <= _held <= _wanted; at most one chunk and its content are held.
public sealed class S2Decoder : IDisposable
{
    private readonly byte[] _head = new byte[FrameFormat.HeadBytes];
    private byte[] _chunk = [];
    private byte[] _content = [];
    private int _headHeld;
    private int _held;
    private int _maxContent;
    private bool _isDamaged;

    /// <summary>The stream may end here: nothing of a chunk is missing.</summary>
    public bool IsWhole => _headHeld == 0 && !_isDamaged;

    /// <summary>It is damaged because content is not what its checksum says.</summary>
    public bool HasWrongChecksum { get; private set; }

    /// <summary>Decodes the next chunk, or takes what there is of it.</summary>
    /// <param name="source">What was used is cut off.</param>
    /// <param name="content">Never empty with <see cref="S2Status.Content"/>; valid until the next call and as long as the source.</param>
    public S2Status Read(ref ReadOnlySpan<byte> source, out ReadOnlySpan<byte> content)
    {
        content = default;
        while (!_isDamaged)
        {
            if (!TryTakeHead(ref source)) return S2Status.NeedsMore;
            int length = (int)(BinaryPrimitives.ReadUInt32LittleEndian(_head) >> 8);
            if (!IsAcceptable(_head[0], length)) break;
            if (IsSkippable(_head[0]))
            {
                if (!TrySkip(ref source, length)) return S2Status.NeedsMore;
                continue;
            }

            if (!TryTakeChunk(ref source, length, out ReadOnlySpan<byte> chunk)) return S2Status.NeedsMore;
            if (!TryDecode(_head[0], chunk, out content)) break;
            if (!content.IsEmpty) return S2Status.Content;
        }

        _isDamaged = true;
        content = default;
        return S2Status.Damaged;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_chunk.Length > 0) ArrayPool<byte>.Shared.Return(_chunk);
        if (_content.Length > 0) ArrayPool<byte>.Shared.Return(_content);
        (_chunk, _content, _isDamaged) = ([], [], true);
    }

    private static bool IsSkippable(byte type) => type is >= FrameFormat.FirstSkippable and not FrameFormat.IdentifierChunk;

    // A stream begins with an identifier; what is not known and may not be passed over ends it, and so does what is too long to be true.
    private bool IsAcceptable(byte type, int length)
    {
        if (type == FrameFormat.IdentifierChunk) return length == FrameFormat.IdentifierBytes;
        if (_maxContent == 0) return false;
        if (IsSkippable(type)) return true;
        int most = type == FrameFormat.CompressedChunk ? S2Block.MaxEncodedLength(_maxContent) : _maxContent;
        return type <= FrameFormat.StoredChunk && length >= FrameFormat.ChecksumBytes && length - FrameFormat.ChecksumBytes <= most;
    }

    private bool TryTakeHead(ref ReadOnlySpan<byte> source)
    {
        int taken = Math.Min(FrameFormat.HeadBytes - _headHeld, source.Length);
        source[..taken].CopyTo(_head.AsSpan(_headHeld));
        _headHeld += taken;
        source = source[taken..];
        return _headHeld == FrameFormat.HeadBytes;
    }

    private bool TrySkip(ref ReadOnlySpan<byte> source, int length)
    {
        int taken = Math.Min(length - _held, source.Length);
        _held += taken;
        source = source[taken..];
        if (_held < length) return false;
        EndChunk();
        return true;
    }

    // A chunk that lies whole in the source is decoded there; only one that comes in pieces is put together.
    private bool TryTakeChunk(ref ReadOnlySpan<byte> source, int length, out ReadOnlySpan<byte> chunk)
    {
        if (_held == 0 && source.Length >= length)
        {
            chunk = source[..length];
            source = source[length..];
            EndChunk();
            return true;
        }

        int taken = Math.Min(length - _held, source.Length);
        Room(ref _chunk, length);
        source[..taken].CopyTo(_chunk.AsSpan(_held));
        _held += taken;
        source = source[taken..];
        chunk = _chunk.AsSpan(0, _held);
        if (_held < length) return false;
        EndChunk();
        return true;
    }

    private void EndChunk() => _held = _headHeld = 0;

    private bool TryDecode(byte type, ReadOnlySpan<byte> chunk, out ReadOnlySpan<byte> content)
    {
        content = default;
        if (type == FrameFormat.IdentifierChunk)
        {
            _maxContent = chunk.SequenceEqual(FrameFormat.S2Name) ? S2Block.MaxContentBytes : chunk.SequenceEqual(FrameFormat.SnappyName) ? FrameFormat.MaxSnappyContent : 0;
            return _maxContent > 0;
        }

        uint checksum = BinaryPrimitives.ReadUInt32LittleEndian(chunk);
        ReadOnlySpan<byte> data = chunk[FrameFormat.ChecksumBytes..];
        if (type == FrameFormat.CompressedChunk && !TryDecodeBlock(data, out data)) return false;
        HasWrongChecksum = FrameFormat.Checksum(data) != checksum;
        if (HasWrongChecksum) return false;
        content = data;
        return true;
    }

    private bool TryDecodeBlock(ReadOnlySpan<byte> block, out ReadOnlySpan<byte> content)
    {
        content = default;
        if (!S2Block.TryReadLength(block, out int length) || length > _maxContent) return false;
        Room(ref _content, length);
        if (!S2Block.TryDecode(block, _content.AsSpan(0, length))) return false;
        content = _content.AsSpan(0, length);
        return true;
    }

    // Called before anything of a chunk is held, so nothing needs to be kept. IsAcceptable and _maxContent bound what a head can ask for.
    private static void Room(ref byte[] buffer, int length)
    {
        if (buffer.Length >= length) return;
        if (buffer.Length > 0) ArrayPool<byte>.Shared.Return(buffer);
        buffer = ArrayPool<byte>.Shared.Rent(length);
    }
}
