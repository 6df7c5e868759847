namespace DotNats.Security;

internal static class QuotedText
{
    // The reference prints Go's %q; blanks are the only characters of a subject where the two forms differ.
    public static string Of(string text) =>
        "\"" + text.Replace("\\", "\\\\").Replace("\"", "\\\"").Replace("\t", "\\t").Replace("\n", "\\n").Replace("\r", "\\r") + "\"";
}
