using DotNats.Storage;
using Shouldly;
using Xunit;

namespace Storage.Tests.Scans;

public sealed class SequenceOrderTests
{
    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 1)]
    [InlineData(500, 3)]
    [InlineData(5000, 1)]
    [InlineData(5000, 100)]
    [InlineData(5000, 1_000_000)]
    public void Sequences_are_put_in_order_whether_they_lie_close_or_far_apart(int count, int spread)
    {
        var random = new Random(5);
        ulong at = 77;
        var sequences = new List<ulong>();
        for (int i = 0; i < count; i++) sequences.Add(at += (ulong)random.Next(1, spread + 1));
        ulong[] expected = [.. sequences];
        random.Shuffle(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(sequences));
        SequenceOrder.Sort(sequences);
        sequences.ShouldBe(expected);
    }
}
