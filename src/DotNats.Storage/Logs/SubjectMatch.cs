namespace DotNats.Storage;

/// <summary>A filter that knows the hash of its one subject, where it is one.</summary>
internal readonly ref struct SubjectMatch
{
    // The byte every match ends with, which most others do not; -1 where there is none.
    private readonly int _end;

    // What every match begins with.
    private readonly ReadOnlySpan<byte> _prefix;

    public SubjectMatch(MessageFilter filter)
    {
        Filter = filter;
        IsAll = filter.Count == 0;
        IsLiteral = filter.IsOneLiteral;
        SubjectTraits traits = filter.Traits;
        (Hash, _end) = (traits.Hash, traits.End);
        if (traits.PrefixLength > 0) _prefix = filter[0][..traits.PrefixLength];
    }

    public MessageFilter Filter { get; }

    public bool IsAll { get; }

    public bool IsLiteral { get; }

    /// <summary>The one subject, where it is one.</summary>
    public ReadOnlySpan<byte> Literal => Filter[0];

    /// <summary>Of the one subject.</summary>
    public uint Hash { get; }

    public static SubjectMatch Of(SubjectFilters? filters) => new(new MessageFilter(filters));

    /// <param name="filter">Subject or wildcard; empty for all.</param>
    public static SubjectMatch Of(ReadOnlySpan<byte> filter) => new(new MessageFilter(filter));

    public bool Matches(ReadOnlySpan<byte> subject) => (_end < 0 || (!subject.IsEmpty && subject[^1] == _end)) && subject.StartsWith(_prefix) && MatchesWhole(subject);

    private bool MatchesWhole(ReadOnlySpan<byte> subject) => IsLiteral ? subject.SequenceEqual(Literal) : Filter.Match(subject);
}
