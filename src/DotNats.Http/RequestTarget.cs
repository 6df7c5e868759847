using System.Text;
using DotNats.Server.Monitoring;

namespace DotNats.Http;

/// <summary>The second word of a request line, taken apart.</summary>
/// <param name="Path">Decoded path.</param>
/// <param name="Query">Query as sent, without its question mark.</param>
internal readonly record struct RequestTarget(string Path, string Query)
{
    /// <summary>Reads the forms <c>/path?query</c> and <c>http://host/path?query</c>; false for others and for broken escapes.</summary>
    public static bool TryParse(string target, out RequestTarget result)
    {
        result = default;
        ReadOnlySpan<char> rest = target;
        int scheme = rest.IndexOf("://");
        if (scheme > 0 && rest[0] != '/')
        {
            rest = rest[(scheme + 3)..];
            int slash = rest.IndexOf('/');
            rest = slash < 0 ? "/" : rest[slash..];
        }

        if (rest.IsEmpty || rest[0] != '/') return false;
        int question = rest.IndexOf('?');
        ReadOnlySpan<char> path = question < 0 ? rest : rest[..question];
        if (!QueryParameters.TryUnescape(path, plusIsSpace: false, out string? decoded)) return false;
        result = new RequestTarget(decoded!, question < 0 ? "" : rest[(question + 1)..].ToString());
        return true;
    }

    /// <summary>The path without empty, <c>.</c> and <c>..</c> parts; a slash at the end stays.</summary>
    public static string Clean(string path)
    {
        List<string> parts = [];
        foreach (string part in path.Split('/'))
        {
            if (part is "" or ".") continue;
            if (part != "..") parts.Add(part);
            else if (parts.Count > 0) parts.RemoveAt(parts.Count - 1);
        }

        string cleaned = "/" + string.Join('/', parts);
        return path.EndsWith('/') && cleaned.Length > 1 ? cleaned + "/" : cleaned;
    }

    /// <summary>The path with the escapes a Location header needs.</summary>
    public static string Escape(string path) => string.Join('/', path.Split('/').Select(Uri.EscapeDataString));

    /// <summary>Text that is safe inside an HTML attribute.</summary>
    public static string EscapeHtml(string text) => new StringBuilder(text)
        .Replace("&", "&amp;").Replace("<", "&lt;").Replace(">", "&gt;").Replace("\"", "&#34;").Replace("'", "&#39;").ToString();
}
