using System.Buffers.Binary;
using CsCheck;
using DotNats.Storage;
using Shouldly;
using Storage.Tests.Format;
using Xunit;

namespace Storage.Tests.Blocks;

public sealed class SealWalkTests
{
    private static readonly HighwayHash64 Hash = BlockFormat.HashOfBlock("S", 1);

    [Fact]
    public void Records_are_found_whatever_pieces_they_are_read_in() => Gen.Int[1, 400].Sample(piece =>
    {
        byte[] block = Block();
        var index = new RecordIndex();
        var records = new SealedRecords(Hash, index);
        for (int read = 0; read < block.Length;)
        {
            read = Math.Min(block.Length, read + piece);
            records.Look(block.AsSpan(0, read));
            records.Cover(block.Length).ShouldBe(read == block.Length);
        }

        var scanner = new BlockScanner([.. block], Hash);
        int at = 0;
        while (scanner.MoveNext())
        {
            if (scanner.Record.IsTombstone) continue;
            (index.SequenceAt(at), index.OffsetAt(at), index.Hashes[at]).ShouldBe((scanner.Record.Sequence, scanner.Offset, SubjectHash.Of(scanner.Record.Subject)));
            at++;
        }

        index.Count.ShouldBe(at);
    }, iter: 200);

    [Fact]
    public void A_bit_that_was_turned_over_ends_it_whichever_it_is() => Gen.Int[0, int.MaxValue].Sample(bit =>
    {
        byte[] block = Block();
        bit %= block.Length * 8;
        block[bit / 8] ^= (byte)(1 << (bit % 8));
        Covers(block).ShouldBeFalse();
    }, iter: 2000);

    [Fact]
    public void What_no_seal_vouches_for_is_not_covered()
    {
        byte[] block = Block();
        Covers(block).ShouldBeTrue();
        Covers([.. block, .. BlockFormatTests.Write(9, "some.subject", "", "payload")]).ShouldBeFalse();
        Covers([.. BlockFormatTests.Write(1, "some.subject", "", "payload"), .. block]).ShouldBeFalse();
        Covers(block[..^1]).ShouldBeFalse();
        Covers([.. block, 0]).ShouldBeFalse();
    }

    [Fact]
    public void Who_vouches_otherwise_for_long_records_is_left_to_the_scanner()
    {
        byte[] record = BlockFormatTests.Write(1, "some.subject", "", new string('x', 700));
        byte[] seal = new byte[SealFormat.RecordBytes];
        BinaryPrimitives.WriteInt32LittleEndian(seal.AsSpan(BlockFormat.HeaderBytes), record.Length);
        HighwayHash64 sum = Hash;
        sum.Append(record);
        BlockFormat.WriteAround(seal, BlockFormat.TombstoneBit, (long)sum.Finish(), Hash);
        Covers([.. record, .. seal]).ShouldBeFalse();
    }

    private static bool Covers(byte[] block)
    {
        var records = new SealedRecords(Hash, new RecordIndex());
        records.Look(block);
        return records.Cover(block.Length);
    }

    // Two batches, a tombstone among them, long records in both.
    private static byte[] Block()
    {
        var bytes = new List<byte>();
        int from = 0;
        for (ulong sequence = 2; sequence <= 7; sequence++)
        {
            bytes.AddRange(BlockFormatTests.Write(sequence, $"some.subject.{sequence}", sequence == 4 ? "NATS/1.0\r\n\r\n" : "", new string('x', sequence is 4 or 6 ? 700 : 20 * (int)sequence)));
            if (sequence == 3) AddTombstone(bytes);
            if (sequence is not (4 or 7)) continue;
            AddSeal(bytes, from);
            from = bytes.Count;
        }

        return [.. bytes];
    }

    private static void AddTombstone(List<byte> bytes)
    {
        byte[] record = new byte[BlockFormat.EmptyRecordBytes];
        BlockFormat.WriteEmpty(record, 2 | BlockFormat.TombstoneBit, timestamp: 1, Hash);
        bytes.AddRange(record);
    }

    private static void AddSeal(List<byte> bytes, int from)
    {
        byte[] record = new byte[SealFormat.RecordBytes];
        SealFormat.Write(record, bytes.Skip(from).ToArray(), endsBatch: true, Hash);
        bytes.AddRange(record);
    }
}
