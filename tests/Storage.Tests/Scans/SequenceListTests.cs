using DotNats.Storage;
using Shouldly;
using Xunit;

namespace Storage.Tests.Scans;

public sealed class SequenceListTests
{
    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 1)]
    [InlineData(500, 3)]
    [InlineData(9000, 50)]
    [InlineData(500, 1000)]
    [InlineData(5000, 1_000_000)]
    public void It_has_what_was_added_in_order_whether_that_lies_close_or_far_apart(int count, int spread)
    {
        var random = new Random(5);
        ulong at = 65_500;
        var sequences = new List<ulong>();
        for (int i = 0; i < count; i++) sequences.Add(at += (ulong)random.Next(1, spread + 1));
        ulong[] shuffled = [.. sequences];
        random.Shuffle(shuffled);
        Compare(SequenceList.Of(shuffled), sequences);
        var builder = new SequenceListBuilder(1, at + 70_000);
        foreach (ulong sequence in shuffled) builder.Add(sequence);
        Compare(builder.Build(), sequences);
    }

    private static void Compare(SequenceList list, List<ulong> expected)
    {
        list.Count.ShouldBe(expected.Count);
        (list.First, list.Last).ShouldBe(expected.Count == 0 ? (0, 0) : (expected[0], expected[^1]));
        var found = new List<ulong>();
        for (ulong at = list.NextFrom(0); at != 0; at = list.NextFrom(at + 1)) found.Add(at);
        found.ShouldBe(expected);
        foreach (ulong sequence in expected.Take(100))
        {
            list.Contains(sequence).ShouldBeTrue();
            list.Contains(sequence + 1).ShouldBe(expected.Contains(sequence + 1));
            list.NextFrom(sequence).ShouldBe(sequence);
        }

        list.NextFrom(list.Last + 1).ShouldBe(0UL);
        list.NextFrom(ulong.MaxValue).ShouldBe(0UL);
        list.Contains(0).ShouldBeFalse();
    }
}
