using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using DotNats.Storage;

namespace Storage.Tests;

/// <summary>A record of a block as a test sees it.</summary>
internal sealed record WalkedRecord(ulong Sequence, string Subject, int HeaderBytes, string Payload, bool IsSound);

/// <summary>Reads plain blocks from the format's description alone, so that what tests expect does not come from the code they test.</summary>
internal static class RecordWalk
{
    private const uint HasHeaders = 1u << 31;

    public static List<WalkedRecord> Read(byte[] block, string stream, int index)
    {
        var keyed = new HighwayHash64(SHA256.HashData(Encoding.ASCII.GetBytes($"{stream}-{index}")));
        var records = new List<WalkedRecord>();
        for (int at = 0; at < block.Length;)
        {
            uint first = BinaryPrimitives.ReadUInt32LittleEndian(block.AsSpan(at));
            int length = (int)(first & ~HasHeaders);
            records.Add(Read(block.AsSpan(at, length), (first & HasHeaders) != 0, keyed));
            at += length;
        }

        return records;
    }

    private static WalkedRecord Read(ReadOnlySpan<byte> record, bool hasHeaders, HighwayHash64 hash)
    {
        int subjectLength = BinaryPrimitives.ReadUInt16LittleEndian(record[20..]);
        ReadOnlySpan<byte> subject = record.Slice(22, subjectLength);
        ReadOnlySpan<byte> body = record[(22 + subjectLength)..^8];
        int headerLength = hasHeaders ? BinaryPrimitives.ReadInt32LittleEndian(body) : 0;
        if (hasHeaders) body = body[4..];
        hash.Append(record[4..20]);
        hash.Append(subject);
        hash.Append(body[..headerLength]);
        hash.Append(body[headerLength..]);
        return new WalkedRecord(
            BinaryPrimitives.ReadUInt64LittleEndian(record[4..]), Encoding.UTF8.GetString(subject), headerLength, Encoding.UTF8.GetString(body[headerLength..]),
            hash.Finish() == BinaryPrimitives.ReadUInt64LittleEndian(record[^8..]));
    }
}
