using BenchmarkDotNet.Attributes;
using DotNats.Primitives;

namespace DotNats.Benchmarks;

/// <summary>The pure functions on one subject.</summary>
public class SubjectsBenchmarks
{
    private readonly byte[] _subject = TrieWorkload.Utf8("orders.eu.berlin.4711.created");
    private readonly byte[] _star = TrieWorkload.Utf8("orders.*.berlin.*.created");
    private readonly byte[] _full = TrieWorkload.Utf8("orders.eu.>");
    private readonly byte[] _other = TrieWorkload.Utf8("orders.eu.berlin.4712.created");

    [Benchmark]
    public bool MatchesItself() => Subjects.Matches(_subject, _subject);

    [Benchmark]
    public bool MatchesStars() => Subjects.Matches(_subject, _star);

    [Benchmark]
    public bool MatchesFull() => Subjects.Matches(_subject, _full);

    [Benchmark]
    public bool MatchesNot() => Subjects.Matches(_subject, _other);

    [Benchmark]
    public bool IsWellFormedFilter() => Subjects.IsWellFormedFilter(_star);

    [Benchmark]
    public bool Overlaps() => Subjects.Overlaps(_star, _full);
}
