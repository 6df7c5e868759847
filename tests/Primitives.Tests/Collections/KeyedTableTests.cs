using CsCheck;
using DotNats.Primitives;
using Shouldly;
using Xunit;

namespace Primitives.Tests.Collections;

public sealed class KeyedTableTests
{
    [Fact]
    public void A_thing_is_found_and_taken_once()
    {
        var table = new KeyedTable<string>();
        table.TryAddUnique(7, "a").ShouldBeTrue();
        table.TryAddUnique(7, "b").ShouldBeFalse();
        table.Find(7).ShouldBe("a");
        table.Take(7).ShouldBe("a");
        table.Take(7).ShouldBeNull();
        table.Find(7).ShouldBeNull();
        table.Count.ShouldBe(0);
    }

    [Fact]
    public void Several_things_may_share_a_key_and_leave_one_by_one()
    {
        var table = new KeyedTable<string>();
        int a = table.Add(1, "a"), b = table.Add(1, "b"), c = table.Add(1, "c");
        table.Remove(b, "b").ShouldBeTrue();
        table.Remove(b, "b").ShouldBeFalse();
        table.Remove(a, "c").ShouldBeFalse();
        Under(table, 1).ShouldBe(["a", "c"]);
        table.Remove(a, "a").ShouldBeTrue();
        table.Remove(c, "c").ShouldBeTrue();
        Under(table, 1).ShouldBeEmpty();
    }

    [Fact]
    public void Agrees_with_a_list_under_random_work()
    {
        Gen.Select(Gen.Int[0, 3], Gen.ULong[0, 9]).Array[0, 400].Sample(work =>
        {
            var table = new KeyedTable<object>();
            var twin = new List<(ulong Key, int Handle, object Value)>();
            foreach ((int what, ulong key) in work)
            {
                if (what < 2)
                {
                    var value = new object();
                    twin.Add((key, table.Add(key, value), value));
                }
                else if (what == 2 && twin.Count > 0)
                {
                    (ulong _, int handle, object value) = twin[(int)key % twin.Count];
                    table.Remove(handle, value).ShouldBeTrue();
                    twin.RemoveAt((int)key % twin.Count);
                }
                else if (table.Take(key) is { } taken)
                {
                    twin.RemoveAll(entry => ReferenceEquals(entry.Value, taken)).ShouldBe(1);
                }
                else
                {
                    twin.ShouldNotContain(entry => entry.Key == key);
                }
            }

            table.Count.ShouldBe(twin.Count);
            for (ulong key = 0; key < 10; key++) Under(table, key).Count.ShouldBe(twin.Count(entry => entry.Key == key));
            var all = new Collector<object>([]);
            table.ForEach(ref all);
            all.Found.Count.ShouldBe(twin.Count);
        });
    }

    [Fact]
    public void Steady_use_allocates_nothing()
    {
        var table = new KeyedTable<string>();
        table.Add(1, "stays");
        for (int round = 0; round < 2; round++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < 10_000; i++) table.Remove(table.Add((ulong)i, "x"), "x");
            if (round > 0) (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBe(0);
        }
    }

    private static List<T> Under<T>(KeyedTable<T> table, ulong key)
        where T : class
    {
        var collector = new Collector<T>([]);
        table.ForEach(key, ref collector);
        collector.Found.Sort(static (left, right) => string.CompareOrdinal(left.ToString(), right.ToString()));
        return collector.Found;
    }

    private readonly struct Collector<T>(List<T> found) : IEntrySink<T>
    {
        public List<T> Found { get; } = found;

        public void OnEntry(T value) => Found.Add(value);
    }
}
