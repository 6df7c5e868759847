using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace DotNats.Storage;

/// <summary>The bytes of message blocks, as nats-server 2.9 to 2.15 write and read them; nobody else knows how they lie.</summary>
/// <remarks>
/// A block is records one behind the other, little-endian:
/// <code>u32 length, bit 31 for headers | u64 sequence, bit 63 erased, bit 62 tombstone | i64 time | u16 subject length |
/// subject | [u32 headers length | headers] | payload | u64 HighwayHash</code>
/// The hash is over sequence and time, subject, headers and payload; its key is the SHA-256 of "stream name-block number".
/// </remarks>
internal static class BlockFormat
{
    /// <summary>Length, sequence, time and subject length.</summary>
    public const int HeaderBytes = 22;

    public const int ChecksumBytes = HighwayHash64.HashBytes;

    /// <summary>A record without anything: tombstones and placeholders of skipped sequences.</summary>
    public const int EmptyRecordBytes = HeaderBytes + ChecksumBytes;

    // Compat: nats-server takes a longer record for damage.
    public const int MaxRecordBytes = 32 * 1024 * 1024;

    public const ulong ErasedBit = 1UL << 63;

    public const ulong TombstoneBit = 1UL << 62;

    /// <summary>What nats-server writes as the time of nothing, and reads as August 1754: the year 1, of which 64 bits of nanoseconds keep only the lower ones.</summary>
    public const long NoTime = unchecked(-62_135_596_800L * 1_000_000_000);

    private const uint HeadersBit = 1u << 31;
    private const int HeadersLengthBytes = 4;
    private const int SequenceOffset = 4;
    private const int TimestampOffset = 12;
    private const int SubjectLengthOffset = 20;

    /// <summary>What a message takes in a block and counts for in a stream.</summary>
    public static long RecordBytes(int subject, int headers, int payload) =>
        (long)EmptyRecordBytes + subject + (headers > 0 ? HeadersLengthBytes + headers : 0) + payload;

    /// <summary>A message that can be read back.</summary>
    public static bool Fits(in NewMessage message) =>
        message.Subject.Length <= ushort.MaxValue
        && RecordBytes(message.Subject.Length, message.Headers.Length, message.Payload.Length) <= MaxRecordBytes;

    /// <summary>The checksum of a block's records, before anything is hashed.</summary>
    public static HighwayHash64 HashOfBlock(string stream, uint block) => HashOf(string.Create(null, $"{stream}-{block}"));

    /// <summary>The checksum of whatever has its name as its key: meta files.</summary>
    public static HighwayHash64 HashOf(string name) => new(SHA256.HashData(Encoding.UTF8.GetBytes(name)));

    /// <summary>Writes a message; the target has the length of its record.</summary>
    public static void Write(Span<byte> target, ulong sequence, in NewMessage message, in HighwayHash64 hash)
    {
        bool hasHeaders = message.Headers.Length > 0;
        WriteHead(target, (uint)target.Length | (hasHeaders ? HeadersBit : 0), sequence, message.Timestamp, message.Subject.Length);
        message.Subject.CopyTo(target[HeaderBytes..]);
        int at = HeaderBytes + message.Subject.Length;
        if (hasHeaders)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(target[at..], (uint)message.Headers.Length);
            message.Headers.CopyTo(target[(at + HeadersLengthBytes)..]);
            message.Payload.CopyTo(target[(at + HeadersLengthBytes + message.Headers.Length)..]);
        }
        else
        {
            message.Payload.CopyTo(target[at..]);
        }

        WriteChecksum(target, message.Subject.Length, hasHeaders, hash);
    }

    /// <summary>Writes a record without content: <paramref name="sequence"/> carries the bit that says what it is.</summary>
    public static void WriteEmpty(Span<byte> target, ulong sequence, long timestamp, in HighwayHash64 hash) =>
        WriteAround(target[..EmptyRecordBytes], sequence, timestamp, hash);

    /// <summary>Makes a record without subject of the payload that lies in it: writes what is before and behind that.</summary>
    public static void WriteAround(Span<byte> record, ulong sequence, long timestamp, in HighwayHash64 hash)
    {
        WriteHead(record, (uint)record.Length, sequence, timestamp, subjectLength: 0);
        WriteChecksum(record, subject: 0, hasHeaders: false, hash);
    }

    /// <summary>Bits of a record that no checksum of its own covers: of the lengths inside it.</summary>
    public static int UncheckedBits(in RecordView record) => 8 * (sizeof(ushort) + (record.HasHeaders ? HeadersLengthBytes : 0));

    /// <summary>Where in a record the unchecked bit of a number is.</summary>
    public static int UncheckedBit(in RecordView record, int number) =>
        number < 8 * sizeof(ushort) ? (8 * SubjectLengthOffset) + number : (8 * (HeaderBytes + record.Subject.Length)) + number - (8 * sizeof(ushort));

    /// <summary>Overwrites a message: the record keeps its length and its sequence, nothing else of it is left.</summary>
    public static void Erase(Span<byte> record, ulong sequence, in HighwayHash64 hash)
    {
        // Compat: nats-server fills with random bytes, counts them as payload and leaves no time.
        RandomNumberGenerator.Fill(record[HeaderBytes..^ChecksumBytes]);
        WriteAround(record, sequence | ErasedBit, timestamp: 0, hash);
    }

    /// <summary>Takes the record at the start of some bytes apart; false where its lengths are none a record can have. Does not look at its checksum.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out RecordView record)
    {
        record = default;
        if (bytes.Length < EmptyRecordBytes) return false;
        uint lengthWord = BinaryPrimitives.ReadUInt32LittleEndian(bytes);
        bool hasHeaders = (lengthWord & HeadersBit) != 0;
        uint length = lengthWord & ~HeadersBit;
        int subject = BinaryPrimitives.ReadUInt16LittleEndian(bytes[SubjectLengthOffset..]);
        uint least = (uint)(EmptyRecordBytes + subject + (hasHeaders ? HeadersLengthBytes : 0));
        if (length < least || length > bytes.Length || length > MaxRecordBytes) return false;

        uint headers = hasHeaders ? BinaryPrimitives.ReadUInt32LittleEndian(bytes[(HeaderBytes + subject)..]) : 0;
        if (headers > length - least) return false;
        record = new RecordView(
            bytes[..(int)length], BinaryPrimitives.ReadUInt64LittleEndian(bytes[SequenceOffset..]),
            BinaryPrimitives.ReadInt64LittleEndian(bytes[TimestampOffset..]), subject, hasHeaders ? (int)headers : -1);
        return true;
    }

    /// <summary>The subject of the record at the start of some bytes, of which it is known that there is one.</summary>
    public static ReadOnlySpan<byte> SubjectOf(ReadOnlySpan<byte> bytes) =>
        bytes.Slice(HeaderBytes, BinaryPrimitives.ReadUInt16LittleEndian(bytes[SubjectLengthOffset..]));

    /// <summary>The length that the record at the start of some bytes is said to have, whether it can be so or not; 0 where there is none.</summary>
    public static int SaidLength(ReadOnlySpan<byte> bytes) => bytes.Length < sizeof(uint) ? 0 : (int)(BinaryPrimitives.ReadUInt32LittleEndian(bytes) & ~HeadersBit);

    /// <summary>The record is as it was written.</summary>
    public static bool IsSound(in RecordView record, in HighwayHash64 hash) =>
        Checksum(record.Bytes, record.Subject.Length, record.HasHeaders, hash) == BinaryPrimitives.ReadUInt64LittleEndian(record.Bytes[^ChecksumBytes..]);

    private static void WriteHead(Span<byte> target, uint lengthWord, ulong sequence, long timestamp, int subjectLength)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(target, lengthWord);
        BinaryPrimitives.WriteUInt64LittleEndian(target[SequenceOffset..], sequence);
        BinaryPrimitives.WriteInt64LittleEndian(target[TimestampOffset..], timestamp);
        BinaryPrimitives.WriteUInt16LittleEndian(target[SubjectLengthOffset..], (ushort)subjectLength);
    }

    private static void WriteChecksum(Span<byte> record, int subject, bool hasHeaders, in HighwayHash64 hash) =>
        BinaryPrimitives.WriteUInt64LittleEndian(record[^ChecksumBytes..], Checksum(record, subject, hasHeaders, hash));

    // Subject and what follows lie side by side but for the length of headers; the hash sees them as one.
    private static ulong Checksum(ReadOnlySpan<byte> record, int subject, bool hasHeaders, in HighwayHash64 hash)
    {
        HighwayHash64 sum = hash;
        sum.Append(record[SequenceOffset..SubjectLengthOffset]);
        if (hasHeaders)
        {
            sum.Append(record.Slice(HeaderBytes, subject));
            sum.Append(record[(HeaderBytes + subject + HeadersLengthBytes)..^ChecksumBytes]);
        }
        else
        {
            sum.Append(record[HeaderBytes..^ChecksumBytes]);
        }

        return sum.Finish();
    }
}
