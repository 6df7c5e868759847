using System.Text;

namespace DotNats.Server.Monitoring;

/// <summary>The options behind the question mark of a request.</summary>
// Compat: Go's net/url. Pairs end at '&'; a pair with ';' or a broken escape is left out; the first of several values counts.
public sealed class QueryParameters
{
    private readonly Dictionary<string, string> _values = [];

    public static QueryParameters Empty { get; } = new();

    /// <summary>Reads a query without its question mark.</summary>
    public static QueryParameters Parse(ReadOnlySpan<char> query)
    {
        if (query.IsEmpty) return Empty;
        QueryParameters parameters = new();
        foreach (Range range in query.Split('&'))
        {
            ReadOnlySpan<char> pair = query[range];
            if (pair.IsEmpty || pair.Contains(';')) continue;
            int equals = pair.IndexOf('=');
            ReadOnlySpan<char> name = equals < 0 ? pair : pair[..equals];
            ReadOnlySpan<char> value = equals < 0 ? default : pair[(equals + 1)..];
            if (TryUnescape(name, plusIsSpace: true, out string? key) && TryUnescape(value, plusIsSpace: true, out string? text))
                parameters._values.TryAdd(key!, text!);
        }

        return parameters;
    }

    /// <summary>The value, or an empty text.</summary>
    public string Get(string name) => _values.GetValueOrDefault(name, "");

    /// <summary>Undoes percent encoding; false where an escape is broken.</summary>
    public static bool TryUnescape(ReadOnlySpan<char> text, bool plusIsSpace, out string? result)
    {
        result = null;
        if (!text.ContainsAny('%', '+'))
        {
            result = text.ToString();
            return true;
        }

        byte[] bytes = new byte[Encoding.UTF8.GetMaxByteCount(text.Length)];
        int length = 0;
        while (!text.IsEmpty)
        {
            if (text[0] == '%')
            {
                if (text.Length < 3 || !byte.TryParse(text[1..3], System.Globalization.NumberStyles.AllowHexSpecifier, null, out bytes[length])) return false;
                length++;
                text = text[3..];
                continue;
            }

            int plain = text[1..].IndexOfAny('%', '+') + 1;
            if (plain == 0) plain = text.Length;
            if (text[0] == '+' && plusIsSpace) bytes[length++] = (byte)' ';
            else length += Encoding.UTF8.GetBytes(text[..1], bytes.AsSpan(length));
            length += Encoding.UTF8.GetBytes(text[1..plain], bytes.AsSpan(length));
            text = text[plain..];
        }

        result = Encoding.UTF8.GetString(bytes, 0, length);
        return true;
    }
}
