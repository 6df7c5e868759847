using DotNats.Primitives;

namespace DotNats.Storage;

/// <summary>What every subject has that some filters match: most others are told by it without looking at their tokens.</summary>
/// <param name="Hash">Of the one subject that is matched; 0 where there may be others.</param>
/// <param name="End">The last byte; -1 where it may be any.</param>
/// <param name="PrefixLength">So many bytes of the one filter are what a subject begins with.</param>
internal readonly record struct SubjectTraits(uint Hash, int End, int PrefixLength)
{
    /// <param name="filter">Subject or wildcard; empty for all.</param>
    public static SubjectTraits Of(ReadOnlySpan<byte> filter)
    {
        if (filter.IsEmpty) return new SubjectTraits(0, -1, 0);
        int end = filter[^1] is var last && last is not ((byte)'*' or (byte)'>') ? last : -1;
        int prefix = filter.IndexOfAny((byte)'*', (byte)'>');
        return new SubjectTraits(Subjects.HasWildcards(filter) ? 0 : SubjectHash.Of(filter), end, Math.Max(0, prefix));
    }

    /// <param name="filters">Subjects or wildcards, one of which is to be matched.</param>
    public static SubjectTraits Of(byte[][] filters) => filters.Length == 1 ? Of(filters[0]) : new SubjectTraits(0, -1, 0);
}
