using CsCheck;
using DotNats.Storage;
using Shouldly;
using Xunit;

namespace Storage.Tests.Blocks;

public sealed class SequenceSetTests
{
    [Fact]
    public void It_answers_as_a_sorted_set_would() => Gen.Int.Sample(seed =>
    {
        var random = new Random(seed);
        var set = new SequenceSet();
        var model = new SortedSet<ulong>();
        ulong basis = random.Next(2) == 0 ? 1 : 1UL << random.Next(10, 60);
        ulong span = (ulong)random.Next(1, 3000);
        for (int step = 0; step < 400; step++)
        {
            ulong sequence = basis + (ulong)random.NextInt64((long)span);
            switch (random.Next(40))
            {
                case 0:
                    set.RemoveBelow(sequence);
                    model.RemoveWhere(other => other < sequence);
                    break;
                case 1:
                    set.RemoveAbove(sequence);
                    model.RemoveWhere(other => other > sequence);
                    break;
                case < 6:
                    ulong last = sequence + (ulong)random.Next(50);
                    set.AddRange(sequence, last);
                    for (ulong one = sequence; one <= last; one++) model.Add(one);
                    break;
                default:
                    set.Add(sequence).ShouldBe(model.Add(sequence));
                    break;
            }

            if (random.Next(8) == 0) Compare(set, model, basis + (ulong)random.NextInt64((long)span + 60));
        }
    }, iter: 150, threads: 1);

    [Theory]
    [InlineData(2UL)]
    [InlineData(200UL)]
    public void What_lies_behind_is_given_back_from_time_to_time(ulong distance)
    {
        // The second lies too far apart for bits.
        var set = new SequenceSet();
        for (ulong i = 1; i <= 50_000; i++)
        {
            set.Add(i * distance);
            if (i % 1000 == 0) set.Trim((i * distance) - (500 * distance));
        }

        set.Count.ShouldBeInRange(500UL, 3_000UL);
        set.Contains(50_000 * distance).ShouldBeTrue();
    }

    [Fact]
    public void Long_runs_far_apart_cost_nothing()
    {
        var set = new SequenceSet();
        for (ulong i = 1; i <= 500; i++) set.AddRange(i << 40, (i << 40) + 1_000_000_000);
        set.Count.ShouldBe(500UL * 1_000_000_001);
        set.NextAbsent(3UL << 40).ShouldBe((3UL << 40) + 1_000_000_001);
        set.PreviousAbsent((3UL << 40) + 5).ShouldBe((3UL << 40) - 1);
    }

    private static void Compare(SequenceSet set, SortedSet<ulong> model, ulong at)
    {
        set.Count.ShouldBe((ulong)model.Count);
        set.Contains(at).ShouldBe(model.Contains(at));
        ulong next = at;
        while (model.Contains(next)) next++;
        set.NextAbsent(at).ShouldBe(next);
        ulong previous = at;
        while (previous > 0 && model.Contains(previous)) previous--;
        set.PreviousAbsent(at).ShouldBe(previous);
        bool hasRun = set.TryNextRun(at, out ulong first, out ulong last);
        hasRun.ShouldBe(model.Any(one => one >= at));
        if (hasRun)
        {
            first.ShouldBe(model.First(one => one >= at));
            model.Contains(last).ShouldBeTrue();
            model.Contains(last + 1).ShouldBeFalse();
        }

        set.CountRange(at, at + 40).ShouldBe((ulong)model.GetViewBetween(at, at + 40).Count);
    }
}
