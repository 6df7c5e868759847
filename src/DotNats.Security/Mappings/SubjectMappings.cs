using System.Text;
using DotNats.Primitives;

namespace DotNats.Security;

/// <summary>All subject mappings of an account, as they count on one server.</summary>
/// <remarks>Immutable and thread-safe; finding a mapping and applying it allocates nothing.</remarks>
// Compat: of several rules that take a subject nats-server uses the first it comes upon, and its order changes with every start. Here it is
// always the most specific one: at the first token where two differ, a word beats '*' and '*' beats '>'.
public sealed class SubjectMappings
{
    // An estimate, to be measured (MappingBenchmarks): a rule that does not fit costs one comparison of its first words, the trie a descent.
    private const int ScanLimit = 24;

    private readonly LocalMapping[] _rules;
    private readonly SubjectTrie<LocalMapping>? _trie;

    private SubjectMappings(LocalMapping[] rules)
    {
        _rules = rules;
        if (rules.Length <= ScanLimit)
            return;
        _trie = new SubjectTrie<LocalMapping>();
        foreach (LocalMapping rule in rules)
            _trie.Add(rule);
    }

    /// <summary>The rules, most specific first.</summary>
    public IEnumerable<MappingRule> Rules => _rules.Select(mapping => mapping.Rule);

    /// <summary>Puts rules together; null for none. Of two with the same source the last counts.</summary>
    /// <param name="cluster">Name of the cluster the server belongs to; null or empty for none.</param>
    public static SubjectMappings? Create(IEnumerable<MappingRule> rules, string? cluster)
    {
        Dictionary<string, MappingRule> bySource = new(StringComparer.Ordinal);
        foreach (MappingRule rule in rules)
            bySource[rule.Source] = rule;
        if (bySource.Count == 0)
            return null;
        MappingRule[] ordered = [.. bySource.Values.OrderBy(rule => SpecificityOf(rule.Source), StringComparer.Ordinal)];
        return new SubjectMappings([.. ordered.Select((rule, rank) => new LocalMapping(rule, rank, rule.SharesOf(cluster)))]);
    }

    /// <summary>The mapping that takes a published subject; null for none. The same until the account has other mappings.</summary>
    public LocalMapping? Find(ReadOnlySpan<byte> subject)
    {
        // The trie knows no subject with an empty token, rules ending in '>' take some.
        if (_trie is null || HasEmptyToken(subject))
            return Scan(subject);
        var sink = new BestSink(subject);
        _trie.Match(subject, ref sink);
        return sink.Best;
    }

    private LocalMapping? Scan(ReadOnlySpan<byte> subject)
    {
        foreach (LocalMapping rule in _rules)
        {
            if (rule.Rule.Takes(subject))
                return rule;
        }

        return null;
    }

    private static bool HasEmptyToken(ReadOnlySpan<byte> subject) => subject.IsEmpty || subject[0] == '.' || subject[^1] == '.' || subject.IndexOf(".."u8) >= 0;

    // One letter a token, in alphabetical order of what is more specific.
    private static string SpecificityOf(string source) =>
        string.Concat(source.Split('.').Select(token => token == ">" ? 'c' : MappingRule.IsWild(token) ? 'b' : 'a'));

    private ref struct BestSink(ReadOnlySpan<byte> subject) : IMatchSink<LocalMapping>
    {
        private readonly ReadOnlySpan<byte> _subject = subject;

        public LocalMapping? Best { get; private set; }

        public void OnMatch(LocalMapping entry)
        {
            if ((Best is null || entry.Rank < Best.Rank) && entry.Rule.Takes(_subject))
                Best = entry;
        }
    }
}
