using DotNats.Logging;

namespace DotNats.App.Files;

/// <summary>Small files written whole.</summary>
internal static class TextFile
{
    /// <summary>Owner reads and writes, group reads; the umask may take more.</summary>
    public const UnixFileMode NotForOthers = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead;

    /// <summary>Everybody reads and writes, as far as the umask lets them.</summary>
    public const UnixFileMode ForAll = NotForOthers | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;

    /// <summary>Writes a file anew; returns what went wrong in nats-server's words, or null.</summary>
    public static string? Write(string path, string text, UnixFileMode mode)
    {
        FileStreamOptions options = new() { Mode = FileMode.Create, Access = FileAccess.Write, Share = FileShare.ReadWrite };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = mode;
        try
        {
            using StreamWriter writer = new(path, options);
            writer.Write(text);
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return $"open {path}: {OsErrorText.Of(e, path)}";
        }
    }

    /// <summary>Writes a file that others wait for: it appears with all of its text, or not at all.</summary>
    public static string? Publish(string path, string text, UnixFileMode mode)
    {
        string unfinished = path + ".new";
        // The name that was asked for is the one an error speaks of.
        if (Write(unfinished, text, mode) is { } error) return error.Replace(unfinished, path, StringComparison.Ordinal);
        try
        {
            File.Move(unfinished, path, overwrite: true);
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return $"open {path}: {OsErrorText.Of(e, path)}";
        }
    }
}
