using DotNats.Primitives;

namespace DotNats.Security;

/// <summary>Subjects as claims treat them: texts of tokens, laxer than what a server takes on the wire.</summary>
internal static class ClaimSubject
{
    public static void Check(string subject, ClaimIssues issues)
    {
        if (subject.Length == 0)
        {
            issues.Error("subject cannot be empty");
            return;
        }
        if (subject.Contains(' '))
            issues.Error($"subject {GoQuote.Quote(subject)} cannot have spaces");
        if (subject.StartsWith('.') || subject.EndsWith('.'))
            issues.Error($"subject {GoQuote.Quote(subject)} cannot start or end with a `.`");
        if (subject.Contains("..", StringComparison.Ordinal))
            issues.Error($"subject {GoQuote.Quote(subject)} cannot contain consecutive `.`");
    }

    public static bool HasWildcards(string subject)
    {
        string[] tokens = subject.Split('.');
        return tokens[^1] == ">" || tokens.Contains("*");
    }

    /// <summary>True when everything that matches <paramref name="tokens"/> matches <paramref name="container"/>.</summary>
    public static bool IsContainedIn(ReadOnlySpan<string> tokens, ReadOnlySpan<string> container)
    {
        if (tokens.Length < container.Length || (tokens.Length > container.Length && container[^1] != ">"))
            return false;
        for (int i = 0; i < container.Length; i++)
        {
            if (i == container.Length - 1 && container[i] == ">")
                return true;
            if (container[i] != tokens[i] && container[i] != "*")
                return false;
        }

        return true;
    }

    /// <summary>The subject of an import's <c>local_subject</c>: <c>$1</c>… are the wildcards they stand for.</summary>
    public static string WithoutReferences(string local) =>
        string.Join('.', local.Split('.').Select(token => IsReference(token, out _) ? "*" : token));

    public static bool IsReference(string token, out int number)
    {
        number = 0;
        return token.Length > 1 && token[0] == '$' && int.TryParse(token.AsSpan(1), out number);
    }

    /// <summary>Checks an import's <c>local_subject</c> against the subject it renames.</summary>
    public static void CheckRenaming(string local, string from, ClaimIssues issues)
    {
        Check(local, issues);
        if (from.Length == 0)
            issues.Error("subject cannot be empty");
        string[] fromTokens = from.Split('.');
        string[] tokens = local.Split('.');
        if ((fromTokens[^1] == ">") != (tokens[^1] == ">"))
            issues.Error("both, renaming subject and subject, need to end or not end in >");
        int wildcards = fromTokens.Count(token => token == "*");
        int used = 0;
        foreach (string token in tokens)
        {
            if (token == "*")
                used++;
            else if (IsReference(token, out int number) && number > wildcards)
                issues.Error($"Reference ${number} in {GoQuote.Quote(local)} reference * in {GoQuote.Quote(local)} that do not exist");
            else if (IsReference(token, out _))
                used++;
        }

        if (used != wildcards)
            issues.Error("subject does not contain enough * or reference wildcards $[0-9]");
    }
}
