using CsCheck;
using DotNats.Storage;
using Shouldly;
using Xunit;

namespace Storage.Tests.Blocks;

public sealed class BlockMapTests
{
    [Fact]
    public void A_message_lies_in_the_piece_that_is_chosen_for_it() => Gen.Int[1, 40_000].Array[1, 200].Sample(sizes =>
    {
        RecordIndex index = Index(sizes, out int bytes);
        for (int i = 0; i < index.Count; i++)
        {
            // A new one each time: reading on would ask for the whole block.
            BlockMap.Of(index, new byte[bytes])!.TryChoose(index.SequenceAt(i), out int from, out long to).ShouldBeTrue();
            index.OffsetAt(i).ShouldBeInRange(from, (int)to - 1);
        }
    }, iter: 20);

    [Fact]
    public void Each_subject_that_is_there_is_admitted() => Gen.UInt.Array[1, 3000].Sample(hashes =>
    {
        var index = new RecordIndex();
        for (int i = 0; i < hashes.Length; i++) index.Add((ulong)i + 1, i * 30, hashes[i]);
        BlockMap map = BlockMap.Of(index, new byte[hashes.Length * 30])!;
        foreach (uint hash in hashes) map.MayHave(hash).ShouldBeTrue();
    }, iter: 50);

    [Fact]
    public void Most_subjects_that_are_not_there_are_refused()
    {
        var index = new RecordIndex();
        for (int i = 0; i < 1000; i++) index.Add((ulong)i + 1, i * 30, SubjectHash.Of(BitConverter.GetBytes(i)));
        BlockMap map = BlockMap.Of(index, new byte[30_000])!;
        int admitted = 0;
        for (int i = 1000; i < 11_000; i++) admitted += map.MayHave(SubjectHash.Of(BitConverter.GetBytes(i))) ? 1 : 0;
        admitted.ShouldBeLessThan(1000);
    }

    [Fact]
    public void Who_asks_twice_for_a_piece_or_often_for_many_is_given_the_whole_block()
    {
        RecordIndex index = Index([.. Enumerable.Repeat(30_000, 200)], out int bytes);
        BlockMap map = BlockMap.Of(index, new byte[bytes])!;
        map.TryChoose(1, out _, out _).ShouldBeTrue();
        map.TryChoose(2, out _, out _).ShouldBeFalse();
        int single = 0;
        while (map.TryChoose((ulong)(single % 2 == 0 ? 1 : 150), out _, out _)) single++;
        single.ShouldBe(32);
    }

    private static RecordIndex Index(int[] sizes, out int bytes)
    {
        var index = new RecordIndex();
        bytes = 0;
        for (int i = 0; i < sizes.Length; i++)
        {
            index.Add((ulong)i + 1, bytes, (uint)i);
            bytes += sizes[i];
        }

        return index;
    }
}
