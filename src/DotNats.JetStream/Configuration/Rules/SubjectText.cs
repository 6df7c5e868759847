using System.Text;
using DotNats.Primitives;

namespace DotNats.JetStream;

/// <summary>The rules of subjects for the texts of configurations.</summary>
internal static class SubjectText
{
    public static bool IsValid(string subject) => Subjects.IsValidFilter(Encoding.UTF8.GetBytes(subject));

    public static bool IsLiteral(string subject) => Subjects.IsLiteral(Encoding.UTF8.GetBytes(subject));

    public static bool IsValidLiteral(string subject) => IsValid(subject) && IsLiteral(subject);

    /// <summary>Whether both take some subject. Compat: an empty text overlaps with itself and with <c>&gt;</c>.</summary>
    public static bool Overlap(string one, string other)
    {
        if (one == other) return true;
        if (one.Length == 0 || other.Length == 0) return one == ">" || other == ">";
        if (DifferBeforeWildcards(one, other)) return false;
        return Subjects.Overlaps(Encoding.UTF8.GetBytes(one), Encoding.UTF8.GetBytes(other));
    }

    // Most pairs are told apart here, and nothing is allocated for them.
    private static bool DifferBeforeWildcards(ReadOnlySpan<char> one, ReadOnlySpan<char> other)
    {
        while (!one.IsEmpty && !other.IsEmpty)
        {
            ReadOnlySpan<char> a = FirstToken(ref one);
            ReadOnlySpan<char> b = FirstToken(ref other);
            if (a is "*" or ">" || b is "*" or ">") return false;
            if (!a.SequenceEqual(b)) return true;
        }

        return false;
    }

    private static ReadOnlySpan<char> FirstToken(ref ReadOnlySpan<char> subject)
    {
        int end = subject.IndexOf('.');
        ReadOnlySpan<char> token = end < 0 ? subject : subject[..end];
        subject = end < 0 ? default : subject[(end + 1)..];
        return token;
    }

    /// <summary>Whether one takes nothing that the other does not take. Compat: an empty text is inside <c>&gt;</c> alone.</summary>
    public static bool IsInside(string inner, string outer)
    {
        if (inner.Length == 0) return outer == ">";
        return Subjects.IsSubsetMatch(Encoding.UTF8.GetBytes(inner), Encoding.UTF8.GetBytes(outer));
    }
}
