using System.Buffers.Binary;
using DotNats.Primitives;
using DotNats.Server.Connections;
using Shouldly;
using Xunit;

namespace Server.Tests.Connections;

/// <summary>
/// Many threads append, many flush, the peer takes what it likes: every byte arrives once and in its appender's order, no chunk is returned
/// twice, and nothing stays behind for want of a flusher.
/// </summary>
public sealed class OutboundStressTests
{
    private const int Appenders = 4;
    private const int RecordsEach = 20_000;
    private const int HeadBytes = 12;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Every_byte_arrives_in_order_and_the_flush_never_sticks(int seed)
    {
        var peer = new FickleSocket(seed);
        var outbound = new Outbound(new ChunkPool(retainedBytes: 1024 * 1024, detectDoubleReturn: true), maxPendingBytes: long.MaxValue);
        Task[] appending = [.. Enumerable.Range(0, Appenders).Select(id => RunThread(() => Append(outbound, peer, id, new Random(seed * 100 + id))))];
        Task writable = RunThread(() => peer.ReportWritable(() => peer.Flush(outbound, becameWritable: true)));
        await Task.WhenAll(appending).WaitAsync(Patience, TestContext.Current.CancellationToken);

        // From here nobody appends or flushes: readiness alone has to bring out the rest.
        long appended = outbound.AppendedBytes;
        await peer.ReceivedAsync(appended).WaitAsync(Patience, TestContext.Current.CancellationToken);
        peer.Stop();
        await writable.WaitAsync(Patience, TestContext.Current.CancellationToken);
        outbound.PendingBytes.ShouldBe(0);
        outbound.IsQuiet.ShouldBeTrue();
        peer.Overlaps.ShouldBe(0);
        Check(peer.Received);
    }

    [Theory]
    [InlineData(4)]
    [InlineData(5)]
    public async Task Closing_in_the_middle_ends_every_flush(int seed)
    {
        for (int round = 0; round < 50; round++)
        {
            var random = new Random(seed * 1000 + round);
            var peer = new FickleSocket(random.Next());
            var outbound = new Outbound(new ChunkPool(retainedBytes: 1024 * 1024, detectDoubleReturn: true), maxPendingBytes: long.MaxValue);
            Task[] appending = [.. Enumerable.Range(0, Appenders).Select(id => RunThread(() => Append(outbound, peer, id, new Random(round * 100 + id), records: 500)))];
            Task writable = RunThread(() => peer.ReportWritable(() => peer.Flush(outbound, becameWritable: true)));
            int wanted = random.Next(200_000);
            while (outbound.AppendedBytes < wanted && !appending.All(task => task.IsCompleted)) Thread.Yield();
            outbound.Acquire();
            outbound.Close(discard: random.Next(2) == 0);
            outbound.Release();
            // What a loop does with a closed connection: it takes the descriptor away once no flusher is left.
            while (!outbound.TrySeal()) Thread.Yield();
            long taken = peer.TakenBytes;
            peer.Flush(outbound, becameWritable: true);

            peer.TakenBytes.ShouldBe(taken);
            outbound.PendingBytes.ShouldBe(0);
            peer.Stop();
            await Task.WhenAll([.. appending, writable]).WaitAsync(Patience, TestContext.Current.CancellationToken);
        }
    }

    [Fact]
    public async Task After_every_burst_everything_is_out()
    {
        var peer = new FickleSocket(seed: 6);
        var outbound = new Outbound(new ChunkPool(retainedBytes: 1024 * 1024, detectDoubleReturn: true), maxPendingBytes: long.MaxValue);
        Task writable = RunThread(() => peer.ReportWritable(() => peer.Flush(outbound, becameWritable: true)));
        long start = TimeProvider.System.GetTimestamp(), rounds = 0;
        bool stuck = false, over = false;
        // Nobody flushes between two bursts: what an append left to a flusher that had already decided to stop would stay.
        using var burst = new Barrier(3, _ =>
        {
            stuck = !IsDrained(outbound);
            over = stuck || TimeProvider.System.GetElapsedTime(start) > TimeSpan.FromSeconds(3);
            rounds++;
        });
        Task[] appending = [.. Enumerable.Range(0, burst.ParticipantCount).Select(id => RunThread(() => Bursts(outbound, peer, burst, new Random(id), () => over)))];
        await Task.WhenAll(appending).WaitAsync(Patience, TestContext.Current.CancellationToken);
        peer.Stop();
        await writable.WaitAsync(Patience, TestContext.Current.CancellationToken);

        stuck.ShouldBeFalse($"after {rounds} bursts {outbound.PendingBytes} bytes stay");
    }

    private static void Bursts(Outbound outbound, FickleSocket peer, Barrier burst, Random random, Func<bool> isOver)
    {
        byte[] record = new byte[64];
        while (!isOver())
        {
            for (int left = random.Next(1, 4); left > 0; left--)
            {
                Thread.SpinWait(random.Next(60));
                AppendOne(outbound, peer, record.AsSpan(0, random.Next(1, record.Length)), flushAnyway: false);
            }

            burst.SignalAndWait();
        }
    }

    private static bool IsDrained(Outbound outbound)
    {
        // A report of room may still be on its way.
        long start = TimeProvider.System.GetTimestamp();
        while (outbound.PendingBytes > 0)
        {
            if (TimeProvider.System.GetElapsedTime(start) > TimeSpan.FromSeconds(10)) return false;
            Thread.Yield();
        }

        return true;
    }

    // Promises a flush and keeps it as DeliveryContext does.
    private static bool AppendOne(Outbound outbound, FickleSocket peer, ReadOnlySpan<byte> bytes, bool flushAnyway)
    {
        outbound.Acquire();
        AppendResult result = outbound.Append(bytes);
        bool promised = result != AppendResult.Closed && outbound.NeedsFlush;
        if (promised) outbound.FlushPromised = true;
        outbound.Release();
        if (promised || flushAnyway) peer.Flush(outbound, becameWritable: false);
        return result != AppendResult.Closed;
    }

    private static Task RunThread(Action action) => Task.Factory.StartNew(action, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    // A record: appender, number, length, then bytes that follow from them.
    private static void Append(Outbound outbound, FickleSocket peer, int id, Random random, int records = RecordsEach)
    {
        byte[] record = new byte[HeadBytes + 100_000];
        for (int number = 0; number < records; number++)
        {
            int length = random.Next(50) == 0 ? random.Next(20_000) : random.Next(200);
            if (random.Next(5000) == 0) length = 100_000;
            Fill(record.AsSpan(0, HeadBytes + length), id, number);
            if (!AppendOne(outbound, peer, record.AsSpan(0, HeadBytes + length), flushAnyway: random.Next(8) == 0)) return;
        }
    }

    private static void Fill(Span<byte> record, int id, int number)
    {
        BinaryPrimitives.WriteInt32LittleEndian(record, id);
        BinaryPrimitives.WriteInt32LittleEndian(record[4..], number);
        BinaryPrimitives.WriteInt32LittleEndian(record[8..], record.Length - HeadBytes);
        record[HeadBytes..].Fill((byte)(id * 31 + number));
    }

    private static void Check(ReadOnlySpan<byte> received)
    {
        int[] next = new int[Appenders];
        while (!received.IsEmpty)
        {
            int id = BinaryPrimitives.ReadInt32LittleEndian(received), number = BinaryPrimitives.ReadInt32LittleEndian(received[4..]);
            int length = BinaryPrimitives.ReadInt32LittleEndian(received[8..]);
            id.ShouldBeInRange(0, Appenders - 1);
            number.ShouldBe(next[id]++);
            received.Slice(HeadBytes, length).ContainsAnyExcept((byte)(id * 31 + number)).ShouldBeFalse();
            received = received[(HeadBytes + length)..];
        }

        next.ShouldAllBe(count => count == RecordsEach);
    }

    /// <summary>A non-blocking socket with an edge-triggered report of room: takes some, all or nothing.</summary>
    // Owner: whoever flushes, one at a time (it counts when that is not so); another thread drains the kernel buffer and reports.
    private sealed class FickleSocket(int seed)
    {
        private const int MostRoom = 64 * 1024;

        private readonly Random _random = new(seed);
        private readonly MemoryStream _taken = new();
        private readonly SemaphoreSlim _full = new(0);
        private readonly TaskCompletionSource _all = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _room = MostRoom;
        private int _sending;
        private long _takenBytes;
        private long _wanted = long.MaxValue;
        private int _reports;
        private volatile int _reporter;
        private volatile bool _stopped;

        public int Overlaps { get; private set; }

        public long TakenBytes => Interlocked.Read(ref _takenBytes);

        public ReadOnlySpan<byte> Received => _taken.GetBuffer().AsSpan(0, (int)_taken.Length);

        /// <summary>As EpollEndpoint.Flush does it.</summary>
        public void Flush(Outbound outbound, bool becameWritable)
        {
            SegmentViews views = default;
            int count = outbound.BeginFlush(views, becameWritable);
            while (count > 0)
            {
                long sent = Send(views, count, out bool blocked);
                count = outbound.ContinueFlush(views, sent, blocked, out _);
            }
        }

        /// <summary>Completes when so many bytes have been taken.</summary>
        public Task ReceivedAsync(long bytes)
        {
            Interlocked.Exchange(ref _wanted, bytes);
            if (TakenBytes >= bytes) _all.TrySetResult();
            return _all.Task;
        }

        /// <summary>Each time the socket was found full: makes room, then says so once, as an edge does.</summary>
        public void ReportWritable(Action becameWritable)
        {
            _reporter = Environment.CurrentManagedThreadId;
            while (true)
            {
                _full.Wait();
                if (_stopped) return;
                Interlocked.Exchange(ref _room, MostRoom);
                becameWritable();
                Interlocked.Increment(ref _reports);
            }
        }

        public void Stop()
        {
            _stopped = true;
            _full.Release();
        }

        private long Send(ReadOnlySpan<Outbound.Segment> views, int count, out bool blocked)
        {
            if (Interlocked.Exchange(ref _sending, 1) != 0) Overlaps++;
            int most = Volatile.Read(ref _room);
            // Often less than there is room for: a signal, a small window.
            if (_random.Next(3) == 0) most = _random.Next(most + 1);
            long sent = 0, total = 0;
            for (int i = 0; i < count; i++)
            {
                int length = views[i].End - views[i].Start, part = (int)Math.Min(length, most - sent);
                _taken.Write(views[i].Buffer, views[i].Start, part);
                total += length;
                sent += part;
            }

            Interlocked.Add(ref _room, -(int)sent);
            blocked = sent < total;
            bool waitForReport = _random.Next(2) == 0;
            Volatile.Write(ref _sending, 0);
            if (blocked) ReportRoom(waitForReport);
            if (Interlocked.Add(ref _takenBytes, sent) >= Interlocked.Read(ref _wanted)) _all.TrySetResult();
            return sent;
        }

        // The report may come before the flusher has told the outbound that it was blocked: often made to happen, for it must not get lost.
        private void ReportRoom(bool waitForReport)
        {
            int reports = Volatile.Read(ref _reports);
            _full.Release();
            if (!waitForReport || Environment.CurrentManagedThreadId == _reporter) return;
            while (Volatile.Read(ref _reports) == reports && !_stopped) Thread.Yield();
        }
    }
}
