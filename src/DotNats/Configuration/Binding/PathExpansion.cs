using System.Text.RegularExpressions;
using DotNats.Configuration.Language;

namespace DotNats.Configuration.Binding;

/// <summary>Paths with <c>$NAME</c>, <c>${NAME}</c> and <c>~</c> in front.</summary>
internal static partial class PathExpansion
{
    public static bool TryExpand(string path, IReadOnlyDictionary<string, string> environment, out string expanded, out string? error)
    {
        error = null;
        expanded = Variable().Replace(path, m => environment.GetValueOrDefault(m.Groups[1].Success ? m.Groups[1].Value : m.Groups[2].Value, ""));
        if (!expanded.StartsWith('~'))
            return true;
        string home = Home(environment, OperatingSystem.IsWindows());
        if (home.Length == 0)
        {
            error = $"failed to get home dir, require {(OperatingSystem.IsWindows() ? "%HOMEDRIVE% and %HOMEPATH% or %USERPROFILE%" : "$HOME")}";
            return false;
        }
        expanded = GoPath.Join(home, expanded[1..]);
        return true;
    }

    /// <summary>The user's directory; empty when the environment does not tell.</summary>
    internal static string Home(IReadOnlyDictionary<string, string> environment, bool isWindows)
    {
        if (!isWindows) return environment.GetValueOrDefault("HOME", "");
        string drive = environment.GetValueOrDefault("HOMEDRIVE", ""), path = environment.GetValueOrDefault("HOMEPATH", "");
        return drive.Length > 0 && path.Length > 0 ? drive + path : environment.GetValueOrDefault("USERPROFILE", "");
    }

    [GeneratedRegex(@"\$\{([^}]*)\}|\$([A-Za-z0-9_]+)")]
    private static partial Regex Variable();
}
