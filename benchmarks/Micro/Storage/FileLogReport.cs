using System.Diagnostics;
using DotNats.Storage;

namespace DotNats.Benchmarks;

/// <summary>Messages per second into file logs: a writer with so many messages outstanding, many streams at once, and how long opening takes.</summary>
internal static class FileLogReport
{
    private const int PayloadBytes = 128;

    /// <param name="directory">On the device to be measured; what is made there is deleted.</param>
    public static void Run(string directory)
    {
        foreach (LogDurability durability in (LogDurability[])[LogDurability.Synced, LogDurability.Written])
        {
            foreach (int window in (int[])[1, 64, 1000]) OneStream(directory, durability, window, seconds: 3);
        }

        foreach (int threads in (int[])[1, 2, 4, 8, 16]) ManyStreams(directory, streams: 1000, threads, seconds: 5);
        Reopen(directory, messages: 10_000_000);
    }

    public static void OneStream(string directory, LogDurability durability, int window, int seconds)
    {
        using FileStore store = Open(directory, syncThreads: 8);
        var listener = new Waiter();
        FileLog log = store.Create("ACC", "S", "{}"u8).OpenLog(new LogOptions { Name = "S", Durability = durability }, listener);
        byte[] payload = new byte[PayloadBytes];
        var latencies = new List<long>();
        long allocated = GC.GetAllocatedBytesForCurrentThread();
        long start = Stopwatch.GetTimestamp();
        long count = 0;
        while (Stopwatch.GetElapsedTime(start).TotalSeconds < seconds)
        {
            long sent = Stopwatch.GetTimestamp();
            while (count - listener.Committed < window)
            {
                log.Append(new NewMessage { Timestamp = count + 1, Subject = "a.subject"u8, Payload = payload });
                count++;
            }

            log.Commit();
            listener.WaitFor(count - window + 1);
            if (window == 1) latencies.Add(Stopwatch.GetTimestamp() - sent);
        }

        double rate = count / Stopwatch.GetElapsedTime(start).TotalSeconds;
        allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
        latencies.Sort();
        string median = latencies.Count == 0 ? "" : $", p50 {latencies[latencies.Count / 2] * 1e6 / Stopwatch.Frequency:F0} us";
        Console.WriteLine($"{durability,-8} window {window,4}: {rate,12:N0} msg/s{median}, {(double)allocated / count:F2} bytes allocated each");
        Close(log, directory, store);
    }

    /// <summary>Each stream has one message outstanding.</summary>
    public static void ManyStreams(string directory, int streams, int threads, int seconds)
    {
        using FileStore store = Open(directory, threads);
        var listeners = new Waiter[streams];
        var logs = new FileLog[streams];
        var counts = new long[streams];
        for (int i = 0; i < streams; i++)
        {
            listeners[i] = new Waiter();
            logs[i] = store.Create("ACC", $"S{i}", "{}"u8).OpenLog(new LogOptions { Name = $"S{i}" }, listeners[i]);
        }

        byte[] payload = new byte[PayloadBytes];
        long start = Stopwatch.GetTimestamp();
        long total = 0;
        while (Stopwatch.GetElapsedTime(start).TotalSeconds < seconds)
        {
            bool isAny = false;
            for (int i = 0; i < streams; i++)
            {
                if (listeners[i].Committed < counts[i]) continue;
                logs[i].Append(new NewMessage { Timestamp = total + 1, Subject = "a.subject"u8, Payload = payload });
                logs[i].Commit();
                counts[i]++;
                total++;
                isAny = true;
            }

            if (!isAny) Thread.Sleep(0);
        }

        Console.WriteLine($"{streams} streams, {threads,2} threads: {total / Stopwatch.GetElapsedTime(start).TotalSeconds,10:N0} msg/s synced");
        foreach (FileLog log in logs) log.DisposeAsync().AsTask().Wait();
        store.Dispose();
        Directory.Delete(directory, recursive: true);
    }

    public static void Reopen(string directory, int messages)
    {
        FileStore store = Open(directory, syncThreads: 8);
        StreamDirectory stream = store.Create("ACC", "S", "{}"u8);
        var listener = new Waiter();
        FileLog log = stream.OpenLog(new LogOptions { Name = "S" }, listener);
        byte[] payload = new byte[PayloadBytes];
        for (int i = 0; i < messages; i++)
        {
            log.Append(new NewMessage { Timestamp = i + 1, Subject = "a.subject"u8, Payload = payload });
            if (i % 1000 != 999) continue;
            log.Commit();
            if (log.IsCongested) listener.WaitFor(i - 100_000);
        }

        log.Commit();
        listener.WaitFor(messages);
        // The state of the directory now is what kill -9 leaves: the index is as old as it gets, and nothing was closed.
        string killed = directory + "-killed";
        Copy(stream.Path, killed);
        log.DisposeAsync().AsTask().Wait();
        store.Dispose();
        foreach ((string name, string path) in ((string, string)[])[("orderly stop", directory), ("kill -9", directory)])
        {
            if (name == "kill -9") Replace(killed, stream.Path);
            long before = GC.GetTotalMemory(forceFullCollection: true);
            long start = Stopwatch.GetTimestamp();
            using FileStore again = FileStore.Open(new FileStoreOptions { Directory = path });
            var found = new List<StoredStream>();
            again.Find("ACC", found, []);
            FileLog opened = found[0].Directory.OpenLog(new LogOptions { Name = "S" }, new Waiter());
            opened.TryReadLast("a.subject"u8, new MessageBuffer());
            double took = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            Console.WriteLine($"open {messages:N0} messages after {name}: {took:F0} ms, {opened.State.Messages:N0} messages, {(GC.GetTotalMemory(true) - before) / 1024:N0} KiB");
            opened.DisposeAsync().AsTask().Wait();
        }

        Directory.Delete(directory, recursive: true);
    }

    private static void Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (string file in Directory.GetFiles(from)) File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
        foreach (string inner in Directory.GetDirectories(from)) Copy(inner, Path.Combine(to, Path.GetFileName(inner)));
    }

    private static void Replace(string from, string to)
    {
        Directory.Delete(to, recursive: true);
        Directory.Move(from, to);
    }

    private static FileStore Open(string directory, int syncThreads) =>
        FileStore.Open(new FileStoreOptions { Directory = directory, SyncThreads = syncThreads });

    private static void Close(FileLog log, string directory, FileStore store)
    {
        log.DisposeAsync().AsTask().Wait();
        store.Dispose();
        Directory.Delete(directory, recursive: true);
    }

    private sealed class Waiter : ILogListener
    {
        private long _committed;

        public long Committed => Volatile.Read(ref _committed);

        public void OnCommitted(long position)
        {
            if (position > Committed) Volatile.Write(ref _committed, position);
        }

        public void OnFailed(LogStatus status, string reason) => throw new InvalidOperationException($"{status}: {reason}");

        public void OnRemoved(
            ulong sequence, ReadOnlySpan<byte> subject, ReadOnlySpan<byte> headers, int bytes, RemovalReason reason, bool isLastOfSubject)
        {
            // Nothing is removed here.
        }

        // Spinning a little is what a busy runner amounts to.
        public void WaitFor(long position)
        {
            var wait = default(SpinWait);
            while (Committed < position) wait.SpinOnce(sleep1Threshold: -1);
        }
    }
}
