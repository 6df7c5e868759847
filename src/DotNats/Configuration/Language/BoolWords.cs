namespace DotNats.Configuration.Language;

/// <summary>The words that mean yes and no, in any case.</summary>
internal static class BoolWords
{
    public static bool TryParse(string text, out bool value)
    {
        value = Is(text, "true") || Is(text, "yes") || Is(text, "on");
        return value || Is(text, "false") || Is(text, "no") || Is(text, "off");
    }

    private static bool Is(string text, string word) => text.Equals(word, StringComparison.OrdinalIgnoreCase);
}
