using System.Globalization;

namespace DotNats.Security;

/// <summary>Subjects with wildcards written as the places a destination names, and back.</summary>
public static class TransformText
{
    /// <summary>A subject's wildcards as numbered places: <c>a.*.*</c> is <c>a.$1.$2</c>.</summary>
    public static string Tokenize(string subject)
    {
        int next = 1;
        return string.Join('.', subject.Split('.').Select(token => token == "*" ? string.Create(CultureInfo.InvariantCulture, $"${next++}") : token));
    }

    /// <summary>The other way round: every numbered place is a wildcard again.</summary>
    public static string Untokenize(string subject) => string.Join('.', subject.Split('.').Select(token => IsPlace(token) ? "*" : token));

    private static bool IsPlace(string token) =>
        (token.Length > 1 && token[0] == '$' && token[1] is >= '1' and <= '9') || MappingFunction.IsSingleWildcard(token);
}
