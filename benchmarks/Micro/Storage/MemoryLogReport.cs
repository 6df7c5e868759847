using System.Diagnostics;
using System.Globalization;
using System.Text;
using DotNats.Storage;

namespace DotNats.Benchmarks;

/// <summary>Prints how fast a memory log takes and gives messages, and what they cost in memory.</summary>
internal static class MemoryLogReport
{
    public static void Run(int count)
    {
        byte[][] subjects = [.. Enumerable.Range(0, 1000).Select(i => Encoding.UTF8.GetBytes($"orders.eu.{i}.created"))];
        foreach (int size in new[] { 128, 1024 })
        {
            int messages = size == 128 ? count : count / 4;
            Report($"{size} B", new LogOptions { Name = "S" }, subjects, messages, size);
            Report($"{size} B, 100,000 kept", new LogOptions { Name = "S", MaxMessages = 100_000 }, subjects, messages, size);
            Report($"{size} B, one of each subject kept", new LogOptions { Name = "S", MaxMessagesPerSubject = 1 }, subjects, messages, size);
        }
    }

    private static void Report(string name, LogOptions options, byte[][] subjects, int count, int size)
    {
        var log = new MemoryLog(options, new Deaf());
        byte[] payload = new byte[size];
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < count; i++)
        {
            log.Append(new NewMessage { Timestamp = i, Subject = subjects[i * 7 % subjects.Length], Payload = payload });
            if (i % 64 == 0) log.Commit();
        }

        double append = count / Stopwatch.GetElapsedTime(start).TotalSeconds;
        LogState state = log.State;
        var buffer = new MessageBuffer();
        int read = 0;
        start = Stopwatch.GetTimestamp();
        for (ulong next = 1; log.TryReadNext(next, null, buffer) == ReadStatus.Found; next = buffer.Sequence + 1) read++;
        double sequential = read / Stopwatch.GetElapsedTime(start).TotalSeconds;
        start = Stopwatch.GetTimestamp();
        for (int i = 0; i < 1_000_000; i++) log.TryReadLast(subjects[i * 7 % subjects.Length], buffer);
        double last = 1e6 / Stopwatch.GetElapsedTime(start).TotalSeconds;
        var filter = new SubjectFilters("orders.*.7.created");
        int filtered = 0;
        start = Stopwatch.GetTimestamp();
        for (ulong next = 1; log.TryReadNext(next, filter, buffer) == ReadStatus.Found; next = buffer.Sequence + 1) filtered++;
        double each = Stopwatch.GetElapsedTime(start).TotalMicroseconds / filtered;
        double overhead = (log.HeldBytes - (double)state.Bytes) / state.Messages;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{name,-32} append {append / 1e6:F2} M/s, read {sequential / 1e6:F2} M/s, last by subject {last / 1e6:F2} M/s, 1 of 1000 by wildcard {each:F1} µs each, {overhead:F0} B above what counts"));
    }

    private sealed class Deaf : ILogListener
    {
        public void OnCommitted(long position)
        {
        }

        public void OnFailed(LogStatus status, string reason)
        {
        }

        public void OnRemoved(
            ulong sequence, ReadOnlySpan<byte> subject, ReadOnlySpan<byte> headers, int bytes, RemovalReason reason, bool isLastOfSubject)
        {
        }
    }
}
