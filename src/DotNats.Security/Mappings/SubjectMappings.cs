using System.Text;
using DotNats.Primitives;

namespace DotNats.Security;

/// <summary>All subject mappings of an account, as they count on one server.</summary>
/// <remarks>Immutable and thread-safe; mapping a subject allocates nothing.</remarks>
// Compat: of several rules that take a subject nats-server uses the first it comes upon, and its order changes with every start. Here it is
// always the most specific one: at the first token where two differ, a word beats '*' and '*' beats '>'.
public sealed class SubjectMappings
{
    /// <summary>Answer of <see cref="Map"/>: no rule takes the subject, it stays as it is.</summary>
    public const int Unmapped = -1;

    /// <summary>Answer of <see cref="Map"/>: the message fell into a share that goes nowhere.</summary>
    public const int Lost = 0;

    // An estimate, to be measured (MappingBenchmarks): a rule that does not fit costs one comparison of its first words, the trie a descent.
    private const int ScanLimit = 24;

    private readonly LocalMapping[] _rules;
    private readonly SubjectTrie<LocalMapping>? _trie;

    private readonly long _fixedBytes;
    private readonly long _copies;

    private SubjectMappings(LocalMapping[] rules)
    {
        _rules = rules;
        foreach (SubjectTransform? transform in rules.SelectMany(mapping => mapping.Transforms))
        {
            _fixedBytes = Math.Max(_fixedBytes, transform?.MaxLength(0) ?? 0);
            _copies = Math.Max(_copies, transform?.Copies ?? 0);
        }

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

    /// <summary>Bytes that <see cref="Map"/> may need for a subject of this length.</summary>
    public int RoomFor(int subjectLength) => (int)Math.Min(_fixedBytes + ((long)_copies * subjectLength), SubjectTransform.MaxSubjectBytes);

    /// <summary>Finds where a subject goes and writes it to the start of <paramref name="room"/>.</summary>
    /// <returns>Length of what was written, <see cref="Lost"/> or <see cref="Unmapped"/>.</returns>
    public int Map(ReadOnlySpan<byte> subject, Span<byte> room, SpreadRandom random)
    {
        if (Find(subject) is not { } mapping)
            return Unmapped;
        return mapping.Pick(random) is { } transform && transform.TryApply(mapping.Seen(subject), room, random, out int written) ? written : Lost;
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
