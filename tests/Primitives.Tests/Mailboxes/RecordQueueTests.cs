using System.Buffers.Binary;
using DotNats.Primitives;
using Shouldly;
using Xunit;

namespace Primitives.Tests.Mailboxes;

public sealed class RecordQueueTests
{
    private readonly ChunkPool _chunks = new();

    [Fact]
    public void Records_come_out_whole_and_in_order_whatever_their_size()
    {
        var queue = new RecordQueue(_chunks, 1000, 10_000_000);
        byte[] large = new byte[200_000];
        large.AsSpan().Fill(7);
        int[] sizes = [0, 1, 4090, 70_000, 3, 200_000, 65_532, 9];
        foreach (int size in sizes) queue.TryPost("<"u8, large.AsSpan(0, size), default, ">"u8).IsTaken.ShouldBeTrue();
        RecordBatch batch = queue.Take()!;
        List<int> found = [];
        foreach (ReadOnlySpan<byte> record in batch)
        {
            (record[0], record[^1]).ShouldBe(((byte)'<', (byte)'>'));
            record[1..^1].ContainsAnyExcept((byte)7).ShouldBeFalse();
            found.Add(record.Length - 2);
        }

        found.ShouldBe(sizes);
        (queue.Count, queue.Bytes).ShouldBe((sizes.Length, sizes.Sum() + (2L * sizes.Length)));
        queue.GiveBack(batch);
        (queue.Count, queue.Bytes).ShouldBe((0, 0));
        queue.Take().ShouldBeNull();
    }

    [Fact]
    public void The_first_record_starts_the_reader_and_no_other_until_it_rests()
    {
        var queue = new RecordQueue(_chunks, 10, 1000);
        queue.TryPost("a"u8, default, default, default).MustWake.ShouldBeTrue();
        queue.TryPost("b"u8, default, default, default).MustWake.ShouldBeFalse();
        queue.TryWake().ShouldBeFalse();
        RecordBatch batch = queue.Take()!;
        queue.TryPost("c"u8, default, default, default).MustWake.ShouldBeFalse();
        queue.GiveBack(batch);
        queue.TryRest().ShouldBeFalse();
        queue.GiveBack(queue.Take()!);
        queue.TryRest().ShouldBeTrue();
        queue.TryWake().ShouldBeTrue();
    }

    [Fact]
    public void What_waits_is_there_after_memory_was_given_back()
    {
        var queue = new RecordQueue(_chunks, 10, 1000);
        queue.TryPost("a"u8, default, default, default);
        queue.GiveBack(queue.Take()!);
        queue.TryPost("b"u8, default, default, default);
        queue.Trim();
        RecordBatch batch = queue.Take()!;
        foreach (ReadOnlySpan<byte> record in batch) record.ToArray().ShouldBe("b"u8.ToArray());
        batch.Count.ShouldBe(1);
        queue.GiveBack(batch);
        queue.Trim();
        queue.TryPost("c"u8, default, default, default).IsTaken.ShouldBeTrue();
    }

    [Fact]
    public void What_was_taken_and_not_given_back_holds_its_room()
    {
        var queue = new RecordQueue(_chunks, 2, 100);
        queue.TryPost(new byte[40], default, default, default).IsHigh.ShouldBeFalse();
        queue.TryPost(new byte[40], default, default, default).IsHigh.ShouldBeTrue();
        RecordBatch batch = queue.Take()!;
        queue.TryPost("x"u8, default, default, default).IsTaken.ShouldBeFalse();
        queue.GiveBack(batch);
        queue.TryPost(new byte[101], default, default, default).IsTaken.ShouldBeTrue();
        queue.TryPost("x"u8, default, default, default).IsTaken.ShouldBeFalse();
        queue.Close();
        queue.GiveBack(queue.Take()!);
        queue.TryPost("x"u8, default, default, default).IsTaken.ShouldBeFalse();
    }

    [Fact]
    public async Task Records_of_many_writers_arrive_once_each_and_in_the_order_of_each()
    {
        const int Writers = 4, Each = 5000;
        var queue = new RecordQueue(_chunks, Writers * Each, long.MaxValue);
        Task[] writers = [.. Enumerable.Range(0, Writers).Select(writer => Task.Run(() => Write(queue, writer, Each), TestContext.Current.CancellationToken))];
        int[] next = new int[Writers];
        int total = 0;
        while (total < Writers * Each)
        {
            if (queue.Take() is not { } batch)
            {
                await Task.Yield();
                continue;
            }

            foreach (ReadOnlySpan<byte> record in batch)
            {
                BinaryPrimitives.ReadInt32LittleEndian(record[4..]).ShouldBe(next[record[0]]++);
                total++;
            }

            queue.GiveBack(batch);
        }

        await Task.WhenAll(writers);
        next.ShouldAllBe(count => count == Each);
    }

    private static void Write(RecordQueue queue, int writer, int count)
    {
        Span<byte> record = stackalloc byte[8];
        for (int i = 0; i < count; i++)
        {
            BinaryPrimitives.WriteInt32LittleEndian(record, writer);
            BinaryPrimitives.WriteInt32LittleEndian(record[4..], i);
            if (!queue.TryPost(record[..4], record[4..], default, default).IsTaken) throw new InvalidOperationException("no room");
        }
    }
}
