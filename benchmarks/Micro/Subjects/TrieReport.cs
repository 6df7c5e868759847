using System.Diagnostics;
using System.Globalization;
using DotNats.Primitives;

namespace DotNats.Benchmarks;

/// <summary>Prints what a large trie costs in memory and how long single matches take when nothing is in a cache.</summary>
internal static class TrieReport
{
    public static void Run(int count)
    {
        Report("dev.N.temp, dev.*.M, dev.M.>", TrieWorkload.Filters(count, paired: false));
        Report("same with M = N", TrieWorkload.Filters(count, paired: true));
        Report("fleet.N.temp, .hum, .*", TrieWorkload.Bushy(count));
    }

    private static void Report(string name, Entry[] entries)
    {
        byte[][] subjects = TrieWorkload.Subjects(entries, seed: 1);
        new Random(2).Shuffle(entries);
        long before = GC.GetTotalMemory(forceFullCollection: true);
        var trie = new SubjectTrie<Entry>(seed: 3);
        long start = Stopwatch.GetTimestamp();
        foreach (Entry entry in entries)
            trie.Add(entry);
        double addNanoseconds = Stopwatch.GetElapsedTime(start).TotalNanoseconds / entries.Length;
        double bytes = (double)(GC.GetTotalMemory(forceFullCollection: true) - before) / entries.Length;
        MatchTimes(trie, subjects);
        double[] times = MatchTimes(trie, subjects);
        start = Stopwatch.GetTimestamp();
        foreach (Entry entry in entries)
            trie.Remove(entry);
        double removeNanoseconds = Stopwatch.GetElapsedTime(start).TotalNanoseconds / entries.Length;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{name,-30} {entries.Length,9:N0} entries {bytes,6:F1} B each; add {addNanoseconds,5:F0} ns, remove {removeNanoseconds,5:F0} ns; "
            + $"match p50 {At(times, 0.5),5:F0} ns, p90 {At(times, 0.9),5:F0} ns, p99 {At(times, 0.99),5:F0} ns"));
    }

    /// <summary>
    /// One measurement for each of up to 300,000 matches in random order, each on other memory than the last; sorted. The time of reading
    /// the clock is taken off. The subject itself is warm, as it is in a receive buffer.
    /// </summary>
    private static double[] MatchTimes(SubjectTrie<Entry> trie, byte[][] subjects)
    {
        double clock = ClockNanoseconds();
        var times = new double[Math.Min(subjects.Length, 300_000)];
        var sink = default(CountingSink);
        Span<byte> warm = stackalloc byte[64];
        for (int i = 0; i < times.Length; i++)
        {
            byte[] subject = subjects[i];
            subject.CopyTo(warm);
            long start = Stopwatch.GetTimestamp();
            trie.Match(warm[..subject.Length], ref sink);
            times[i] = Nanoseconds(Stopwatch.GetTimestamp() - start) - clock;
        }
        if (sink.Count < times.Length)
            throw new InvalidOperationException("matches are missing");
        Array.Sort(times);
        return times;
    }

    private static double ClockNanoseconds()
    {
        var times = new double[10_000];
        for (int i = 0; i < times.Length; i++)
        {
            long start = Stopwatch.GetTimestamp();
            times[i] = Nanoseconds(Stopwatch.GetTimestamp() - start);
        }
        Array.Sort(times);
        return At(times, 0.5);
    }

    private static double Nanoseconds(long ticks) => ticks * 1e9 / Stopwatch.Frequency;

    private static double At(double[] sorted, double quantile) => sorted[(int)((sorted.Length - 1) * quantile)];
}
