using DotNats.Primitives;

namespace DotNats.Storage;

/// <summary>What every subject has that some filters match: most others are told by it without looking at their tokens, and often it is all that is asked.</summary>
/// <param name="Hash">Of the one subject that is matched; 0 where there may be others.</param>
/// <param name="End">The last byte; -1 where it may be any.</param>
/// <param name="PrefixLength">So many bytes of the one filter are what a subject begins with.</param>
/// <param name="AnyTokens">Behind them so many tokens follow, whatever they are; -1 where that is not all that is asked.</param>
/// <param name="IsOpen">And one or more.</param>
internal readonly record struct SubjectTraits(uint Hash, int End, int PrefixLength, int AnyTokens, bool IsOpen)
{
    private static SubjectTraits None => new(0, -1, 0, -1, IsOpen: false);

    /// <param name="filter">Subject or wildcard; empty for all.</param>
    public static SubjectTraits Of(ReadOnlySpan<byte> filter)
    {
        if (filter.IsEmpty) return None;
        int end = filter[^1] is var last && last is not ((byte)'*' or (byte)'>') ? last : -1;
        int prefix = filter.IndexOfAny((byte)'*', (byte)'>');
        SubjectTraits traits = None with { End = end, PrefixLength = Math.Max(0, prefix) };
        if (!Subjects.HasWildcards(filter)) return traits with { Hash = SubjectHash.Of(filter) };
        if (prefix < 0 || (prefix > 0 && (filter[prefix - 1] != (byte)'.' || !Subjects.IsValidLiteral(filter[..(prefix - 1)])))) return traits;
        return CountStars(filter[prefix..], out bool isOpen) is >= 0 and var stars ? traits with { AnyTokens = stars, IsOpen = isOpen } : traits;
    }

    /// <param name="filters">Subjects or wildcards, one of which is to be matched.</param>
    public static SubjectTraits Of(byte[][] filters) => filters.Length == 1 ? Of(filters[0]) : None;

    /// <summary>What follows the prefix is as many tokens as there should be.</summary>
    public bool IsTail(ReadOnlySpan<byte> rest)
    {
        if (rest.IsEmpty || rest[0] == (byte)'.' || rest[^1] == (byte)'.') return false;
        int dots = 0;
        bool hasEmpty = false;
        byte before = 0;
        foreach (byte value in rest)
        {
            int dot = value == (byte)'.' ? 1 : 0;
            dots += dot;
            hasEmpty |= (dot & before) != 0;
            before = (byte)dot;
        }

        return !hasEmpty && (IsOpen ? dots >= AnyTokens : dots + 1 == AnyTokens);
    }

    // -1 where there is something else.
    private static int CountStars(ReadOnlySpan<byte> tokens, out bool isOpen)
    {
        isOpen = false;
        for (int stars = 0; ; stars++)
        {
            if (tokens.SequenceEqual(">"u8))
            {
                isOpen = true;
                return stars;
            }

            if (tokens.SequenceEqual("*"u8)) return stars + 1;
            if (!tokens.StartsWith("*."u8)) return -1;
            tokens = tokens[2..];
        }
    }
}
