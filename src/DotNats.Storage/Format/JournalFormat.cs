using System.Buffers.Binary;

namespace DotNats.Storage;

/// <summary>The head of a journal.</summary>
/// <param name="Generation">Told apart from any journal before: records of those do not count here.</param>
/// <param name="StateHash">Hash of the state it goes on from.</param>
/// <param name="FormerHash">Hash of the state before that one, which may still be in its place.</param>
internal readonly record struct JournalHead(ulong Generation, ulong StateHash, ulong FormerHash);

/// <summary>Bytes of the journal beside a consumer's state.</summary>
/// <remarks>
/// Grammar, little-endian: head = "DNJ1", u32 1 where it is sealed, u64 generation, u64 state hash, u64 former hash, u64 checksum of these;
/// then frames: u32 length, u32 part of the checksum of generation, place and length, u64 checksum of those and the payload, payload. The first frame has the whole
/// state, the others changes. Checksums are HighwayHash under the asset's name; the payload of a sealed journal is sealed with the asset's key.
/// </remarks>
// Immutable; any thread.
internal sealed class JournalFormat(string assetName)
{
    public const string FileName = "dotnats.jnl";
    public const int HeadBytes = 40;
    public const int FrameHeadBytes = 16;

    // A frame holds what collected in a fraction of a second, or a whole state.
    private const int MaxPayload = 1 << 30;

    private readonly HighwayHash64 _hash = BlockFormat.HashOf(assetName);

    public ulong HashOf(ReadOnlySpan<byte> bytes)
    {
        HighwayHash64 hash = _hash;
        hash.Append(bytes);
        return hash.Finish();
    }

    public void WriteHead(Span<byte> target, in JournalHead head, bool isSealed)
    {
        "DNJ1"u8.CopyTo(target);
        BinaryPrimitives.WriteUInt32LittleEndian(target[4..], isSealed ? 1u : 0);
        BinaryPrimitives.WriteUInt64LittleEndian(target[8..], head.Generation);
        BinaryPrimitives.WriteUInt64LittleEndian(target[16..], head.StateHash);
        BinaryPrimitives.WriteUInt64LittleEndian(target[24..], head.FormerHash);
        BinaryPrimitives.WriteUInt64LittleEndian(target[32..], HashOf(target[..32]));
    }

    /// <summary>Reads a head; false for what is none, or not as it was written.</summary>
    public bool TryReadHead(ReadOnlySpan<byte> file, out JournalHead head, out bool isSealed)
    {
        (head, isSealed) = (default, false);
        if (file.Length < HeadBytes || !file.StartsWith("DNJ1"u8) || BinaryPrimitives.ReadUInt64LittleEndian(file[32..]) != HashOf(file[..32])) return false;
        isSealed = BinaryPrimitives.ReadUInt32LittleEndian(file[4..]) != 0;
        head = new JournalHead(
            BinaryPrimitives.ReadUInt64LittleEndian(file[8..]), BinaryPrimitives.ReadUInt64LittleEndian(file[16..]), BinaryPrimitives.ReadUInt64LittleEndian(file[24..]));
        return true;
    }

    /// <summary>Writes a frame's head before its payload.</summary>
    /// <param name="frame">Head and payload.</param>
    /// <param name="place">Where the frame lies in the file.</param>
    public void WriteFrameHead(Span<byte> frame, ulong generation, long place)
    {
        int length = frame.Length - FrameHeadBytes;
        BinaryPrimitives.WriteUInt32LittleEndian(frame, (uint)length);
        HighwayHash64 hash = HashOfPlace(generation, place, length);
        BinaryPrimitives.WriteUInt32LittleEndian(frame[4..], ShortOf(hash));
        hash.Append(frame[FrameHeadBytes..]);
        BinaryPrimitives.WriteUInt64LittleEndian(frame[8..], hash.Finish());
    }

    /// <summary>The payload of a frame; false where none begins there or it is not as it was written.</summary>
    public bool TryReadFrame(ReadOnlySpan<byte> file, int place, ulong generation, out ReadOnlySpan<byte> payload)
    {
        payload = default;
        if (!TryReadLength(file, place, generation, out int length, out HighwayHash64 hash)) return false;
        if (length > file.Length - place - FrameHeadBytes) return false;
        ReadOnlySpan<byte> bytes = file.Slice(place + FrameHeadBytes, length);
        hash.Append(bytes);
        if (hash.Finish() != BinaryPrimitives.ReadUInt64LittleEndian(file[(place + 8)..])) return false;
        payload = bytes;
        return true;
    }

    private static uint ShortOf(HighwayHash64 hash) => (uint)hash.Finish();

    private bool TryReadLength(ReadOnlySpan<byte> file, int place, ulong generation, out int length, out HighwayHash64 hash)
    {
        (length, hash) = (0, default);
        if (place > file.Length - FrameHeadBytes) return false;
        uint stored = BinaryPrimitives.ReadUInt32LittleEndian(file[place..]);
        if (stored > MaxPayload) return false;
        length = (int)stored;
        hash = HashOfPlace(generation, place, length);
        return ShortOf(hash) == BinaryPrimitives.ReadUInt32LittleEndian(file[(place + 4)..]);
    }

    private HighwayHash64 HashOfPlace(ulong generation, long place, int length)
    {
        Span<byte> bytes = stackalloc byte[24];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, generation);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[8..], place);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[16..], length);
        HighwayHash64 hash = _hash;
        hash.Append(bytes);
        return hash;
    }
}
