using System.Globalization;
using DotNats.Logging;

namespace DotNats.App.Files;

/// <summary>The file that names the process id for scripts and <c>--signal</c>. Compat: it stays when the server ends.</summary>
internal static class PidFile
{
    /// <summary>Writes it, without a line feed; returns what went wrong in nats-server's words, or null.</summary>
    public static string? Write(string path) => TextFile.Write(path, Environment.ProcessId.ToString(CultureInfo.InvariantCulture), TextFile.NotForOthers);
}

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
}
