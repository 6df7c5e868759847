using System.Text;
using CsCheck;
using DotNats.JetStream.Publishing;
using Shouldly;
using Xunit;

namespace JetStream.Tests.Publishing;

public class DuplicateWindowTests
{
    private const long Second = 1_000_000_000;

    [Fact]
    public void An_id_is_known_for_the_time_of_the_window()
    {
        var ids = new DuplicateWindow(TimeSpan.FromSeconds(10));
        ids.Add("a"u8, 7, 100 * Second);
        ids.TryFind("a"u8, (110 * Second) - 1, out ulong sequence).ShouldBeTrue();
        sequence.ShouldBe(7UL);
        ids.TryFind("b"u8, 100 * Second, out _).ShouldBeFalse();
        ids.TryFind("a"u8, 110 * Second, out _).ShouldBeFalse();
        ids.Count.ShouldBe(0);
    }

    [Fact]
    public void Without_a_window_nothing_is_known()
    {
        var ids = new DuplicateWindow(TimeSpan.Zero);
        ids.Add("a"u8, 1, 0);
        ids.TryFind("a"u8, 0, out _).ShouldBeFalse();
    }

    [Fact]
    public void Of_two_the_newer_counts()
    {
        var ids = new DuplicateWindow(TimeSpan.FromSeconds(10));
        ids.Add("a"u8, 1, 0);
        ids.Add("a"u8, 2, 5 * Second);
        ids.TryFind("a"u8, 6 * Second, out ulong sequence).ShouldBeTrue();
        sequence.ShouldBe(2UL);
        ids.TryFind("a"u8, 12 * Second, out sequence).ShouldBeTrue();
        sequence.ShouldBe(2UL);
    }

    [Fact]
    public void It_knows_what_a_dictionary_with_times_knows()
    {
        Gen.Select(Gen.Int[0, 40], Gen.Int[0, 3]).Array[0, 400].Sample(steps =>
        {
            var ids = new DuplicateWindow(TimeSpan.FromSeconds(20));
            var known = new Dictionary<string, (ulong Sequence, long Time)>();
            long now = 0;
            ulong sequence = 0;
            foreach ((int number, int pause) in steps)
            {
                now += pause * Second;
                string id = new('x', (number * number) + 1);
                bool expected = known.TryGetValue(id, out (ulong Sequence, long Time) entry) && now - entry.Time < 20 * Second;
                ids.TryFind(Encoding.UTF8.GetBytes(id), now, out ulong found).ShouldBe(expected);
                if (expected) found.ShouldBe(entry.Sequence);
                known[id] = (++sequence, now);
                ids.Add(Encoding.UTF8.GetBytes(id), sequence, now);
            }
        }, iter: 200);
    }

    [Fact]
    public void Many_ids_cost_some_seventy_bytes_each_and_go_when_their_time_is_over()
    {
        var ids = new DuplicateWindow(TimeSpan.FromMinutes(2));
        var id = new byte[22];
        for (ulong i = 0; i < 200_000; i++)
        {
            i.TryFormat(id, out int length);
            ids.Add(id.AsSpan(0, length), i, (long)i * 1000);
        }

        (ids.Bytes / ids.Count).ShouldBeLessThan(80);
        ids.TryFind("123456"u8, 200 * Second / 1000, out ulong sequence).ShouldBeTrue();
        sequence.ShouldBe(123_456UL);
        ids.Expire(1000 * Second);
        ids.Count.ShouldBe(0);
        ids.Bytes.ShouldBeLessThan(8 * 1024);
    }

    [Fact]
    public void Looking_and_remembering_allocate_nothing_in_steady_state()
    {
        var ids = new DuplicateWindow(TimeSpan.FromSeconds(1));
        long now = 0;
        Run(ids, ref now, 20_000);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Run(ids, ref now, 20_000);
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBe(0);
    }

    private static void Run(DuplicateWindow ids, ref long now, int count)
    {
        Span<byte> id = stackalloc byte[20];
        for (int i = 0; i < count; i++)
        {
            now += 100_000;
            now.TryFormat(id, out int length);
            if (!ids.TryFind(id[..length], now, out _)) ids.Add(id[..length], (ulong)i, now);
        }
    }
}
