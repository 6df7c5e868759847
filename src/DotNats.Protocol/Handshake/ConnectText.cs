using System.Text;
using System.Text.Json;
using DotNats.Primitives;

namespace DotNats.Protocol;

/// <summary>The argument of CONNECT as logs may show it.</summary>
public static class ConnectText
{
    private const string Redacted = "[REDACTED]";
    private const int MaxDepth = 10_000;

    /// <summary>The same JSON with <c>[REDACTED]</c> for what proves who somebody is; nothing of what cannot be read.</summary>
    // Compat: nats-server shows a user's JWT; a bearer's is all it takes to log in.
    public static string Redact(ReadOnlySpan<byte> json)
    {
        ReadOnlySpan<byte> text = GoJsonText.Repair(json);
        var shown = new StringBuilder(text.Length);
        var reader = new Utf8JsonReader(text, new JsonReaderOptions { MaxDepth = MaxDepth });
        int copied = 0;
        bool isWhole = false;
        try
        {
            isWhole = RedactMembers(ref reader, text, shown, ref copied);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // What was read until here is shown.
        }

        int end = isWhole ? text.Length : (int)reader.BytesConsumed;
        if (copied < end) shown.Append(Encoding.UTF8.GetString(text[copied..end]));
        return isWhole ? shown.ToString() : shown.Append(Redacted).ToString();
    }

    // False where there is no object, or something behind it. What is before copied has been seen to; while a secret is read, that is all.
    private static bool RedactMembers(ref Utf8JsonReader reader, ReadOnlySpan<byte> text, StringBuilder shown, ref int copied)
    {
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
        {
            if (reader.TokenType == JsonTokenType.Null) return !reader.Read();
            copied = text.Length;
            return false;
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (!IsSecret(GoJsonText.Read(ref reader)))
            {
                reader.Read();
                reader.Skip();
                continue;
            }

            int nameEnd = (int)reader.BytesConsumed;
            shown.Append(Encoding.UTF8.GetString(text[copied..nameEnd]));
            copied = text.Length;
            reader.Read();
            shown.Append(Encoding.UTF8.GetString(text[nameEnd..(int)reader.TokenStartIndex]));
            shown.Append(reader.TokenType == JsonTokenType.String ? $"\"{Redacted}\"" : Redacted);
            reader.Skip();
            copied = (int)reader.BytesConsumed;
        }

        return reader.TokenType == JsonTokenType.EndObject && !reader.Read();
    }

    // Also what only looks like one, such as a password under its full name.
    private static bool IsSecret(string name)
    {
        string folded = string.Create(name.Length, name, static (result, source) =>
        {
            for (int i = 0; i < source.Length; i++) result[i] = GoJsonText.Fold(source[i]);
        });
        return folded is "sig" or "proxy_sig" or "nkey" or "jwt"
            || folded.StartsWith("pass", StringComparison.Ordinal) || folded.StartsWith("auth_token", StringComparison.Ordinal);
    }
}
