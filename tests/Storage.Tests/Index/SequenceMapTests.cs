using CsCheck;
using DotNats.Storage;
using Shouldly;
using Xunit;

namespace Storage.Tests.Index;

public sealed class SequenceMapTests
{
    private static readonly Gen<(int Step, int Kind, int Pick)[]> Steps =
        Gen.Select(Gen.Frequency((20, Gen.Const(1)), (2, Gen.Int[2, 9]), (1, Gen.Int[200, 2000])), Gen.Int[0, 9], Gen.Int[0, 1_000_000]).Array[0, 900];

    [Fact]
    public void It_answers_as_a_sorted_list_would() => Gen.Select(Steps, Gen.Int[2, 8]).Sample((steps, appends) =>
    {
        var map = new SequenceMap();
        var model = new SortedList<ulong, long>();
        ulong last = 0;
        foreach ((int step, int kind, int pick) in steps)
        {
            if (kind < appends || model.Count == 0)
            {
                last += (ulong)step;
                map.Add(last, pick + 1);
                model.Add(last, pick + 1);
                continue;
            }

            // From the front, from the end, from anywhere.
            ulong sequence = model.Keys[kind switch { 9 => 0, 8 => model.Count - 1, _ => pick % model.Count }];
            if (pick % 11 == 0)
            {
                map.Move(sequence, pick + 7);
                model[sequence] = pick + 7;
            }
            else
            {
                map.Remove(sequence);
                model.Remove(sequence);
            }
        }

        Compare(map, model, last);
    });

    private static void Compare(SequenceMap map, SortedList<ulong, long> model, ulong last)
    {
        (map.Count, map.First, map.Last).ShouldBe(((ulong)model.Count, model.Keys.FirstOrDefault(), model.Keys.LastOrDefault()));
        var all = new List<ulong>();
        for (ulong sequence = map.NextFrom(1); sequence != 0; sequence = map.NextFrom(sequence + 1)) all.Add(sequence);
        all.ShouldBe(model.Keys);
        ulong stride = Math.Max(1, last / 50);
        for (ulong at = 0; at <= last + 300; at += stride)
        {
            map.Find(at).ShouldBe(model.GetValueOrDefault(at));
            map.NextFrom(at).ShouldBe(model.Keys.FirstOrDefault(k => k >= at));
            map.PreviousFrom(at).ShouldBe(model.Keys.LastOrDefault(k => k <= at));
            map.CountFrom(at).ShouldBe((ulong)model.Keys.Count(k => k >= at));
            map.FindFirst(new IsLess(at)).ShouldBe(model.Keys.FirstOrDefault(k => k >= at));
        }
    }

    private readonly struct IsLess(ulong bound) : ISequenceQuestion
    {
        public bool IsBefore(ulong sequence) => sequence < bound;
    }
}
