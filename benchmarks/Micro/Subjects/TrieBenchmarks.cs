using BenchmarkDotNet.Attributes;
using DotNats.Primitives;

namespace DotNats.Benchmarks;

/// <summary>Matching in a small trie whose nodes stay in the cache.</summary>
[MemoryDiagnoser]
public class TrieHotBenchmarks
{
    private readonly SubjectTrie<Entry> _trie = new(seed: 3);
    private readonly byte[] _subject = TrieWorkload.Utf8("orders.eu.berlin.4711");
    private readonly byte[] _leaf = TrieWorkload.Utf8("inbox.abcdefghij");

    [GlobalSetup]
    public void Fill()
    {
        foreach (string filter in (string[])["orders.eu.berlin.4711", "orders.*.berlin.*", "orders.>", "inbox.abcdefghij", "metrics.cpu"])
            _trie.Add(new Entry(TrieWorkload.Utf8(filter)));
        for (int i = 0; i < 1000; i++)
            _trie.Add(new Entry(TrieWorkload.Utf8($"orders.us.{i}.created")));
    }

    [Benchmark]
    public int ThreeOfMany()
    {
        var sink = default(CountingSink);
        _trie.Match(_subject, ref sink);
        return sink.Count;
    }

    [Benchmark]
    public int OneLeaf()
    {
        var sink = default(CountingSink);
        _trie.Match(_leaf, ref sink);
        return sink.Count;
    }

    [Benchmark]
    public bool HasMatch() => _trie.HasMatch(_leaf);
}

/// <summary>Matching among a million filters in random order, so that every step misses the caches.</summary>
public class TrieColdBenchmarks
{
    private readonly SubjectTrie<Entry> _trie = new(seed: 3);
    private byte[][] _subjects = [];
    private int _next;

    [GlobalSetup]
    public void Fill()
    {
        Entry[] entries = TrieWorkload.Filters(1_000_000, paired: false);
        _subjects = TrieWorkload.Subjects(entries, seed: 1);
        foreach (Entry entry in entries)
            _trie.Add(entry);
    }

    [Benchmark]
    public int Match()
    {
        var sink = default(CountingSink);
        _next = _next + 1 == _subjects.Length ? 0 : _next + 1;
        _trie.Match(_subjects[_next], ref sink);
        return sink.Count;
    }
}
