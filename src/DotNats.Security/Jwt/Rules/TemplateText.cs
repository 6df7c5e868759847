using System.Diagnostics.CodeAnalysis;

namespace DotNats.Security;

/// <summary>Finds operations in the text of a permission template.</summary>
internal static class TemplateText
{
    public static string? FindNext(string entry, int from) => FindNext(entry, from, out _);

    /// <summary>The next <c>{{…}}</c> with something other than <c>}</c> in it, braces included.</summary>
    public static string? FindNext(string entry, int from, out int end)
    {
        for (int open = entry.IndexOf("{{", from, StringComparison.Ordinal); open >= 0; open = entry.IndexOf("{{", open + 1, StringComparison.Ordinal))
        {
            int close = entry.IndexOf('}', open + 2);
            if (close < 0)
                break;
            if (close == open + 2 || close + 1 >= entry.Length || entry[close + 1] != '}')
                continue;
            end = close + 2;
            return entry[open..end];
        }

        end = entry.Length;
        return null;
    }

    /// <summary>The name in <c>tag(name)</c>.</summary>
    // Compat: the word is known in any case but taken off only as it is written here, so that "Tag(x)" asks for tags named "tag(x".
    public static bool TryTag(string operation, string word, [NotNullWhen(true)] out string? tag)
    {
        tag = null;
        if (!operation.StartsWith(word, StringComparison.OrdinalIgnoreCase) || !operation.EndsWith(')'))
            return false;
        tag = operation.StartsWith(word, StringComparison.Ordinal) ? operation[word.Length..^1] : operation[..^1];
        return true;
    }
}
