using System.Buffers.Binary;

namespace DotNats.Storage;

/// <summary>Seals: records of ours among those of a block that vouch for the bytes before them.</summary>
/// <remarks>
/// Compat: to nats-server a seal is a tombstone of sequence 0, which deletes nothing. Its time is the sum of what it vouches for, its payload the
/// number of bytes, bit 31 for the end of a batch (what is behind it was written after all before it was safe) and bit 30 where long records are
/// among them, which count by their own checksums (<see cref="SealSum"/>). It was asked for by what the format leaves open: no checksum covers the
/// lengths inside a record.
/// </remarks>
internal static class SealFormat
{
    /// <summary>The number of bytes a seal vouches for.</summary>
    public const int PayloadBytes = 4;

    /// <summary>A seal.</summary>
    public const int RecordBytes = BlockFormat.EmptyRecordBytes + PayloadBytes;

    /// <summary>No seal vouches for many more bytes than this: damage to a length costs what one seal covers.</summary>
    public const int MostSealedBytes = 16 * 1024;

    private const uint BatchEndBit = 1u << 31;
    private const uint LongRecordsBit = 1u << 30;
    private const uint LengthBits = LongRecordsBit - 1;

    /// <summary>Writes a seal of records that end where it starts.</summary>
    public static void Write(Span<byte> target, ReadOnlySpan<byte> records, bool endsBatch, in HighwayHash64 hash)
    {
        var sum = new SealSum(hash);
        sum.Append(records);
        uint word = (uint)records.Length | (endsBatch ? BatchEndBit : 0) | (sum.HasLongRecords ? LongRecordsBit : 0);
        BinaryPrimitives.WriteUInt32LittleEndian(target[BlockFormat.HeaderBytes..], word);
        BlockFormat.WriteAround(target[..RecordBytes], BlockFormat.TombstoneBit, (long)sum.Finish(), hash);
    }

    /// <summary>How many bytes a seal vouches for.</summary>
    public static int SealedBytes(in RecordView seal) => (int)(Word(seal) & LengthBits);

    /// <summary>A seal is the last of a batch.</summary>
    public static bool EndsBatch(in RecordView seal) => (Word(seal) & BatchEndBit) != 0;

    /// <summary>The bytes are those the seal was made of.</summary>
    public static bool IsSealOf(in RecordView seal, ReadOnlySpan<byte> bytes, in HighwayHash64 hash)
    {
        if ((Word(seal) & LongRecordsBit) == 0)
        {
            HighwayHash64 whole = hash;
            whole.Append(bytes);
            return (long)whole.Finish() == seal.Timestamp;
        }

        var sum = new SealSum(hash);
        sum.Append(bytes, checks: true);
        return IsSealOf(seal, sum);
    }

    /// <summary>The records of a sum, of which the long ones were checked, are those the seal was made of.</summary>
    public static bool IsSealOf(in RecordView seal, SealSum sum) =>
        Word(seal) is var word && (word & LengthBits) == sum.Bytes && ((word & LongRecordsBit) != 0) == sum.HasLongRecords && !sum.HasFailed && (long)sum.Finish() == seal.Timestamp;

    private static uint Word(in RecordView seal) => BinaryPrimitives.ReadUInt32LittleEndian(seal.Payload);
}

/// <summary>The sum of what a seal vouches for.</summary>
/// <remarks>
/// Of short records all bytes: one hash over many is checked ten times as fast as theirs. Of a long record its head, the length of its headers and
/// its own checksum, which vouches for the rest: so that no long record is hashed twice when it is written.
/// </remarks>
// Lifetime: from one seal to the next.
internal struct SealSum(HighwayHash64 hash)
{
    // From here on the end of a hash costs less than half of another one over the same bytes.
    private const int LongRecordBytes = 512;

    private readonly HighwayHash64 _hash = hash;
    private HighwayHash64 _sum = hash;

    /// <summary>Bytes that were appended.</summary>
    public int Bytes { get; private set; }

    public bool HasLongRecords { get; private set; }

    /// <summary>A long record that was to be checked is not as it was written.</summary>
    public bool HasFailed { get; private set; }

    /// <summary>A record is appended by <see cref="AppendLong"/>.</summary>
    public static bool IsLong(in RecordView record) => record.Bytes.Length >= LongRecordBytes;

    /// <summary>Goes on with records of any length.</summary>
    /// <param name="checks">Looks at the checksums of long ones.</param>
    public void Append(ReadOnlySpan<byte> records, bool checks = false)
    {
        int from = 0;
        int at = 0;
        while (BlockFormat.TryRead(records[at..], out RecordView record))
        {
            int next = at + record.Bytes.Length;
            if (IsLong(record))
            {
                AppendShort(records[from..at]);
                AppendLong(record, checks);
                from = next;
            }

            at = next;
        }

        AppendShort(records[from..]);
    }

    /// <summary>Goes on with records none of which is long.</summary>
    public void AppendShort(ReadOnlySpan<byte> records)
    {
        _sum.Append(records);
        Bytes += records.Length;
    }

    /// <summary>Goes on with a long record.</summary>
    /// <param name="checks">Looks at its checksum.</param>
    public void AppendLong(in RecordView record, bool checks)
    {
        if (checks && !BlockFormat.IsSound(record, _hash)) HasFailed = true;
        HasLongRecords = true;
        ReadOnlySpan<byte> bytes = record.Bytes;
        _sum.Append(bytes[..BlockFormat.HeaderBytes]);
        _sum.Append(record.HeadersLengthBytes);
        _sum.Append(bytes[^BlockFormat.ChecksumBytes..]);
        Bytes += bytes.Length;
    }

    /// <summary>The sum of everything appended; the value is used up.</summary>
    public ulong Finish() => _sum.Finish();
}
