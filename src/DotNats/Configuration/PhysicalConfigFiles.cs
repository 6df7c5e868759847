namespace DotNats.Configuration;

/// <summary>Files of this machine.</summary>
public sealed class PhysicalConfigFiles : IConfigFileSystem
{
    private const UnixFileMode OwnerWrite = UnixFileMode.UserWrite;

    /// <inheritdoc/>
    public byte[] ReadAllBytes(string path)
    {
        // A directory would be reported as a lack of permission.
        if (Directory.Exists(path))
            throw new IOException($"read {path}: is a directory");
        try
        {
            return File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException or ArgumentException)
        {
            throw new IOException($"open {path}: no such file or directory", e);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new IOException($"open {path}: permission denied", e);
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
