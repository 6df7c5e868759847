namespace DotNats.Server.Monitoring;

/// <summary>The command line without what must not be shown: passwords, tokens, and the user part of cluster URLs.</summary>
internal static class SecretArguments
{
    private const string Mask = "[REDACTED]";

    /// <summary>Returns a copy of <paramref name="args"/> with the values of <c>user</c>, <c>pass</c> and <c>auth</c> replaced, and those of
    /// <c>routes</c>, <c>cluster</c> and <c>cluster_listen</c> without credentials.</summary>
    public static string[] Redact(IReadOnlyList<string> args)
    {
        string[] shown = [.. args];
        for (int i = 0; i < shown.Length; i++)
        {
            if (MaskOf(FlagName(shown[i])) is not { } mask) continue;
            int equals = shown[i].IndexOf('=');
            if (equals >= 0)
                shown[i] = shown[i][..(equals + 1)] + mask(shown[i][(equals + 1)..]);
            else if (i + 1 < shown.Length)
                shown[i + 1] = mask(shown[i + 1]);
        }
        return shown;
    }

    private static string FlagName(string arg)
    {
        if (arg.Length < 2 || arg[0] != '-') return "";
        string name = arg[(arg[1] == '-' ? 2 : 1)..];
        int equals = name.IndexOf('=');
        return equals < 0 ? name : name[..equals];
    }

    private static Func<string, string>? MaskOf(string flag) => flag switch
    {
        "user" or "pass" or "auth" => static _ => Mask,
        "routes" => static urls => string.Join(',', urls.Split(',').Select(RedactUrl)),
        "cluster" or "cluster_listen" => RedactUrl,
        _ => null,
    };

    /// <summary>The URL, which need not be a valid one, without who logs in by it.</summary>
    public static string RedactUrl(string url)
    {
        int scheme = url.IndexOf("://", StringComparison.Ordinal);
        if (scheme < 0) return url;
        int end = url.IndexOfAny(['/', '?', '#'], scheme + 3);
        int at = url.LastIndexOf('@', end < 0 ? url.Length - 1 : end);
        return at < scheme ? url : $"{url[..(scheme + 3)]}{Mask}{url[at..]}";
    }
}
