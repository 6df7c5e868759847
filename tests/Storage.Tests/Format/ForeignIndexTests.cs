using CsCheck;
using DotNats.Storage;
using Shouldly;
using Xunit;

namespace Storage.Tests.Format;

public sealed class ForeignIndexTests
{
    // Of a 2.9.10: a stream that was purged, and one with 28 messages from 21 to 52.
    private static readonly byte[] Purged = Convert.FromHexString("16010000060005" + "9e95e1ffc7bdc0eb31" + "00" + "0000000000000000");
    private static readonly byte[] Holes = Convert.FromHexString("16011c8a0b15b6bae68699dec0eb3134b4daceb399dec0eb3104" + "1ca1d28f24622a71" + "0c160102");

    [Fact]
    public void An_index_of_2_9_says_what_is_deleted_and_where_the_stream_stands()
    {
        ForeignIndex purged = ForeignIndex.TryRead(Purged)!;
        (purged.IsEmpty, purged.FirstSequence, purged.LastSequence).ShouldBe((true, 6UL, 5UL));
        DateTimeOffset.UnixEpoch.AddTicks(purged.LastTime / 100).Year.ShouldBe(2026);
        ForeignIndex holes = ForeignIndex.TryRead(Holes)!;
        (holes.IsEmpty, holes.FirstSequence, holes.LastSequence).ShouldBe((false, 21UL, 52UL));
        Runs(holes.Deleted).ShouldBe([(22UL, 23UL), (33UL, 33UL), (43UL, 43UL)]);
    }

    [Fact]
    public void One_that_is_cut_off_or_contradicts_itself_is_none()
    {
        for (int length = 0; length < Holes.Length; length++) ForeignIndex.TryRead(Holes.AsSpan(0, length)).ShouldBeNull();
        byte[] flipped = [.. Holes];
        flipped[2] ^= 1;
        ForeignIndex.TryRead(flipped).ShouldBeNull();
    }

    [Fact]
    public void Nothing_in_such_files_throws()
    {
        Gen.Select(Gen.Int[0, Holes.Length - 1], Gen.Byte).Array[1, 4].Sample(changes =>
        {
            byte[] file = [.. Holes];
            foreach ((int at, byte value) in changes) file[at] = value;
            ForeignIndex.TryRead(file);
        }, iter: 5000);
        byte[] state = RecordedStore.Read("s2/msgs/index.db");
        ForeignState.Read(ForeignState.Open(state, RecordedStore.Stream), out bool isUnused).ShouldNotBeEmpty();
        isUnused.ShouldBeFalse();
        Gen.Select(Gen.Int[2, state.Length - 1], Gen.Byte, Gen.Int[2, state.Length]).Sample((at, value, length) =>
        {
            byte[] file = [.. state];
            file[at] = value;
            ForeignState.Read(file.AsSpan(0, length), out _);
        }, iter: 5000);
    }

    [Fact]
    public void A_state_whose_checksum_is_wrong_is_not_believed()
    {
        byte[] state = RecordedStore.Read("plain/msgs/index.db");
        ForeignState.Open(state, RecordedStore.Stream).IsEmpty.ShouldBeFalse();
        state[5] ^= 4;
        ForeignState.Open(state, RecordedStore.Stream).IsEmpty.ShouldBeTrue();
    }

    private static List<(ulong First, ulong Last)> Runs(SequenceSet set)
    {
        List<(ulong, ulong)> runs = [];
        for (ulong from = 0; set.TryNextRun(from, out ulong first, out ulong last); from = last + 1) runs.Add((first, last));
        return runs;
    }
}
