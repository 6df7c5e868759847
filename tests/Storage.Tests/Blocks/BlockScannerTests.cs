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
    public void Records_behind_damage_are_found_again_wherever_it_is() => Gen.Int[0, int.MaxValue].Sample(place =>
    {
        byte[] block = Block(5, 20, out int[] offsets);
        place %= offsets[4];
        block[place] ^= 0x5A;
        int hit = 0;
        while (place >= offsets[hit + 1]) hit++;

        (List<ulong> found, List<(int From, int To)> damaged, int end) = Scan(block);
        end.ShouldBe(block.Length);
        foreach (ulong other in (ulong[])[1, 2, 3, 4, 5])
        {
            if (other != (ulong)hit + 1) found.ShouldContain(other);
        }

        // What a record's subject length says is under no checksum: nats-server's format has that gap.
        if (place - offsets[hit] is 20 or 21) return;
        damaged.ShouldHaveSingleItem().ShouldBe((offsets[hit], offsets[hit + 1]));
    }, iter: 1000);

    [Theory]
    [InlineData(20)]
    [InlineData(700)]
    public void A_bit_that_was_turned_over_is_turned_back_whichever_it_is(int payload) => Gen.Int[0, int.MaxValue].Sample(bit =>
    {
        byte[] sound = Sealed([.. Block(4, payload, out _), .. Tombstone(2)]);
        byte[] block = [.. sound];
        bit %= block.Length * 8;
        block[bit / 8] ^= (byte)(1 << (bit % 8));
        (List<ulong> found, List<(int From, int To)> damaged, int end) = Scan(block, out List<int> repaired);
        repaired.ShouldBe([bit / 8]);
        block.ShouldBe(sound);
        damaged.ShouldBeEmpty();
        found.ShouldBe([1, 2, 3, 4, 2]);
        end.ShouldBe(block.Length);
    }, iter: 2000);

    [Fact]
    public void Of_a_long_message_only_the_head_is_turned_back()
    {
        byte[] block = Sealed(Block(3, 5000, out int[] offsets));
        block[offsets[1] + 4] ^= 2;
        Scan(block, out List<int> repaired).Found.ShouldBe([1, 2, 3]);
        repaired.ShouldBe([offsets[1] + 4]);
        block[offsets[1] + 400] ^= 2;
        Scan(block).Found.ShouldBe([1, 3]);
    }

    [Fact]
    public void What_lies_behind_damage_in_its_batch_is_known()
    {
        byte[] block = [.. Sealed(Block(2, 20, out int[] offsets)), .. Sealed([.. Block(1, 20, out _, first: 3), .. Tombstone(1)], endsBatch: true), .. Sealed(Tombstone(2))];
        block.AsSpan(offsets[1], 10).Clear();
        var scanner = new BlockScanner(block, Hash);
        var seen = new List<(ulong Sequence, int Batch, bool IsBehindDamage)>();
        while (scanner.MoveNext()) seen.Add((scanner.Record.Sequence, scanner.Batch, scanner.IsBehindDamage));
        seen.ShouldBe([(1, 0, false), (3, 0, true), (1, 0, true), (2, 1, false)]);
    }

    [Fact]
    public void A_seal_that_was_being_made_anew_casts_no_doubt_on_what_is_behind_it()
    {
        byte[] first = Sealed(Block(2, 20, out _), endsBatch: true);
        byte[] block = [.. first, .. Sealed(Tombstone(1), endsBatch: true)];
        block.AsSpan(first.Length - 10, 10).Clear();
        var scanner = new BlockScanner(block, Hash);
        var seen = new List<(ulong Sequence, bool IsBehindDamage)>();
        while (scanner.MoveNext()) seen.Add((scanner.Record.Sequence, scanner.IsBehindDamage));
        seen.ShouldBe([(1, false), (2, false), (1, false)]);
    }

    [Theory]
    [InlineData(20)]
    [InlineData(700)]
    public void Where_the_lengths_of_two_records_are_damaged_none_under_their_seal_is_believed(int payload)
    {
        byte[] block = [.. Sealed(Block(5, payload, out int[] offsets)), .. Sealed(Block(2, 20, out _, first: 6))];
        block[offsets[1] + 20] ^= 1;
        block[offsets[3] + 20] ^= 2;
        (List<ulong> found, List<(int From, int To)> damaged, _) = Scan(block);
        damaged.ShouldHaveSingleItem();
        found.ShouldBe([6, 7]);
    }

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

    private static (List<ulong> Found, List<(int From, int To)> Damaged, int End) Scan(byte[] bytes) => Scan(bytes, out _);

    private static (List<ulong> Found, List<(int From, int To)> Damaged, int End) Scan(byte[] bytes, out List<int> repaired)
    {
        repaired = [];
        var found = new List<ulong>();
        var damaged = new List<(int, int)>();
        var scanner = new BlockScanner(bytes, Hash);
        while (scanner.MoveNext())
        {
            if (scanner.DamagedFrom < scanner.Offset) damaged.Add((scanner.DamagedFrom, scanner.Offset));
            if (scanner.RepairedAt >= 0) repaired.Add(scanner.RepairedAt);
            found.Add(scanner.Record.Sequence);
        }

        if (scanner.RepairedAt >= 0) repaired.Add(scanner.RepairedAt);
        if (scanner.DamagedFrom < scanner.SoundEnd) damaged.Add((scanner.DamagedFrom, scanner.SoundEnd));
        return (found, damaged, scanner.SoundEnd);
    }

    private static byte[] Sealed(byte[] records, bool endsBatch = false)
    {
        byte[] block = [.. records, .. new byte[SealFormat.RecordBytes]];
        SealFormat.Write(block.AsSpan(records.Length), records, endsBatch, Hash);
        return block;
    }

    private static byte[] Tombstone(ulong sequence)
    {
        byte[] bytes = new byte[BlockFormat.EmptyRecordBytes];
        BlockFormat.WriteEmpty(bytes, sequence | BlockFormat.TombstoneBit, timestamp: 1, Hash);
        return bytes;
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
