using System.Buffers.Binary;
using CsCheck;
using DotNats.Storage;
using Shouldly;
using Xunit;

namespace Storage.Tests.Format;

public sealed class SealFormatTests
{
    private static readonly HighwayHash64 Hash = BlockFormat.HashOfBlock("S", 1);

    [Theory]
    [InlineData(20, 20)]
    [InlineData(20, 700)]
    [InlineData(700, 900)]
    public void A_seal_fits_the_bytes_it_was_made_of_and_no_others(int shortest, int longest)
    {
        byte[] records = Records(shortest, longest);
        byte[] seal = Seal(records, endsBatch: true);
        BlockFormat.TryRead(seal, out RecordView view).ShouldBeTrue();
        view.IsSeal.ShouldBeTrue();
        SealFormat.SealedBytes(view).ShouldBe(records.Length);
        SealFormat.EndsBatch(view).ShouldBeTrue();
        Fits(seal, records).ShouldBeTrue();
        Fits(seal, records[..^1]).ShouldBeFalse();
        Gen.Int[0, (records.Length * 8) - 1].Sample(bit => Fits(seal, Turned(records, bit)).ShouldBeFalse(), iter: 2000);
    }

    [Fact]
    public void A_long_record_is_sealed_by_its_own_checksum()
    {
        byte[] records = Records(700, 700);
        byte[] other = BlockFormatTests.Write(3, "some.subject.3", "", new string('x', 699) + "y");
        byte[] altered = [.. records];
        other.CopyTo(altered.AsSpan(^other.Length));
        Fits(Seal(records), altered).ShouldBeFalse();

        // Whose checksum is kept although its content changes is found out as well.
        altered = [.. records];
        altered[^20] ^= 1;
        Fits(Seal(records), altered).ShouldBeFalse();
    }

    // As they were written before long records counted by their checksums.
    [Fact]
    public void A_seal_over_all_bytes_of_long_records_goes_on_to_vouch_for_them()
    {
        byte[] records = Records(20, 700);
        byte[] seal = new byte[SealFormat.RecordBytes];
        HighwayHash64 sum = Hash;
        sum.Append(records);
        BinaryPrimitives.WriteInt32LittleEndian(seal.AsSpan(BlockFormat.HeaderBytes), records.Length);
        BlockFormat.WriteAround(seal, BlockFormat.TombstoneBit, (long)sum.Finish(), Hash);
        Fits(seal, records).ShouldBeTrue();
        Gen.Int[0, (records.Length * 8) - 1].Sample(bit => Fits(seal, Turned(records, bit)).ShouldBeFalse(), iter: 500);
    }

    private static byte[] Turned(byte[] bytes, int bit)
    {
        byte[] turned = [.. bytes];
        turned[bit / 8] ^= (byte)(1 << (bit % 8));
        return turned;
    }

    private static bool Fits(byte[] seal, byte[] records)
    {
        BlockFormat.TryRead(seal, out RecordView view);
        return SealFormat.IsSealOf(view, records, Hash);
    }

    private static byte[] Seal(byte[] records, bool endsBatch = false)
    {
        byte[] seal = new byte[SealFormat.RecordBytes];
        SealFormat.Write(seal, records, endsBatch, Hash);
        return seal;
    }

    // Short, long, with headers and without.
    private static byte[] Records(int shortest, int longest) =>
    [
        .. BlockFormatTests.Write(1, "some.subject.1", "NATS/1.0\r\n\r\n", new string('x', longest)),
        .. BlockFormatTests.Write(2, "some.subject.2", "", new string('x', shortest)),
        .. BlockFormatTests.Write(3, "some.subject.3", "", new string('x', longest)),
    ];
}
