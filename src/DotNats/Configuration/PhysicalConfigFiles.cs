using DotNats.Logging;

namespace DotNats.Configuration;

/// <summary>Files of this machine.</summary>
public sealed class PhysicalConfigFiles : IConfigFileSystem
{
    private const UnixFileMode OwnerWrite = UnixFileMode.UserWrite;

    /// <inheritdoc/>
    public byte[] ReadAllBytes(string path)
    {
        try
        {
            return File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            // A directory can be opened, as nats-server sees it, but not read.
            string step = Directory.Exists(path) ? "read" : "open";
            string reason = path.Length == 0 ? "no such file or directory" : OsErrorText.Of(e, path);
            throw new IOException($"{step} {path}: {reason}", e);
        }
    }

    /// <inheritdoc/>
    public ConfigPathKind Probe(string path)
    {
        if (File.Exists(path))
            return ConfigPathKind.File;
        if (!Directory.Exists(path))
            return ConfigPathKind.Missing;
        bool writable = OperatingSystem.IsWindows() || (File.GetUnixFileMode(path) & OwnerWrite) != 0;
        return writable ? ConfigPathKind.Directory : ConfigPathKind.ReadOnlyDirectory;
    }
}
