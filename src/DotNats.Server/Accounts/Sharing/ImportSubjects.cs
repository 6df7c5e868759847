using System.Text;
using DotNats.Primitives;
using DotNats.Security;

namespace DotNats.Server.Accounts;

/// <summary>Subjects and filters as imports combine them.</summary>
internal static class ImportSubjects
{
    public static bool IsValid(string subject) => Subjects.IsValidFilter(Encoding.UTF8.GetBytes(subject));

    public static bool HasWildcards(string subject) => Subjects.HasWildcards(Encoding.UTF8.GetBytes(subject));

    public static bool Overlap(string left, string right) =>
        left == right || Subjects.Overlaps(Encoding.UTF8.GetBytes(left), Encoding.UTF8.GetBytes(right));

    public static bool IsSubset(string narrow, string wide) =>
        Subjects.IsSubsetMatch(Encoding.UTF8.GetBytes(narrow), Encoding.UTF8.GetBytes(wide));

    /// <summary>The filter of what both filters match; null where they have no subject in common.</summary>
    public static byte[]? Intersect(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right)
    {
        if (!Subjects.Overlaps(left, right)) return null;
        var result = new List<byte>(Math.Max(left.Length, right.Length));
        while (!left.IsEmpty && !right.IsEmpty)
        {
            // The rest of one side is everything: what is left of the other is narrower.
            if (left is [(byte)'>']) return [.. result, .. right];
            if (right is [(byte)'>']) return [.. result, .. left];
            ReadOnlySpan<byte> a = TakeToken(ref left);
            ReadOnlySpan<byte> b = TakeToken(ref right);
            result.AddRange(a is [(byte)'*'] ? b : a);
            if (!left.IsEmpty) result.Add((byte)'.');
        }

        return [.. result];
    }

    /// <summary>
    /// The transform of a service's local subjects into the exporter's, made of the two texts of its import: a wildcard of
    /// <paramref name="remote"/> stands in <paramref name="local"/> as <c>*</c>, <c>$n</c> or <c>{{wildcard(n)}}</c>.
    /// </summary>
    /// <returns>What is wrong, in nats-server's words; null for nothing.</returns>
    public static string? MakeServiceTransform(string local, string remote, out SubjectTransform? transform)
    {
        transform = null;
        string numbered = TransformText.Tokenize(local);
        if (!SubjectTransform.TryCreate(remote, numbered, strict: true, out _, out string? error)) return error;
        // Compat: the wildcards go back in the order in which the local subject names them, which is the way back only for exchanges of two.
        var places = new Queue<string>(numbered.Split('.').Where(token => TransformText.Untokenize(token) == "*"));
        string back = string.Join('.', remote.Split('.').Select(token => token == "*" && places.Count > 0 ? places.Dequeue() : token));
        return SubjectTransform.TryCreate(TransformText.Untokenize(local), back, strict: true, out transform, out error) ? null : error;
    }

    private static ReadOnlySpan<byte> TakeToken(ref ReadOnlySpan<byte> rest)
    {
        int end = rest.IndexOf((byte)'.');
        ReadOnlySpan<byte> token = end < 0 ? rest : rest[..end];
        rest = end < 0 ? default : rest[(end + 1)..];
        return token;
    }
}
