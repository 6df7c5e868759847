using System.Diagnostics;
using System.Globalization;
using DotNats.JetStream;
using DotNats.JetStream.Consumers;
using DotNats.Storage;

namespace DotNats.Benchmarks;

/// <summary>
/// How long it takes to find a new consumer's place and to count what lies before it, by filter and beginning, in a log of ten million messages of a million subjects.
/// </summary>
internal static class PendingReport
{
    private const int Messages = 10_000_000;
    private const int Keys = 1_000_000;
    private const int PayloadBytes = 128;
    private const int Rounds = 15;

    private static readonly byte[] Other = new byte[128 << 20];

    private static readonly string[][] FilterSets =
    [
        [],
        ["js.0000.0012345.6"],
        ["js.0000.0012345.>"],
        ["js.0000.>"],
        ["js.0000.*.*"],
        ["js.0000.*.7"],
        ["js.*.*.7"],
        ["*.*.>"],
        ["js.0000.0012345.6", "js.0000.0067890.*", "js.0000.0011111.1"],
        ["js.0000.*.1", "js.0000.*.2"],
        ["js.0000.*.1", "js.0000.0012345.*"],
        ["js.0000.>", "js.0001.>"],
        [.. Enumerable.Range(0, 8).Select(digit => $"js.0000.*.{digit}")],
    ];

    /// <param name="directory">On the device to be measured; what is made there is deleted.</param>
    /// <param name="isShuffled">Subjects come in random order instead of their own.</param>
    public static void Run(string directory, bool isShuffled)
    {
        using FileStore store = FileStore.Open(new FileStoreOptions { Directory = directory });
        var listener = new PendingListener();
        FileLog log = store.Create("ACC", "S", "{}"u8).OpenLog(new LogOptions { Name = "S", Durability = LogDurability.Written }, listener);
        long time = Fill(log, listener, isShuffled);
        Print($"{Messages:N0} messages of {Keys:N0} subjects{(isShuffled ? " in random order" : "")}: median, worst of {Rounds} in ms");
        foreach (string[] filters in FilterSets)
        {
            Report(log, filters, DeliverPolicy.All, new ConsumerConfig { DeliverPolicy = DeliverPolicy.All });
            Report(log, filters, DeliverPolicy.Last, new ConsumerConfig { DeliverPolicy = DeliverPolicy.Last });
            Report(log, filters, DeliverPolicy.ByStartSequence, new ConsumerConfig { DeliverPolicy = DeliverPolicy.ByStartSequence, StartSequence = Messages * 3UL / 5 });
            Report(log, filters, DeliverPolicy.ByStartTime, new ConsumerConfig { DeliverPolicy = DeliverPolicy.ByStartTime, StartTime = DotNats.Protocol.Text.GoTime.FromUnixNanoseconds(time) });
            if (filters.Length > 0) Report(log, filters, DeliverPolicy.LastPerSubject, new ConsumerConfig { DeliverPolicy = DeliverPolicy.LastPerSubject });
        }

        log.DisposeAsync().AsTask().Wait();
        store.Dispose();
        Directory.Delete(directory, recursive: true);
    }

    // Returns the time of a message in the middle.
    private static long Fill(FileLog log, PendingListener listener, bool isShuffled)
    {
        int[] order = [.. Enumerable.Range(0, Keys)];
        byte[] payload = new byte[PayloadBytes];
        Span<byte> subject = stackalloc byte[32];
        for (int i = 0; i < Messages; i++)
        {
            if (isShuffled && i % Keys == 0) new Random(i).Shuffle(order);
            int key = order[i % Keys];
            "js.0000."u8.CopyTo(subject);
            (key / 10 + 10_000_000).TryFormat(subject[7..], out _, default, CultureInfo.InvariantCulture);
            subject[7] = (byte)'.';
            subject[15] = (byte)'.';
            subject[16] = (byte)('0' + (key % 10));
            log.Append(new NewMessage { Timestamp = (i + 1) * 1000L, Subject = subject[..17], Payload = payload });
            if (i % 1000 != 999) continue;
            log.Commit();
            if (log.IsCongested) listener.WaitFor(log.Position - 100_000);
        }

        log.Commit();
        listener.WaitFor(log.Position);
        return Messages * 3L / 5 * 1000L;
    }

    private static void Report(FileLog log, string[] filters, DeliverPolicy policy, ConsumerConfig config)
    {
        SubjectFilters? compiled = filters.Length == 0 ? null : new SubjectFilters(filters);
        var times = new double[Rounds];
        ulong pending = 0;
        for (int i = 0; i < Rounds; i++)
        {
            ChillCache();
            long start = Stopwatch.GetTimestamp();
            StartingPoint point = StartingPoint.Find(log, config, compiled, new StreamConfig());
            pending = point.SkipList is { } list ? (ulong)list.Count : log.CountPending(point.Sequence, compiled, lastPerSubject: false).Messages;
            times[i] = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        }

        double first = times[0];
        Array.Sort(times);
        string name = filters.Length == 0 ? "everything" : string.Join(' ', filters.Length > 3 ? [filters[0], "…"] : filters);
        Print($"{policy,-16} {name,-60} {times[Rounds / 2],8:F2} {times[^1],8:F2} first {first,8:F2}   {pending,12:N0}");
    }

    // What else a server does between two creations leaves nothing of the index in the processor's cache.
    private static void ChillCache() => Other.AsSpan().Reverse();

    private static void Print(FormattableString line) => Console.WriteLine(line.ToString(CultureInfo.InvariantCulture));

    private sealed class PendingListener : ILogListener
    {
        private long _committed;

        public void OnCommitted(long position)
        {
            if (position > Volatile.Read(ref _committed)) Volatile.Write(ref _committed, position);
        }

        public void OnFailed(LogStatus status, string reason) => throw new InvalidOperationException($"{status}: {reason}");

        public void OnRemoved(ulong sequence, ReadOnlySpan<byte> subject, ReadOnlySpan<byte> headers, int bytes, RemovalReason reason, bool isLastOfSubject)
        {
            // Nothing is removed here.
        }

        public void WaitFor(long position)
        {
            var wait = default(SpinWait);
            while (Volatile.Read(ref _committed) < position) wait.SpinOnce();
        }
    }
}
