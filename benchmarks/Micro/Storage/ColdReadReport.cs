using System.Diagnostics;
using DotNats.Storage;

namespace DotNats.Benchmarks;

/// <summary>What it takes to read single messages of blocks that are not in memory, by their piece and with the whole block.</summary>
internal static class ColdReadReport
{
    private const int Messages = 2_000_000;
    private const int PayloadBytes = 128;
    private const int Reads = 400;

    /// <param name="directory">On the device to be measured; what is made there is deleted.</param>
    public static void Run(string directory)
    {
        var listener = new Silent();
        // The cache holds one block: nearly every block that is asked for is cold.
        using var store = FileStore.Open(new FileStoreOptions { Directory = directory, CacheBytes = 1 });
        FileLog log = store.Create("ACC", "S", "{}"u8).OpenLog(new LogOptions { Name = "S", Durability = LogDurability.Written }, listener);
        byte[] payload = new byte[PayloadBytes];
        for (int i = 0; i < Messages; i++)
        {
            log.Append(new NewMessage { Timestamp = i + 1, Subject = i is Messages / 4 or Messages / 2 ? "rare"u8 : "a.subject"u8, Payload = payload });
            if (i % 1000 == 999) log.Commit();
        }

        log.Commit();
        var buffer = new MessageBuffer();
        // Another seed each time, and no sequence asked for twice in a row, so that nobody seems to read on.
        Tell("one message, its piece", seed: 1, sequence => log.TryRead(sequence, buffer));
        Tell("one message, its block", seed: 2, sequence => log.TryReadPrevious(sequence, null, buffer));
        long start = Stopwatch.GetTimestamp();
        log.TryReadNext(1, new SubjectFilters("*"), buffer);
        Console.WriteLine($"first of a filter that two blocks have something of: {Stopwatch.GetElapsedTime(start).TotalMilliseconds:F1} ms, sequence {buffer.Sequence}");
        start = Stopwatch.GetTimestamp();
        ulong count = log.CountPending(1, new SubjectFilters("*"), lastPerSubject: false).Messages;
        Console.WriteLine($"messages of it counted: {Stopwatch.GetElapsedTime(start).TotalMilliseconds:F1} ms, {count}");
        log.DisposeAsync().AsTask().Wait();
        Directory.Delete(directory, recursive: true);
    }

    private static void Tell(string what, int seed, Func<ulong, ReadStatus> read)
    {
        var random = new Random(seed);
        var times = new List<double>(Reads);
        for (int i = 0; i < Reads; i++)
        {
            ulong sequence = (ulong)random.Next(1, Messages - 100_000);
            long start = Stopwatch.GetTimestamp();
            if (read(sequence) != ReadStatus.Found) throw new InvalidOperationException($"{sequence} was not found");
            times.Add(Stopwatch.GetElapsedTime(start).TotalMicroseconds);
        }

        times.Sort();
        Console.WriteLine($"{what}: p50 {times[Reads / 2]:F0} us, p99 {times[Reads * 99 / 100]:F0} us, sum {times.Sum() / 1000:F0} ms");
    }

    private sealed class Silent : ILogListener
    {
        public void OnCommitted(long position)
        {
            // Nobody waits.
        }

        public void OnFailed(LogStatus status, string reason) => throw new InvalidOperationException($"{status}: {reason}");

        public void OnRemoved(
            ulong sequence, ReadOnlySpan<byte> subject, ReadOnlySpan<byte> headers, int bytes, RemovalReason reason, bool isLastOfSubject)
        {
            // Nothing is removed here.
        }
    }
}
