using System.Text;

namespace DotNats.Security;

/// <summary>One line of a permission list: a subject, for subscriptions perhaps with a queue group behind a blank.</summary>
internal readonly record struct PermissionEntry(byte[] Subject, byte[]? Queue)
{
    private static readonly char[] Blanks = [' ', '\t', '\r', '\n', '\f', '\v'];

    /// <summary>Reads <c>subject</c> or <c>subject queue</c>; <paramref name="error"/> has nats-server's words when it is neither.</summary>
    public static bool TryParse(string text, bool allowQueue, out PermissionEntry entry, out string? error)
    {
        entry = default;
        error = null;
        if (SubjectRules.IsValid(text))
        {
            entry = new PermissionEntry(Encoding.UTF8.GetBytes(text), null);
            return true;
        }

        string[] words = text.Split(Blanks, StringSplitOptions.RemoveEmptyEntries);
        if (!allowQueue || words.Length != 2)
            error = $"subject {GoQuote(text)} is not a valid subject";
        else if (!SubjectRules.IsValid(words[0]))
            error = $"subject {GoQuote(words[0])} is not a valid subject";
        else if (!SubjectRules.IsValid(words[1]))
            error = $"queue {GoQuote(words[1])} is not a valid queue";
        else
            entry = new PermissionEntry(Encoding.UTF8.GetBytes(words[0]), Encoding.UTF8.GetBytes(words[1]));
        return error is null;
    }

    // The reference prints %q; control characters in a subject are the only place where the two could differ.
    private static string GoQuote(string text) =>
        "\"" + text.Replace("\\", "\\\\").Replace("\"", "\\\"").Replace("\t", "\\t").Replace("\n", "\\n").Replace("\r", "\\r") + "\"";
}
