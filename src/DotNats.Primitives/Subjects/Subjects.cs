namespace DotNats.Primitives;

/// <summary>
/// The rules of subjects, on bytes: what is valid, what matches what. A subject is tokens joined by <c>.</c>; in a filter a whole token
/// <c>*</c> stands for exactly one token and a last token <c>&gt;</c> for one or more. Everything else, also <c>foo*</c>, is literal.
/// </summary>
/// <remarks>Bytes are compared as they are: case matters and UTF-8 is not checked, as in nats-server.</remarks>
public static class Subjects
{
    internal const byte Separator = (byte)'.';
    internal const byte Star = (byte)'*';
    internal const byte Full = (byte)'>';

    /// <summary>Whether a pedantic client may publish here: no empty token and no token that is a wildcard.</summary>
    /// <remarks>Compat: whitespace is not looked at, as in nats-server's IsValidLiteralSubject; the command line cannot carry most of it.</remarks>
    public static bool IsValidLiteral(ReadOnlySpan<byte> subject) => !subject.IsEmpty && !HasEmptyToken(subject) && !HasWildcards(subject);

    /// <summary>
    /// Whether a configuration, a permission or an API request may name this filter: well-formed and without SP, TAB, CR, LF or FF.
    /// </summary>
    public static bool IsValidFilter(ReadOnlySpan<byte> filter) => IsWellFormedFilter(filter) && !filter.ContainsAny(" \t\r\n\f"u8);

    /// <summary>
    /// Whether a client may subscribe to this and a <see cref="SubjectTrie{T}"/> can hold it: no empty token, <c>&gt;</c> only as the last one.
    /// </summary>
    /// <remarks>Compat: whitespace that gets through the command line, which is FF, is part of a token: nats-server answers SUB so.</remarks>
    public static bool IsWellFormedFilter(ReadOnlySpan<byte> filter)
    {
        if (filter.IsEmpty || HasEmptyToken(filter))
            return false;
        int full = filter.IndexOf(Full);
        while (full >= 0 && full < filter.Length - 1)
        {
            if (IsWholeToken(filter, full))
                return false;
            int next = filter[(full + 1)..].IndexOf(Full);
            full = next < 0 ? -1 : full + 1 + next;
        }
        return true;
    }

    /// <summary>Whether no token of the subject is a wildcard. Says nothing about validity.</summary>
    public static bool IsLiteral(ReadOnlySpan<byte> subject) => !HasWildcards(subject);

    /// <summary>Whether some token of the subject is <c>*</c> or <c>&gt;</c>, wherever it stands.</summary>
    public static bool HasWildcards(ReadOnlySpan<byte> subject)
    {
        int at = 0;
        while (true)
        {
            int found = subject[at..].IndexOfAny(Star, Full);
            if (found < 0)
                return false;
            at += found;
            if (IsWholeToken(subject, at))
                return true;
            at++;
        }
    }

    /// <summary>How many tokens the subject has, empty ones included; 0 for an empty subject.</summary>
    public static int CountTokens(ReadOnlySpan<byte> subject) => subject.IsEmpty ? 0 : subject.Count(Separator) + 1;

    /// <summary>
    /// Whether a message published to <paramref name="subject"/> reaches a subscription to <paramref name="filter"/>. Tokens of the subject
    /// are literal even when they spell a wildcard: <c>foo.*</c> published reaches <c>foo.*</c> and <c>foo.&gt;</c>, not <c>foo.bar</c>.
    /// </summary>
    /// <returns>False also when either has an empty token.</returns>
    public static bool Matches(ReadOnlySpan<byte> subject, ReadOnlySpan<byte> filter)
    {
        if (HasEmptyToken(subject) || HasEmptyToken(filter))
            return false;
        return MatchesTail(subject, filter);
    }

    /// <summary>Whether every subject that <paramref name="filter"/> matches is matched by <paramref name="container"/> too.</summary>
    /// <remarks>
    /// Compat: nats-server's subset test takes any token that starts with <c>*</c> (as <c>*x</c>) in the container for a wildcard; here only
    /// <c>*</c> is one.
    /// </remarks>
    public static bool IsSubsetMatch(ReadOnlySpan<byte> filter, ReadOnlySpan<byte> container)
    {
        var narrow = new TokenReader(filter);
        var wide = new TokenReader(container);
        while (wide.Next(out ReadOnlySpan<byte> outer))
        {
            if (outer.IsEmpty || !narrow.Next(out ReadOnlySpan<byte> inner) || inner.IsEmpty)
                return false;
            if (IsFull(outer))
                return true;
            if (IsFull(inner) || (!IsStar(outer) && !inner.SequenceEqual(outer)))
                return false;
        }
        return narrow.IsAtEnd;
    }

    /// <summary>Whether some literal subject is matched by both filters.</summary>
    public static bool Overlaps(ReadOnlySpan<byte> filter, ReadOnlySpan<byte> other)
    {
        var left = new TokenReader(filter);
        var right = new TokenReader(other);
        while (true)
        {
            bool more = left.Next(out ReadOnlySpan<byte> a);
            if (more != right.Next(out ReadOnlySpan<byte> b))
                return false;
            if (!more)
                return true;
            if (a.IsEmpty || b.IsEmpty)
                return false;
            if (IsFull(a) || IsFull(b))
                return true;
            if (!IsStar(a) && !IsStar(b) && !a.SequenceEqual(b))
                return false;
        }
    }

    /// <summary>Whether the subject is empty, starts or ends with a separator, or has two in a row.</summary>
    internal static bool HasEmptyToken(ReadOnlySpan<byte> subject) =>
        subject.IsEmpty || subject[0] == Separator || subject[^1] == Separator || subject.IndexOf(".."u8) >= 0;

    /// <summary><see cref="Matches"/> for two rests that start at a token and are known to hold no empty token.</summary>
    internal static bool MatchesTail(ReadOnlySpan<byte> subject, ReadOnlySpan<byte> filter)
    {
        while (true)
        {
            // Most of a filter is literal and most filters asked about match: compare as far as bytes agree, then look at one token.
            int same = subject.CommonPrefixLength(filter);
            if (same == filter.Length && same == subject.Length)
                return true;
            int token = filter[..same].LastIndexOf(Separator) + 1;
            subject = subject[token..];
            filter = filter[token..];
            if (filter.IsEmpty)
                return false;
            if (filter[0] == Full && filter.Length == 1)
                return true;
            if (filter[0] != Star || (filter.Length > 1 && filter[1] != Separator))
                return false;
            int end = subject.IndexOf(Separator);
            if (end < 0 || filter.Length == 1)
                return end < 0 && filter.Length == 1;
            subject = subject[(end + 1)..];
            filter = filter[2..];
        }
    }

    /// <summary>Index just behind the token that starts at <paramref name="start"/>: of its separator, or the length.</summary>
    internal static int TokenEnd(ReadOnlySpan<byte> subject, int start)
    {
        int length = subject[start..].IndexOf(Separator);
        return length < 0 ? subject.Length : start + length;
    }

    internal static bool IsStar(ReadOnlySpan<byte> token) => token.Length == 1 && token[0] == Star;

    internal static bool IsFull(ReadOnlySpan<byte> token) => token.Length == 1 && token[0] == Full;

    private static bool IsWholeToken(ReadOnlySpan<byte> subject, int at) =>
        (at == 0 || subject[at - 1] == Separator) && (at + 1 == subject.Length || subject[at + 1] == Separator);

    /// <summary>Reads one token after the other; an empty subject has no token.</summary>
    private ref struct TokenReader(ReadOnlySpan<byte> subject)
    {
        private readonly ReadOnlySpan<byte> _subject = subject;
        private int _at = subject.IsEmpty ? 1 : 0;

        public readonly bool IsAtEnd => _at > _subject.Length;

        public bool Next(out ReadOnlySpan<byte> token)
        {
            if (IsAtEnd)
            {
                token = default;
                return false;
            }
            int end = TokenEnd(_subject, _at);
            token = _subject[_at..end];
            _at = end + 1;
            return true;
        }
    }
}
