namespace DotNats.Configuration.Language;

/// <summary>Paths put together as Go does it, because they show in messages: cleaned, and with a root always below the directory.</summary>
internal static class GoPath
{
    /// <summary>The directory a file is in; <c>.</c> for a bare name.</summary>
    public static string DirectoryOf(string path)
    {
        int slash = LastSeparator(path);
        return Clean(slash < 0 ? "" : path[..(slash + 1)]);
    }

    /// <summary>Puts <paramref name="path"/> below <paramref name="directory"/>, even if it begins with a slash.</summary>
    public static string Join(string directory, string path)
    {
        if (path.Length == 0)
            return Clean(directory);
        return Clean(directory.Length == 0 ? path : $"{directory}/{path}");
    }

    /// <summary>Takes out <c>.</c>, resolves <c>..</c> and doubled slashes.</summary>
    public static string Clean(string path)
    {
        bool rooted = path.Length > 0 && IsSeparator(path[0]);
        List<string> parts = [];
        foreach (string part in path.Split(Separators))
        {
            if (part is "" or ".")
                continue;
            if (part != ".." || (parts.Count == 0 ? !rooted : parts[^1] == ".."))
                parts.Add(part);
            else if (parts.Count > 0)
                parts.RemoveAt(parts.Count - 1);
        }
        string joined = string.Join(Path.DirectorySeparatorChar, parts);
        return rooted ? Path.DirectorySeparatorChar + joined : joined.Length == 0 ? "." : joined;
    }

    private static char[] Separators => OperatingSystem.IsWindows() ? ['/', '\\'] : ['/'];

    private static int LastSeparator(string path) => path.LastIndexOfAny(Separators);

    private static bool IsSeparator(char c) => c == '/' || (c == '\\' && OperatingSystem.IsWindows());
}
