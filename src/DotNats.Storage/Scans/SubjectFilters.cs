using System.Text;
using DotNats.Primitives;

namespace DotNats.Storage;

/// <summary>Subjects and wildcards, one of which a message must match.</summary>
// Owner: whoever made it. Immutable. Invariant: at least one filter, none empty.
public sealed class SubjectFilters : IEquatable<SubjectFilters>
{
    // Each is compared with each: of more it is not asked.
    private const int MostCompared = 64;

    private readonly byte[][] _filters;
    private readonly int _hash;

    /// <param name="filters">Valid subjects or wildcards.</param>
    public SubjectFilters(params ReadOnlySpan<string> filters)
        : this(BytesOf(filters))
    {
    }

    /// <param name="filters">Valid subjects or wildcards, which are never changed.</param>
    public SubjectFilters(byte[][] filters)
    {
        ArgumentOutOfRangeException.ThrowIfZero(filters.Length);
        _filters = filters;
        IsOneLiteral = filters.Length == 1 && !Subjects.HasWildcards(filters[0]);
        Traits = SubjectTraits.Of(filters);
        foreach (byte[] filter in filters) _hash = (31 * _hash) + (int)SubjectHash.Of(filter);
        Overlaps = filters.Length > MostCompared;
        for (int i = 0; i < filters.Length; i++)
        {
            for (int other = 0; other < i && !Overlaps; other++) Overlaps = Subjects.Overlaps(_filters[i], _filters[other]);
        }
    }

    /// <summary>Number of filters.</summary>
    public int Count => _filters.Length;

    public ReadOnlySpan<byte> this[int index] => _filters[index];

    /// <summary>Some subject may be matched by more than one of them.</summary>
    public bool Overlaps { get; }

    /// <summary>One filter, and it has no wildcard.</summary>
    public bool IsOneLiteral { get; }

    /// <summary>What is known of every subject that they match.</summary>
    internal SubjectTraits Traits { get; }

    public bool Match(ReadOnlySpan<byte> subject)
    {
        foreach (byte[] filter in _filters)
        {
            if (Subjects.Matches(subject, filter)) return true;
        }

        return false;
    }

    /// <summary>The same filters in the same order.</summary>
    public bool Equals(SubjectFilters? other)
    {
        if (ReferenceEquals(this, other)) return true;
        if (other is null || other._hash != _hash || other.Count != Count) return false;
        for (int i = 0; i < Count; i++)
        {
            if (!other[i].SequenceEqual(this[i])) return false;
        }

        return true;
    }

    public override bool Equals(object? obj) => Equals(obj as SubjectFilters);

    public override int GetHashCode() => _hash;

    private static byte[][] BytesOf(ReadOnlySpan<string> filters)
    {
        byte[][] bytes = new byte[filters.Length][];
        for (int i = 0; i < filters.Length; i++) bytes[i] = Encoding.UTF8.GetBytes(filters[i]);
        return bytes;
    }
}
