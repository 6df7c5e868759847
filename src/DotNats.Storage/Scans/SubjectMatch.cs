namespace DotNats.Storage;

/// <summary>A filter that knows the hash of its one subject, where it is one.</summary>
internal readonly ref struct SubjectMatch
{
    private readonly SubjectTraits _traits;

    // What every match begins with.
    private readonly ReadOnlySpan<byte> _prefix;

    public SubjectMatch(MessageFilter filter)
    {
        Filter = filter;
        IsAll = filter.Count == 0;
        IsLiteral = filter.IsOneLiteral;
        _traits = filter.Traits;
        if (_traits.PrefixLength > 0) _prefix = filter[0][.._traits.PrefixLength];
    }

    public MessageFilter Filter { get; }

    public bool IsAll { get; }

    public bool IsLiteral { get; }

    /// <summary>The one subject, where it is one.</summary>
    public ReadOnlySpan<byte> Literal => Filter[0];

    /// <summary>Of the one subject.</summary>
    public uint Hash => _traits.Hash;

    public static SubjectMatch Of(SubjectFilters? filters) => new(new MessageFilter(filters));

    /// <param name="filter">Subject or wildcard; empty for all.</param>
    public static SubjectMatch Of(ReadOnlySpan<byte> filter) => new(new MessageFilter(filter));

    public bool Matches(ReadOnlySpan<byte> subject)
    {
        if ((_traits.End >= 0 && (subject.IsEmpty || subject[^1] != _traits.End)) || !subject.StartsWith(_prefix)) return false;
        return _traits.AnyTokens >= 0 ? _traits.IsTail(subject[_prefix.Length..]) : MatchesWhole(subject);
    }

    private bool MatchesWhole(ReadOnlySpan<byte> subject) => IsLiteral ? subject.SequenceEqual(Literal) : Filter.Match(subject);
}
