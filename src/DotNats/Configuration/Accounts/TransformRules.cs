using System.Globalization;
using System.Text;
using DotNats.Primitives;

namespace DotNats.Configuration.Accounts;

/// <summary>Whether one subject can be made into another: <c>a.*.b</c> into <c>c.$1</c> or <c>c.{{wildcard(1)}}</c>.</summary>
internal static class TransformRules
{
    private const string BadDestination = "invalid mapping destination";

    /// <summary>Checks a mapping's destination; null when it can be used.</summary>
    public static string? CheckMapping(string source, string destination)
    {
        if (destination.Length == 0)
            return null;
        string[] tokens = destination.Split('.');
        for (int i = 0; i < tokens.Length; i++)
        {
            string token = tokens[i];
            if (token.Length == 0 || (i > 0 && tokens[i - 1] == ">"))
                return WithToken($"{BadDestination}: invalid transform", token);
            if (MappingFunction.IsWritten(token))
            {
                if (MappingFunction.NameOf(token) is null)
                    return WithToken($"{BadDestination}: unknown function", token);
            }
            else if (token.AsSpan().ContainsAny("\t\n\f\r "))
            {
                return $"{BadDestination}: invalid transform";
            }
        }
        return Check(source, destination, isImport: false);
    }

    /// <summary>Checks a transform; null when it can be used.</summary>
    /// <param name="isImport">True where it must be reversible: only wildcards may be used, and all of them.</param>
    public static string? Check(string source, string destination, bool isImport)
    {
        if (destination.Length == 0)
            return null;
        if (source.Length == 0)
            source = ">";
        string[] from = source.Split('.');
        string[] to = destination.Split('.');
        if (!IsWellFormed(from) || !IsWellFormed(to) || to.Contains("*") || from.Contains(">") != to.Contains(">"))
            return "invalid subject";
        int wildcards = from.Count(t => t == "*");
        return wildcards > 0 || from.Contains(">")
            ? CheckWildcards(to, wildcards, destination, isImport)
            : CheckLiteral(to);
    }

    /// <summary>A subject's wildcards as numbered places: <c>a.*.*</c> is <c>a.$1.$2</c>.</summary>
    public static string Tokenize(string subject)
    {
        int next = 1;
        return string.Join('.', subject.Split('.').Select(t => t == "*" ? string.Create(CultureInfo.InvariantCulture, $"${next++}") : t));
    }

    /// <summary>The other way round: every numbered place is a wildcard again.</summary>
    public static string Untokenize(string subject) => string.Join('.', subject.Split('.').Select(t => IsPlace(t) ? "*" : t));

    private static string? CheckWildcards(string[] tokens, int wildcards, string destination, bool isImport)
    {
        int used = 0;
        foreach (string token in tokens)
        {
            if (MappingFunction.Read(token, out MappingFunction function) is { } error)
                return WithToken($"{BadDestination}: {error}", token);
            if (isImport && function.Name is not (null or "wildcard"))
                return WithToken($"{BadDestination}: the only mapping function allowed for import transforms is {{{{Wildcard()}}}}", token);
            used += function.Places.Count;
            foreach (int place in function.Places)
            {
                if (place > wildcards)
                    return WithToken($"{BadDestination}: wildcard index out of range", string.Create(CultureInfo.InvariantCulture, $"{token}: [{place}]"));
            }
        }
        return isImport && used < wildcards ? WithToken($"{BadDestination}: not using all of the token wildcard(s)", destination) : null;
    }

    private static string? CheckLiteral(string[] tokens)
    {
        foreach (string token in tokens)
        {
            if (MappingFunction.Read(token, out MappingFunction function) is { } error)
                return WithToken($"{BadDestination}: {error}", token);
            if (function.Name is not (null or "random" or "partition"))
                return WithToken($"{BadDestination}: wildcard index out of range", token);
        }
        return null;
    }

    // Unlike a filter's, these tokens may hold white space: functions have arguments.
    private static bool IsWellFormed(string[] tokens)
    {
        for (int i = 0; i < tokens.Length; i++)
        {
            if (tokens[i].Length == 0 || (tokens[i] == ">" && i < tokens.Length - 1))
                return false;
        }
        return true;
    }

    private static bool IsPlace(string token) =>
        (token.Length > 1 && token[0] == '$' && token[1] is >= '1' and <= '9') || MappingFunction.IsSingleWildcard(token);

    private static string WithToken(string error, string token) => token.Length == 0 ? error : $"{error} in {token}";
}
