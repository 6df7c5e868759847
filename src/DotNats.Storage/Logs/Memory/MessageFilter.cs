using DotNats.Primitives;

namespace DotNats.Storage;

/// <summary>What a reader asks for: everything, one filter or several, looked at in one way.</summary>
internal readonly ref struct MessageFilter
{
    private readonly SubjectFilters? _several;
    private readonly ReadOnlySpan<byte> _one;

    public MessageFilter(SubjectFilters? several)
    {
        _several = several;
        Count = several?.Count ?? 0;
    }

    /// <param name="one">Empty for all.</param>
    public MessageFilter(ReadOnlySpan<byte> one)
    {
        _one = one;
        Count = one.IsEmpty ? 0 : 1;
    }

    /// <summary>Number of filters; 0 for all.</summary>
    public int Count { get; }

    public ReadOnlySpan<byte> this[int index] => _several is null ? _one : _several[index];

    public bool IsOneLiteral => _several is null ? Count == 1 && !Subjects.HasWildcards(_one) : _several.IsOneLiteral;

    /// <summary>What is known of every subject that matches.</summary>
    public SubjectTraits Traits => _several is null ? SubjectTraits.Of(_one) : _several.Traits;

    /// <summary>Some subject may be matched by more than one of the filters.</summary>
    public bool Overlaps => _several is { Overlaps: true };

    /// <summary>Matches all that an index has.</summary>
    public bool IsAll(SubjectIndex index)
    {
        if (Count == 0) return true;
        if (index.HasIrregular) return false;
        for (int i = 0; i < Count; i++)
        {
            if (this[i].SequenceEqual(">"u8)) return true;
        }

        return false;
    }

    public bool Match(ReadOnlySpan<byte> subject) => Count == 0 || IsMatchedBefore(Count, subject);

    /// <summary>Whether one of the first so many filters matches.</summary>
    public bool IsMatchedBefore(int index, ReadOnlySpan<byte> subject)
    {
        for (int i = 0; i < index; i++)
        {
            if (Subjects.Matches(subject, this[i])) return true;
        }

        return false;
    }
}
