using System.Diagnostics;
using System.Globalization;
using DotNats.Storage;

namespace DotNats.Benchmarks;

/// <summary>Prints what a subject costs in an index of many, and how long single questions take when nothing is in a cache.</summary>
internal static class SubjectIndexReport
{
    private const int Samples = 300_000;

    public static void Run(int count)
    {
        long before = Process.GetCurrentProcess().WorkingSet64;
        var index = new SubjectIndex();
        var order = new int[count];
        for (int i = 0; i < count; i++) order[i] = i;
        new Random(1).Shuffle(order);
        Span<byte> subject = stackalloc byte[32];
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < count; i++) index.Add(subject[..Format(order[i], subject)], (ulong)i + 1);
        double addNanoseconds = Stopwatch.GetElapsedTime(start).TotalNanoseconds / count;
        long collected = GC.GetTotalMemory(forceFullCollection: true);
        long process = Process.GetCurrentProcess().WorkingSet64 - before - ((long)count * sizeof(int));
        start = Stopwatch.GetTimestamp();
        GC.Collect();
        double collection = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        Print($"{count:N0} subjects: {(double)index.HeldBytes / count:F1} B each in the index, {(double)process / count:F1} B of the process; add {addNanoseconds:F0} ns; a full collection {collection:F0} ms");

        Report("last of a subject", i => Last(index, order[i % count]));
        var walk = new SubjectWalk(index);
        Report("last of orders.R.>", i => walk.FindLast(i % 2 == 0 ? "orders.eu.>"u8 : "orders.us.>"u8) ? walk.Entry.Last : 0);
        Report("last of orders.*.N.created", i => LastOfPattern(walk, order[i % count]));
        Report("number in orders.eu.>", _ => (ulong)index.CountMatches("orders.eu.>"u8));
        GC.KeepAlive(collected);
    }

    private static ulong Last(SubjectIndex index, int number)
    {
        Span<byte> subject = stackalloc byte[32];
        return index.TryGet(subject[..Format(number, subject)], out SubjectEntry entry) ? entry.Last : throw new InvalidOperationException("a subject is missing");
    }

    private static ulong LastOfPattern(SubjectWalk walk, int number)
    {
        Span<byte> subject = stackalloc byte[32];
        int length = Format(number, subject);
        // orders.eu.1234567.created becomes orders.*.1234567.created.
        subject[7] = (byte)'*';
        subject[9..length].CopyTo(subject[8..]);
        return walk.FindLast(subject[..(length - 1)]) ? walk.Entry.Last : throw new InvalidOperationException("a subject is missing");
    }

    /// <summary>As <c>orders.eu.1234567.created</c>, half of them in either region.</summary>
    private static int Format(int number, Span<byte> target)
    {
        (number % 2 == 0 ? "orders.eu."u8 : "orders.us."u8).CopyTo(target);
        (number / 2 + 1_000_000).TryFormat(target[10..], out int digits, default, CultureInfo.InvariantCulture);
        ".created"u8.CopyTo(target[(10 + digits)..]);
        return 18 + digits;
    }

    private static void Report(string name, Func<int, ulong> question)
    {
        var times = new double[Samples];
        for (int i = 0; i < Samples / 10; i++) question(i);
        for (int i = 0; i < Samples; i++)
        {
            long start = Stopwatch.GetTimestamp();
            question(i);
            times[i] = (Stopwatch.GetTimestamp() - start) * 1e9 / Stopwatch.Frequency;
        }

        Array.Sort(times);
        Print($"  {name,-28} p50 {times[Samples / 2]:F0} ns, p90 {times[Samples * 9 / 10]:F0} ns, p99 {times[Samples * 99 / 100]:F0} ns");
    }

    private static void Print(FormattableString line) => Console.WriteLine(line.ToString(CultureInfo.InvariantCulture));
}
