using System.Globalization;
using System.Text;
using DotNats.Configuration.Language;

namespace DotNats.Configuration.Binding;

/// <summary>Reads server URLs, as tolerant and as strict as Go's <c>net/url</c>: what it takes for a URL, nats-server accepts in a file.</summary>
internal static class UrlReader
{
    private const int LeafNodePort = 7422;

    /// <summary>Reads a list of URLs; a repeated one is warned of and left out, a bad one reported.</summary>
    /// <param name="kind">route, gateway or leafnode.</param>
    /// <returns>The URLs; null when one was bad.</returns>
    public static IReadOnlyList<ServerUrl>? ReadList(Setting setting, ConfigList list, string kind)
    {
        List<ServerUrl> urls = [];
        HashSet<string> seen = [];
        bool bad = false;
        foreach (ConfigNode item in list.Items)
        {
            Setting entry = setting.With(item);
            if (!entry.TryText(out string? text))
            {
                bad = true;
                continue;
            }
            if (!seen.Add(text))
                entry.InvalidUse(SecretText.HidePassword(text), $"Duplicate {kind} entry detected");
            else if (Read(entry, text, kind) is { } url)
                urls.Add(url);
            else
                bad = true;
        }
        return bad ? null : urls;
    }

    /// <summary>Reads one URL; reports a bad one and returns null.</summary>
    public static ServerUrl? Read(Setting setting, string text, string kind)
    {
        if (TryParse(text, out ServerUrl? url))
            return url;
        setting.Error($"error parsing {kind} url [{SecretText.QuoteUrl(text.Trim())}]");
        return null;
    }

    /// <summary>A leaf node URL with its port, which is 7422 when it names none.</summary>
    public static ServerUrl WithLeafNodePort(ServerUrl url) => url.Port is null ? url with { Port = LeafNodePort } : url;

    public static bool TryParse(string text, out ServerUrl? url)
    {
        url = null;
        string trimmed = text.Trim();
        if (trimmed.AsSpan().ContainsAnyInRange('\0', '\u001f') || trimmed.Contains('\u007f'))
            return false;
        string rest = trimmed.Split('#', 2)[0];
        if (!TrySplitScheme(ref rest, out string scheme))
            return false;
        rest = rest.Split('?', 2)[0];
        if (!rest.StartsWith('/') && scheme.Length > 0)
        {
            url = new ServerUrl { Text = trimmed, Scheme = scheme };
            return true;
        }
        if (!rest.StartsWith('/') && rest.Split('/', 2)[0].Contains(':'))
            return false;
        string authority = "";
        if (rest.StartsWith("//", StringComparison.Ordinal) && (scheme.Length > 0 || !rest.StartsWith("///", StringComparison.Ordinal)))
        {
            int end = rest.IndexOf('/', 2);
            authority = end < 0 ? rest[2..] : rest[2..end];
            rest = end < 0 ? "" : rest[end..];
        }
        return Unescape(rest) is not null && TryReadAuthority(trimmed, scheme, authority, out url);
    }

    /// <summary>Takes the scheme off: letters first, then letters, digits, <c>+ - .</c> up to a colon. False for a colon alone.</summary>
    private static bool TrySplitScheme(ref string rest, out string scheme)
    {
        scheme = "";
        for (int i = 0; i < rest.Length; i++)
        {
            char c = rest[i];
            if (c == ':')
            {
                scheme = rest[..i].ToLowerInvariant();
                rest = rest[(i + 1)..];
                return i > 0;
            }
            if (!char.IsAsciiLetter(c) && (i == 0 || !(char.IsAsciiDigit(c) || c is '+' or '-' or '.')))
                return true;
        }
        return true;
    }

    private static bool TryReadAuthority(string text, string scheme, string authority, out ServerUrl? url)
    {
        url = null;
        int at = authority.LastIndexOf('@');
        string? username = null;
        string? password = null;
        if (at >= 0 && !TryReadUser(authority[..at], out username, out password))
            return false;
        string host = authority[(at + 1)..];
        int? port = null;
        if (!TrySplitPort(ref host, ref port) || Unescape(host) is not { } plainHost || host.Any(IsNoHostCharacter))
            return false;
        if (plainHost.StartsWith('['))
            plainHost = plainHost[1..^1];
        url = new ServerUrl { Text = text, Scheme = scheme, Username = username, Password = password, Host = plainHost, Port = port };
        return true;
    }

    private static bool TryReadUser(string user, out string? name, out string? password)
    {
        name = password = null;
        if (user.Any(c => !char.IsAsciiLetterOrDigit(c) && !"-._:~!$&'()*+,;=%@".Contains(c)))
            return false;
        string[] parts = user.Split(':', 2);
        name = Unescape(parts[0]);
        password = parts.Length > 1 ? Unescape(parts[1]) : null;
        return name is not null && (parts.Length == 1 || password is not null);
    }

    private static bool TrySplitPort(ref string host, ref int? port)
    {
        int colon = host.LastIndexOf(':');
        if (host.StartsWith('['))
        {
            int close = host.LastIndexOf(']');
            if (close < 0)
                return false;
            colon = close + 1 < host.Length ? close + 1 : -1;
        }
        if (colon < 0)
            return true;
        string text = host[colon..];
        if (text[0] != ':' || text.AsSpan(1).ContainsAnyExceptInRange('0', '9'))
            return false;
        host = host[..colon];
        if (text.Length > 1)
            port = int.TryParse(text.AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : int.MaxValue;
        return true;
    }

    private static bool IsNoHostCharacter(char c) =>
        c < 0x80 && !char.IsAsciiLetterOrDigit(c) && !"-_.~!$&'()*+,;=:[]<>\"%".Contains(c);

    /// <summary>Resolves <c>%HH</c>; null when a percent sign is followed by anything else.</summary>
    private static string? Unescape(string text)
    {
        if (!text.Contains('%'))
            return text;
        List<byte> bytes = [];
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] != '%')
            {
                bytes.AddRange(Encoding.UTF8.GetBytes(text[i].ToString()));
                continue;
            }
            if (i + 2 >= text.Length || !byte.TryParse(text.AsSpan(i + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out byte b))
                return null;
            bytes.Add(b);
            i += 2;
        }
        return Encoding.UTF8.GetString([.. bytes]);
    }
}
