using System.Buffers;
using DotNats.Primitives;

namespace DotNats.Storage;

/// <summary>The bytes of compressed blocks, as nats-server writes and reads them.</summary>
/// <remarks><code>"cmp" | algorithm, 1 for S2 | uvarint length of the records | S2 stream of all but their last eight bytes | these eight bytes</code></remarks>
internal static class CompressedBlock
{
    private const byte S2 = 1;
    private const int NameBytes = 3;

    // Name, algorithm and one byte of length.
    private const int LeastHeadBytes = 5;

    // A block of the largest size that one of the largest records ended. What claims more is damaged.
    private const int MaxRecordsBytes = BlockFormat.MaxRecordBytes + (16 * 1024 * 1024);

    private static ReadOnlySpan<byte> Name => "cmp"u8;

    /// <summary>Reads the head of a block file; false where it is none of a compressed one.</summary>
    /// <param name="length">Of the records.</param>
    /// <param name="head">Bytes before the stream.</param>
    public static bool TryReadHead(ReadOnlySpan<byte> file, out int length, out int head)
    {
        (length, head) = (0, 0);
        if (file.Length < LeastHeadBytes || !file.StartsWith(Name) || file[NameBytes] != S2) return false;
        ulong value = 0;
        for (int i = 0; i < 9 && NameBytes + 1 + i < file.Length; i++)
        {
            byte next = file[NameBytes + 1 + i];
            value |= (ulong)(next & 0x7F) << (7 * i);
            if (next >= 0x80) continue;
            (length, head) = ((int)Math.Min(value, int.MaxValue), NameBytes + 2 + i);
            return value is >= BlockFormat.EmptyRecordBytes and <= MaxRecordsBytes;
        }

        return false;
    }

    /// <summary>Writes the records of a block compressed.</summary>
    /// <param name="records">At least one.</param>
    public static void Encode(ReadOnlySpan<byte> records, IBufferWriter<byte> target)
    {
        target.Write(Name);
        Span<byte> head = target.GetSpan(1 + 10);
        head[0] = S2;
        int at = 1;
        for (uint rest = (uint)records.Length; ; rest >>= 7)
        {
            head[at++] = (byte)(rest < 0x80 ? rest : rest | 0x80);
            if (rest < 0x80) break;
        }

        target.Advance(at);
        S2Frames.Encode(records[..^BlockFormat.ChecksumBytes], target);
        target.Write(records[^BlockFormat.ChecksumBytes..]);
    }

    /// <summary>Reads the records of a compressed block. What is damaged is left as zeros, which are no records; the rest is where it belongs.</summary>
    /// <param name="target">As long as <see cref="TryReadHead"/> said.</param>
    public static void Decode(ReadOnlySpan<byte> file, int head, Span<byte> target)
    {
        if (file.Length < head + BlockFormat.ChecksumBytes)
        {
            target.Clear();
            return;
        }

        ReadOnlySpan<byte> frames = file[head..^BlockFormat.ChecksumBytes];
        file[^BlockFormat.ChecksumBytes..].CopyTo(target[^BlockFormat.ChecksumBytes..]);
        Span<byte> content = target[..^BlockFormat.ChecksumBytes];
        if (S2Frames.TryDecode(frames, content, out int written) && written == content.Length) return;
        content.Clear();
        DecodeWhatCanBe(frames, content);
    }

    private static void DecodeWhatCanBe(ReadOnlySpan<byte> frames, Span<byte> content)
    {
        const int headBytes = 4;
        const int checksumBytes = 4;
        const int identifierBytes = 10;
        if (frames.Length < identifierBytes) return;
        byte[] chunk = new byte[frames.Length];
        ((ReadOnlySpan<byte>)[0xFF, 6, 0, 0, .. "S2sTwO"u8]).CopyTo(chunk);
        int at = identifierBytes;
        int written = 0;
        while (frames.Length - at > headBytes + checksumBytes && written < content.Length)
        {
            int length = frames[at + 1] | frames[at + 2] << 8 | frames[at + 3] << 16;
            if (length <= checksumBytes || length > frames.Length - at - headBytes) return;
            ReadOnlySpan<byte> whole = frames.Slice(at, headBytes + length);
            int size = length - checksumBytes;
            if (whole[0] == 0 && !S2Block.TryReadLength(whole[(headBytes + checksumBytes)..], out size)) return;
            if (size > content.Length - written) return;
            whole.CopyTo(chunk.AsSpan(identifierBytes));
            Span<byte> place = content.Slice(written, size);
            if (!S2Frames.TryDecode(chunk.AsSpan(0, identifierBytes + whole.Length), place, out int decoded) || decoded != size) place.Clear();
            at += whole.Length;
            written += size;
        }
    }
}
