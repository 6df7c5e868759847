using CsCheck;
using DotNats.Storage;
using Shouldly;
using Storage.Tests.Format;
using Xunit;

namespace Storage.Tests.Blocks;

public sealed class BlockScannerTests
{
    private static readonly HighwayHash64 Hash = BlockFormat.HashOfBlock("S", 1);

    [Fact]
    public void Every_record_of_a_sound_block_is_found()
    {
        (List<ulong> found, List<(int, int)> damaged, int end) = Scan(Block(5, 20, out int[] offsets));
        found.ShouldBe([1, 2, 3, 4, 5]);
        damaged.ShouldBeEmpty();
        end.ShouldBe(offsets[5]);
    }

    [Fact]
    public void Records_behind_a_flipped_bit_are_found_again_whichever_bit_it_is() => Gen.Int[0, int.MaxValue].Sample(bit =>
    {
        byte[] block = Block(5, 20, out int[] offsets);
        bit %= (offsets[4] * 8);
        block[bit / 8] ^= (byte)(1 << (bit % 8));
        int hit = 0;
        while (bit / 8 >= offsets[hit + 1]) hit++;

        (List<ulong> found, List<(int From, int To)> damaged, int end) = Scan(block);
        end.ShouldBe(block.Length);
        foreach (ulong other in (ulong[])[1, 2, 3, 4, 5])
        {
            if (other != (ulong)hit + 1) found.ShouldContain(other);
        }

        // What a record's subject length says is under no checksum: nats-server's format has that gap.
        if (bit / 8 - offsets[hit] is 20 or 21) return;
        damaged.ShouldHaveSingleItem().ShouldBe((offsets[hit], offsets[hit + 1]));
    }, iter: 2000);

    [Fact]
    public void A_flipped_bit_in_a_sealed_block_never_passes_whichever_bit_it_is() => Gen.Int[0, int.MaxValue].Sample(bit =>
    {
        byte[] block = Sealed(Block(5, 20, out _));
        bit %= (block.Length - BlockFormat.SealRecordBytes) * 8;
        block[bit / 8] ^= (byte)(1 << (bit % 8));
        (List<ulong> found, List<(int From, int To)> damaged, _) = Scan(block);
        damaged.ShouldHaveSingleItem();
        found.Count.ShouldBeLessThan(5);
    }, iter: 5000);

    [Fact]
    public void Seals_are_passed_by_and_vouch_for_what_is_before_them()
    {
        byte[] block = [.. Sealed(Block(3, 20, out _)), .. Sealed(Block(2, 20, out _, first: 4))];
        (List<ulong> found, List<(int, int)> damaged, int end) = Scan(block);
        found.ShouldBe([1, 2, 3, 4, 5]);
        damaged.ShouldBeEmpty();
        end.ShouldBe(block.Length);
    }

    [Fact]
    public void A_seal_that_no_longer_fits_because_records_before_it_were_taken_out_is_ignored()
    {
        byte[] block = Sealed(Block(5, 20, out int[] offsets));
        byte[] compacted = [.. block[offsets[2]..]];
        (List<ulong> found, List<(int, int)> damaged, _) = Scan(compacted);
        found.ShouldBe([3, 4, 5]);
        damaged.ShouldBeEmpty();
    }

    [Fact]
    public void A_seal_does_not_forbid_that_a_message_is_erased()
    {
        byte[] block = Sealed(Block(5, 20, out int[] offsets));
        BlockFormat.Erase(block.AsSpan(offsets[2]..offsets[3]), 3, Hash);
        (List<ulong> found, List<(int, int)> damaged, _) = Scan(block);
        found.ShouldBe([1, 2, 3, 4, 5]);
        damaged.ShouldBeEmpty();
    }

    [Fact]
    public void Bytes_at_the_end_that_are_no_record_are_left_over()
    {
        byte[] block = Block(3, 20, out int[] offsets);
        (List<ulong> found, _, int end) = Scan(block[..^5]);
        found.ShouldBe([1, 2]);
        end.ShouldBe(offsets[2]);
    }

    [Fact]
    public void Anything_at_all_is_scanned_to_its_end() => Gen.Byte.Array[0, 2000].Sample(bytes => Scan(bytes).Found.Count.ShouldBe(0));

    [Fact]
    public void A_block_made_to_be_slow_ends_soon()
    {
        // Every 22 bytes look like the head of a record that reaches to the end of the block.
        byte[] block = new byte[4 * 1024 * 1024];
        for (int at = 0; at + 22 < block.Length; at += 22)
        {
            BitConverter.TryWriteBytes(block.AsSpan(at), (uint)(block.Length - at));
            BitConverter.TryWriteBytes(block.AsSpan(at + 4), (ulong)at + 1);
        }

        Scan(block).Found.ShouldBeEmpty();
    }

    private static (List<ulong> Found, List<(int From, int To)> Damaged, int End) Scan(byte[] bytes)
    {
        var found = new List<ulong>();
        var damaged = new List<(int, int)>();
        var scanner = new BlockScanner(bytes, Hash);
        while (scanner.MoveNext())
        {
            if (scanner.DamagedFrom < scanner.Offset) damaged.Add((scanner.DamagedFrom, scanner.Offset));
            found.Add(scanner.Record.Sequence);
        }

        if (scanner.DamagedFrom < scanner.SoundEnd) damaged.Add((scanner.DamagedFrom, scanner.SoundEnd));
        return (found, damaged, scanner.SoundEnd);
    }

    private static byte[] Sealed(byte[] records)
    {
        byte[] block = [.. records, .. new byte[BlockFormat.SealRecordBytes]];
        BlockFormat.WriteSeal(block.AsSpan(records.Length), records, Hash);
        return block;
    }

    private static byte[] Block(int count, int payload, out int[] offsets, ulong first = 1)
    {
        var bytes = new List<byte>();
        offsets = new int[count + 1];
        for (int i = 0; i < count; i++)
        {
            bytes.AddRange(BlockFormatTests.Write((ulong)i + first, "some.subject", "", new string('x', payload)));
            offsets[i + 1] = bytes.Count;
        }

        return [.. bytes];
    }
}
