using System.Text;
using DotNats.Primitives;

namespace DotNats.JetStream.Api;

/// <summary>Which streams a list shows: those with a subject in common with the filter of the request.</summary>
/// <remarks>Compat: nobody checks the filter, and what is none (<c>a..b</c>, <c>a.&gt;.b</c>) finds what nats-server finds with it.</remarks>
internal sealed class ListFilter
{
    private readonly byte[] _filter;
    private readonly bool _isWellFormed;

    public ListFilter(string filter)
    {
        _filter = Encoding.UTF8.GetBytes(filter);
        _isWellFormed = Subjects.IsWellFormedFilter(_filter);
    }

    /// <param name="subject">One of a stream's: a good filter.</param>
    public bool Takes(string subject)
    {
        byte[] other = Encoding.UTF8.GetBytes(subject);
        if (_isWellFormed) return Subjects.Overlaps(_filter, other);
        string[] mine = Encoding.UTF8.GetString(_filter).Split('.');
        string[] theirs = subject.Split('.');
        if (Subjects.IsLiteral(_filter)) return IsSubset(mine, theirs);
        if (Subjects.IsLiteral(other)) return IsSubset(theirs, mine);
        // What has no ">" is as long as what it has in common with others.
        string[] shorter = mine.Length < theirs.Length ? mine : theirs;
        if (mine.Length != theirs.Length && !shorter.Contains(">")) return false;
        return CanMatch(mine, theirs, shorter.Length);
    }

    // Behind a ">" nobody looks; without one, the filter or what it should match has an empty token.
    private static bool IsSubset(string[] literal, string[] filter)
    {
        int rest = Array.IndexOf(filter, ">");
        return rest >= 0 && literal.Length > rest && CanMatch(literal, filter, rest);
    }

    private static bool CanMatch(string[] one, string[] other, int count)
    {
        for (int i = 0; i < count; i++)
        {
            if (one[i].Length == 0 || other[i].Length == 0 || (!IsWild(one[i]) && !IsWild(other[i]) && one[i] != other[i])) return false;
        }

        return true;
    }

    // Compat: every token that begins like a wildcard is one here.
    private static bool IsWild(string token) => token[0] is '*' or '>';
}
