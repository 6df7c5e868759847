using System.Text;
using DotNats.Primitives;

namespace DotNats.Benchmarks;

/// <summary>An entry that is nothing but its subject.</summary>
internal sealed class Entry(byte[] subject) : ISubjectEntry
{
    public byte[] Subject { get; } = subject;
}

internal struct CountingSink : IMatchSink<Entry>
{
    public int Count;

    public void OnMatch(Entry entry) => Count++;
}

/// <summary>Distinct filters, half of them with wildcards, and subjects that match some of them.</summary>
internal static class TrieWorkload
{
    /// <summary>Half <c>dev.N.temp</c>, a quarter each <c>dev.*.N</c> and <c>dev.N.&gt;</c> (of other N, or of the same when paired).</summary>
    public static Entry[] Filters(int count, bool paired)
    {
        var entries = new Entry[count];
        int half = count / 2;
        for (int i = 0; i < count; i++)
        {
            int n = 100_000 + (paired || i < half ? i % half : i);
            entries[i] = new Entry(Utf8(i < half ? $"dev.{n}.temp" : i % 2 == 0 ? $"dev.*.{n}" : $"dev.{n}.>"));
        }
        return entries;
    }

    /// <summary>Three literal children under each of a third as many parents: the shape with the most nodes.</summary>
    public static Entry[] Bushy(int count) =>
        [.. Enumerable.Range(0, count).Select(i => new Entry(Utf8($"fleet.{100_000 + (i / 3)}.{(i % 3) switch { 0 => "temp", 1 => "hum", _ => "*" }}")))];

    public static byte[][] Subjects(Entry[] filters, int seed)
    {
        byte[][] subjects = [.. filters.Select(e => Utf8(Encoding.UTF8.GetString(e.Subject).Replace("*", "temp").Replace(">", "temp")))];
        new Random(seed).Shuffle(subjects);
        return subjects;
    }

    public static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);
}
