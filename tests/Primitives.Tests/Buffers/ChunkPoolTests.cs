using CsCheck;
using DotNats.Primitives;
using Shouldly;
using Xunit;

namespace Primitives.Tests;

public class ChunkPoolTests
{
    [Theory]
    [InlineData(0, 1024)]
    [InlineData(1024, 1024)]
    [InlineData(1025, 4096)]
    [InlineData(4097, 16384)]
    [InlineData(16385, 65536)]
    [InlineData(65536, 65536)]
    [InlineData(1_000_000, 65536)]
    public void Chunk_is_of_the_smallest_size_that_holds_the_hint(int hint, int size) => new ChunkPool().Rent(hint).Length.ShouldBe(size);

    [Fact]
    public void Chunks_are_pinned()
    {
        // Pinned arrays are of the oldest generation from the start, small arrays otherwise are not.
        GC.GetGeneration(new ChunkPool().Rent(1024)).ShouldBe(GC.MaxGeneration);
    }

    [Fact]
    public void Returned_chunk_is_rented_again()
    {
        var pool = new ChunkPool();
        byte[] chunk = pool.Rent(4096);
        pool.Return(chunk);
        pool.RetainedBytes.ShouldBe(4096);
        pool.Rent(4000).ShouldBeSameAs(chunk);
        pool.RetainedBytes.ShouldBe(0);
    }

    [Fact]
    public void Foreign_array_is_refused() => Should.Throw<ArgumentException>(() => new ChunkPool().Return(new byte[1000]));

    [Fact]
    public void No_more_than_the_limit_is_kept()
    {
        const long Limit = 4 * 1024 * 1024;
        var pool = new ChunkPool(Limit);
        foreach (byte[] chunk in Enumerable.Range(0, 200).Select(_ => pool.Rent(65536)).ToArray())
            pool.Return(chunk);
        pool.RetainedBytes.ShouldBe(Limit / 2);
    }

    [Fact]
    public void Trim_drops_what_was_not_used_since_the_last_one()
    {
        var pool = new ChunkPool();
        byte[][] chunks = [.. Enumerable.Range(0, 100).Select(_ => pool.Rent(1024))];
        foreach (byte[] chunk in chunks)
            pool.Return(chunk);
        pool.Trim();
        pool.RetainedBytes.ShouldBe(100 * 1024);
        byte[][] used = [.. Enumerable.Range(0, 10).Select(_ => pool.Rent(1024))];
        foreach (byte[] chunk in used)
            pool.Return(chunk);
        pool.Trim();
        pool.RetainedBytes.ShouldBe(10 * 1024);
        pool.Trim();
        pool.RetainedBytes.ShouldBe(0);
    }

    [Fact]
    public void Double_return_is_found_when_asked_for()
    {
        var pool = new ChunkPool(detectDoubleReturn: true);
        byte[] chunk = pool.Rent(1024);
        pool.Return(chunk);
        Should.Throw<InvalidOperationException>(() => pool.Return(chunk));
        pool.Rent(1024).ShouldBeSameAs(chunk);
        pool.Return(chunk);
    }

    [Fact]
    public void Nobody_is_handed_a_chunk_that_is_out() =>
        Gen.Int[0, 5].Array[0, 300].Sample(steps =>
        {
            var pool = new ChunkPool(retainedBytes: 1024 * 1024, detectDoubleReturn: true);
            HashSet<byte[]> rented = [];
            foreach (int step in steps)
            {
                if (step < 3)
                    rented.Add(pool.Rent(1024 << (2 * step))).ShouldBeTrue();
                else if (step == 3)
                    pool.Trim();
                else if (rented.Count > 0)
                {
                    byte[] chunk = rented.First();
                    rented.Remove(chunk);
                    pool.Return(chunk);
                }
            }
        });

    [Fact]
    public void Threads_never_share_a_chunk()
    {
        var pool = new ChunkPool();
        int clashes = 0;
        Thread[] threads = [.. Enumerable.Range(1, 4).Select(id => new Thread(() => Interlocked.Add(ref clashes, Churn(pool, (byte)id))))];
        foreach (Thread thread in threads)
            thread.Start();
        foreach (Thread thread in threads)
            thread.Join();
        clashes.ShouldBe(0);
    }

    [Fact]
    public void Shelf_that_all_threads_use_gives_each_chunk_to_one()
    {
        var shelf = new ChunkShelf(capacity: 8);
        for (int i = 0; i < 4; i++)
            shelf.TryPut([0]).ShouldBeTrue();
        int clashes = 0;
        Thread[] threads = [.. Enumerable.Range(0, 4).Select(_ => new Thread(() =>
        {
            for (int i = 0; i < 300_000; i++)
            {
                if (shelf.TryTake() is not { } chunk)
                    continue;
                if (Interlocked.Exchange(ref chunk[0], 1) != 0)
                    Interlocked.Increment(ref clashes);
                Volatile.Write(ref chunk[0], 0);
                // Refused only while another thread is at the shelf.
                while (!shelf.TryPut(chunk))
                    Thread.Yield();
            }
        }))];
        foreach (Thread thread in threads)
            thread.Start();
        foreach (Thread thread in threads)
            thread.Join();
        clashes.ShouldBe(0);
        shelf.Count.ShouldBe(4);
    }

    /// <summary>Marks what it rents and counts marks that someone else overwrote.</summary>
    private static int Churn(ChunkPool pool, byte id)
    {
        int clashes = 0;
        byte[][] held = new byte[8][];
        for (int i = 0; i < 50_000; i++)
        {
            ref byte[] place = ref held[i & 7];
            if (place is not null)
            {
                if (place[0] != id)
                    clashes++;
                pool.Return(place);
            }
            place = pool.Rent(1024);
            place[0] = id;
        }
        return clashes;
    }
}
