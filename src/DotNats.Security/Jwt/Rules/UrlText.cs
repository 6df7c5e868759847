using System.Buffers;

namespace DotNats.Security;

/// <summary>The parts of a URL that claims have rules about.</summary>
internal readonly record struct UrlText(string Scheme, bool HasUser, string Host, string Path)
{
    private static readonly SearchValues<char> SchemeCharacters =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-.");

    public static UrlText Parse(string text)
    {
        int colon = text.IndexOf(':', StringComparison.Ordinal);
        string scheme = colon > 0 && char.IsAsciiLetter(text[0]) && text.AsSpan(0, colon).IndexOfAnyExcept(SchemeCharacters) < 0 ? text[..colon] : "";
        string rest = scheme.Length > 0 ? text[(colon + 1)..] : text;
        if (!rest.StartsWith("//", StringComparison.Ordinal))
            return new UrlText(scheme, HasUser: false, "", rest);
        int end = rest.IndexOfAny(['/', '?', '#'], 2);
        string authority = end < 0 ? rest[2..] : rest[2..end];
        string path = end >= 0 && rest[end] == '/' ? rest[end..].Split('?', '#')[0] : "";
        int at = authority.LastIndexOf('@');
        string hostAndPort = authority[(at + 1)..];
        int port = hostAndPort.LastIndexOf(':');
        string host = port >= 0 && !hostAndPort.EndsWith(']') ? hostAndPort[..port] : hostAndPort;
        return new UrlText(scheme, at >= 0, host, path);
    }
}
