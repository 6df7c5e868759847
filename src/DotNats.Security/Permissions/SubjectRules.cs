using System.Text;

namespace DotNats.Security;

/// <summary>Subject comparison as permissions need it, on bytes.</summary>
// Private copy until the shared matcher of Primitives is there; same rules.
internal static class SubjectRules
{
    private const byte Separator = (byte)'.';

    public static bool IsWildcardToken(ReadOnlySpan<byte> token) => token.Length == 1 && token[0] is (byte)'*' or (byte)'>';

    public static bool HasWildcard(ReadOnlySpan<byte> subject)
    {
        while (NextToken(ref subject, out ReadOnlySpan<byte> token))
        {
            if (IsWildcardToken(token))
                return true;
        }

        return false;
    }

    /// <summary>Takes the first token off; false at the end. An empty token makes no valid subject.</summary>
    public static bool NextToken(ref ReadOnlySpan<byte> rest, out ReadOnlySpan<byte> token)
    {
        if (rest.IsEmpty)
        {
            token = default;
            return false;
        }

        int end = rest.IndexOf(Separator);
        token = end < 0 ? rest : rest[..end];
        rest = end < 0 ? default : rest[(end + 1)..];
        return true;
    }

    /// <summary>True when <paramref name="filter"/> takes the subject, whose own wildcards count as ordinary words.</summary>
    public static bool Matches(ReadOnlySpan<byte> subject, ReadOnlySpan<byte> filter)
    {
        if (subject.IsEmpty || subject[^1] == Separator)
            return false;
        while (NextToken(ref filter, out ReadOnlySpan<byte> wanted))
        {
            if (!NextToken(ref subject, out ReadOnlySpan<byte> token) || token.IsEmpty)
                return false;
            if (wanted.SequenceEqual(">"u8))
                return true;
            if (!wanted.SequenceEqual("*"u8) && !wanted.SequenceEqual(token))
                return false;
        }

        return subject.IsEmpty;
    }

    /// <summary>True when everything <paramref name="subject"/> can take is taken by <paramref name="filter"/> too.</summary>
    public static bool IsSubsetMatch(ReadOnlySpan<byte> subject, ReadOnlySpan<byte> filter)
    {
        while (NextToken(ref filter, out ReadOnlySpan<byte> wanted))
        {
            if (!NextToken(ref subject, out ReadOnlySpan<byte> token) || token.IsEmpty)
                return false;
            if (wanted.SequenceEqual(">"u8))
                return true;
            if (token.SequenceEqual(">"u8) || token.SequenceEqual("*"u8) && !wanted.SequenceEqual("*"u8))
                return false;
            if (!wanted.SequenceEqual("*"u8) && !wanted.SequenceEqual(token))
                return false;
        }

        return subject.IsEmpty;
    }

    /// <summary>True when some subject is taken by both.</summary>
    public static bool Overlaps(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right)
    {
        while (true)
        {
            bool hasLeft = NextToken(ref left, out ReadOnlySpan<byte> a);
            bool hasRight = NextToken(ref right, out ReadOnlySpan<byte> b);
            if (!hasLeft || !hasRight)
                return hasLeft == hasRight;
            if (a.SequenceEqual(">"u8) || b.SequenceEqual(">"u8))
                return true;
            if (!a.SequenceEqual("*"u8) && !b.SequenceEqual("*"u8) && !a.SequenceEqual(b))
                return false;
        }
    }

    /// <summary>True for a subject of non-empty tokens without white space, <c>&gt;</c> only at the end.</summary>
    public static bool IsValid(string subject)
    {
        if (subject.Length == 0 || subject.AsSpan().ContainsAny(" \t\r\n\f"))
            return false;
        ReadOnlySpan<byte> rest = Encoding.UTF8.GetBytes(subject);
        if (rest[^1] == Separator)
            return false;
        while (NextToken(ref rest, out ReadOnlySpan<byte> token))
        {
            if (token.IsEmpty || token.SequenceEqual(">"u8) && !rest.IsEmpty)
                return false;
        }

        return true;
    }
}
