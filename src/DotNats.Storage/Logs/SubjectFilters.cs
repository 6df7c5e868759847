using System.Text;
using DotNats.Primitives;

namespace DotNats.Storage;

/// <summary>Subjects and wildcards, one of which a message must match.</summary>
// Owner: whoever made it. Immutable. Invariant: at least one filter, none empty.
public sealed class SubjectFilters
{
    // Each is compared with each: of more it is not asked.
    private const int MostCompared = 64;

    private readonly byte[][] _filters;

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

    private static byte[][] BytesOf(ReadOnlySpan<string> filters)
    {
        byte[][] bytes = new byte[filters.Length][];
        for (int i = 0; i < filters.Length; i++) bytes[i] = Encoding.UTF8.GetBytes(filters[i]);
        return bytes;
    }
}
