using BenchmarkDotNet.Attributes;
using DotNats.Primitives;
using DotNats.Security;

namespace DotNats.Benchmarks;

/// <summary>What a published subject costs in an account with mappings.</summary>
public class MappingBenchmarks
{
    private readonly SpreadRandom _random = new(1);
    private readonly byte[] _room = new byte[4096];
    private readonly byte[] _subject = TrieWorkload.Utf8("orders.eu.berlin.4711");
    private readonly byte[] _other = TrieWorkload.Utf8("other.eu.berlin.4711");
    private SubjectMappings _mappings = null!;

    /// <summary>Rules that do not fit beside the one that does.</summary>
    [Params(0, 10, 24, 25, 1000)]
    public int Others { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        List<MappingRule> rules = [Rule("orders.*.*.*", "o.$2.$1.$3")];
        for (int i = 0; i < Others; i++) rules.Add(Rule($"orders.{i}.*.>", "x.$1.>"));
        _mappings = SubjectMappings.Create(rules, null)!;
    }

    [Benchmark]
    public int Maps() => Map(_subject);

    [Benchmark]
    public int LeavesAlone() => Map(_other);

    private int Map(byte[] subject) => _mappings.Find(subject) is { } mapping && mapping.Pick(_random) is { } transform
        && transform.TryApply(mapping.Seen(subject), _room, _random, out int length) ? length : 0;

    private static MappingRule Rule(string source, string destination) =>
        MappingRule.TryCreate(source, [new WeightedSubject(destination)], out MappingRule? rule, out string? error) ? rule! : throw new InvalidOperationException(error);
}
