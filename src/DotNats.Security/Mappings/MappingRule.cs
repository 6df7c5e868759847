using System.Text;
using DotNats.Primitives;

namespace DotNats.Security;

/// <summary>One mapping of an account: whom it is for and which shares go where.</summary>
/// <remarks>Immutable and thread-safe.</remarks>
public sealed class MappingRule
{
    private const int Whole = 100;

    private readonly byte[] _source;

    // The tokens before the first wildcard, with the dot behind them.
    private readonly int _prefixLength;

    private MappingRule(string source, IReadOnlyList<MappingShare> shares)
    {
        Source = source;
        Shares = shares;
        _source = Encoding.UTF8.GetBytes(source);
        string[] tokens = source.Split('.');
        int wildcard = Array.FindIndex(tokens, IsWild);
        IsExact = wildcard < 0;
        if (!IsExact)
            _prefixLength = tokens[..wildcard].Sum(token => Encoding.UTF8.GetByteCount(token) + 1);
    }

    public string Source { get; }

    /// <summary>Shares by cluster, in each from the smallest to the largest.</summary>
    public IReadOnlyList<MappingShare> Shares { get; }

    /// <summary>True where only the source itself is mapped.</summary>
    internal bool IsExact { get; }

    /// <summary>Compiles a mapping; false with what is wrong, in nats-server's words.</summary>
    public static bool TryCreate(string source, IReadOnlyList<WeightedSubject> destinations, out MappingRule? rule, out string? error)
    {
        rule = null;
        if (!Primitives.Subjects.IsValidFilter(Encoding.UTF8.GetBytes(source)))
        {
            error = "invalid subject";
            return false;
        }

        var compiler = new ShareCompiler(source);
        foreach (WeightedSubject destination in destinations)
        {
            error = compiler.Add(destination);
            if (error is not null)
                return false;
        }

        error = null;
        rule = new MappingRule(source, compiler.ToShares());
        return true;
    }

    /// <summary>The shares that count on a server of this cluster: its own where it is named, else those of no cluster.</summary>
    internal MappingShare[] SharesOf(string? cluster)
    {
        MappingShare[] own = string.IsNullOrEmpty(cluster) ? [] : [.. Shares.Where(share => share.Cluster == cluster)];
        return own.Length > 0 ? own : [.. Shares.Where(share => share.Cluster is null)];
    }

    /// <summary>Whether a published subject is mapped by this rule.</summary>
    // Compat: whatever begins with a star in the source is a wildcard here, though no function can name it; a subject's own "*" meets only "*",
    // its ">" no star at all.
    internal bool Takes(ReadOnlySpan<byte> subject)
    {
        if (IsExact)
            return subject.SequenceEqual(_source);
        return subject.StartsWith(_source.AsSpan(0, _prefixLength)) && TakesRest(subject[_prefixLength..], _source.AsSpan(_prefixLength));
    }

    private static bool TakesRest(ReadOnlySpan<byte> subject, ReadOnlySpan<byte> source)
    {
        while (true)
        {
            int sourceEnd = source.IndexOf((byte)'.');
            ReadOnlySpan<byte> wanted = sourceEnd < 0 ? source : source[..sourceEnd];
            if (wanted is [(byte)'>'])
                return true;
            int end = subject.IndexOf((byte)'.');
            ReadOnlySpan<byte> token = end < 0 ? subject : subject[..end];
            if (token.IsEmpty || token is [(byte)'>'])
                return false;
            if (token is [(byte)'*'] ? wanted is not [(byte)'*'] : wanted[0] != '*' && !token.SequenceEqual(wanted))
                return false;
            if (end < 0 || sourceEnd < 0)
                return end < 0 && sourceEnd < 0;
            subject = subject[(end + 1)..];
            source = source[(sourceEnd + 1)..];
        }
    }

    internal static bool IsWild(string token) => token == ">" || token[0] == '*';

    public override string ToString() => Source;

    /// <summary>Collects destinations and lays their shares.</summary>
    private sealed class ShareCompiler(string source)
    {
        private readonly List<(WeightedSubject Destination, SubjectTransform? Transform)> _added = [];
        private readonly HashSet<string> _seen = new(StringComparer.Ordinal);

        /// <summary>What is wrong, or null.</summary>
        public string? Add(WeightedSubject destination)
        {
            if (!_seen.Add(destination.Subject))
                return $"duplicate entry for {GoQuote.Quote(destination.Subject)}";
            if (destination.Weight is < 0 or > Whole)
                return "individual weights need to be <= 100";
            if (_added.Where(other => ClusterOf(other.Destination) == ClusterOf(destination)).Sum(other => other.Destination.Weight) + destination.Weight > Whole)
                return "total weight needs to be <= 100";
            if (TransformCompiler.CheckMappingDestination(destination.Subject) is { } wrong)
                return wrong;
            if (!SubjectTransform.TryCreate(source, destination.Subject, strict: false, out SubjectTransform? transform, out string? error))
                return error;
            _added.Add((destination, transform));
            return null;
        }

        public List<MappingShare> ToShares()
        {
            List<MappingShare> shares = [];
            foreach (string? cluster in _added.Select(added => ClusterOf(added.Destination)).Prepend(null).Distinct())
                AddShares(cluster, shares);
            return shares;
        }

        private void AddShares(string? cluster, List<MappingShare> shares)
        {
            List<(string Subject, int Weight, SubjectTransform? Transform)> own =
                [.. _added.Where(added => ClusterOf(added.Destination) == cluster).Select(added => (added.Destination.Subject, added.Destination.Weight, added.Transform))];
            int total = own.Sum(share => share.Weight);
            // What is left over stays, unless the source is among the destinations, in whichever cluster: then it is meant to be lost.
            if (total != Whole && !_seen.Contains(source))
            {
                string same = TransformText.Tokenize(source);
                _ = SubjectTransform.TryCreate(source, same, strict: false, out SubjectTransform? transform, out _);
                own.Add((same, Whole - total, transform));
            }

            int upTo = 0;
            foreach ((string subject, int weight, SubjectTransform? transform) in own.OrderBy(share => share.Weight))
            {
                upTo += weight;
                shares.Add(new MappingShare(subject, upTo, cluster, transform));
            }
        }

        private static string? ClusterOf(WeightedSubject destination) => string.IsNullOrEmpty(destination.Cluster) ? null : destination.Cluster;
    }
}
