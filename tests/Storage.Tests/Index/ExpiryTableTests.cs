using CsCheck;
using DotNats.Storage;
using Shouldly;
using Xunit;

namespace Storage.Tests.Index;

public sealed class ExpiryTableTests
{
    private readonly ExpiryTable _table = new();

    [Fact]
    public void The_earliest_deadline_is_known()
    {
        _table.Earliest.ShouldBe(long.MaxValue);
        _table.EarliestSequence.ShouldBe(0UL);
        _table.Set(1, 300);
        _table.Set(2, 100);
        _table.Set(3, 200);
        (_table.Earliest, _table.EarliestSequence).ShouldBe((100, 2UL));
        _table.Remove(2).ShouldBeTrue();
        _table.Remove(2).ShouldBeFalse();
        (_table.Earliest, _table.EarliestSequence).ShouldBe((200, 3UL));
    }

    [Fact]
    public void A_sequence_has_one_deadline()
    {
        _table.Set(1, 100);
        _table.Set(2, 200);
        _table.Set(1, 300);
        _table.Count.ShouldBe(2);
        _table.EarliestSequence.ShouldBe(2UL);
    }

    [Fact]
    public void Setting_and_removing_in_turn_allocates_nothing()
    {
        for (ulong i = 1; i <= 1000; i++) _table.Set(i, (long)i);
        _table.Remove(1000);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (ulong i = 1000; i < 2000; i++)
        {
            _table.Set(i, (long)(i % 7));
            _table.Remove(i);
        }

        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBe(0);
    }

    [Fact]
    public void It_answers_as_a_dictionary_would() => Gen.Select(Gen.Int[1, 60], Gen.Int[-1, 50]).Array[0, 400].Sample(steps =>
    {
        var table = new ExpiryTable();
        var model = new Dictionary<ulong, long>();
        foreach ((int sequence, int deadline) in steps)
        {
            if (deadline < 0)
            {
                table.Remove((ulong)sequence).ShouldBe(model.Remove((ulong)sequence));
            }
            else
            {
                table.Set((ulong)sequence, deadline);
                model[(ulong)sequence] = deadline;
            }

            table.Count.ShouldBe(model.Count);
            table.Earliest.ShouldBe(model.Count == 0 ? long.MaxValue : model.Values.Min());
        }

        while (table.Count > 0)
        {
            ulong sequence = table.EarliestSequence;
            model[sequence].ShouldBe(model.Values.Min());
            table.Remove(sequence);
            model.Remove(sequence);
        }

        model.ShouldBeEmpty();
    });
}
