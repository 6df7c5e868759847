using System.Runtime.InteropServices;

namespace DotNats.Storage;

/// <summary>The file system of this machine.</summary>
// Owner: anyone; it keeps nothing.
public sealed class DiskFiles : IStorageFiles
{
    // Compat: nats-server lets its owner alone see what it stores (0600, 0700).
    private const UnixFileMode FileMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode DirectoryMode = FileMode | UnixFileMode.UserExecute;

    public IStorageFile Open(string path, bool create)
    {
        // Where it fails the framework tells why.
        if (OperatingSystem.IsLinux() && UnixCalls.Open(path, create) is { } opened) return new DiskFile(path, opened);
        try
        {
            bool isNew = create && !OperatingSystem.IsWindows() && !File.Exists(path);
            var handle = File.OpenHandle(
                path, create ? System.IO.FileMode.OpenOrCreate : System.IO.FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
            if (isNew && !OperatingSystem.IsWindows()) File.SetUnixFileMode(handle, FileMode);
            return new DiskFile(path, handle);
        }
        catch (Exception e) when (DiskErrors.IsOfDisk(e))
        {
            throw DiskErrors.Told(path, e);
        }
    }

    public bool FileExists(string path) => File.Exists(path);

    public bool DirectoryExists(string path) => Directory.Exists(path);

    public void CreateDirectory(string path)
    {
        try
        {
            if (OperatingSystem.IsWindows()) Directory.CreateDirectory(path);
            else Directory.CreateDirectory(path, DirectoryMode);
        }
        catch (Exception e) when (DiskErrors.IsOfDisk(e))
        {
            throw DiskErrors.Told(path, e);
        }
    }

    public IEnumerable<string> FileNames(string path) => Names(path, Directory.GetFiles);

    public IEnumerable<string> DirectoryNames(string path) => Names(path, Directory.GetDirectories);

    public void Move(string from, string to)
    {
        try
        {
            if (Directory.Exists(from)) Directory.Move(from, to);
            else File.Move(from, to, overwrite: true);
        }
        catch (Exception e) when (DiskErrors.IsOfDisk(e))
        {
            throw DiskErrors.Told(from, e);
        }
    }

    public void DeleteFile(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (DiskErrors.IsOfDisk(e))
        {
            throw DiskErrors.Told(path, e);
        }
    }

    public void DeleteDirectory(string path)
    {
        try
        {
            Directory.Delete(path, recursive: true);
        }
        catch (Exception e) when (DiskErrors.IsOfDisk(e))
        {
            throw DiskErrors.Told(path, e);
        }
    }

    public void SyncDirectory(string path)
    {
        // Elsewhere names are safe with the file, or cannot be synced at all.
        if (OperatingSystem.IsLinux() || OperatingSystem.IsMacOS() || OperatingSystem.IsFreeBSD()) UnixCalls.SyncDirectory(path);
    }

    public long FreeBytes(string path)
    {
        try
        {
            return new DriveInfo(Path.GetFullPath(path)).AvailableFreeSpace;
        }
        catch (Exception e) when (DiskErrors.IsOfDisk(e))
        {
            throw DiskErrors.Told(path, e);
        }
    }

    public IStorageFile? OpenSynced(string path) =>
        OperatingSystem.IsLinux() && UnixCalls.OpenSynced(path) is { } handle ? new DiskFile(path, handle) : null;

    public IFileSystemSync? OpenSync(string directory) => DiskSync.Open(directory);

    private static string[] Names(string path, Func<string, string[]> list)
    {
        try
        {
            string[] names = list(path);
            for (int i = 0; i < names.Length; i++) names[i] = Path.GetFileName(names[i]);
            return names;
        }
        catch (Exception e) when (DiskErrors.IsOfDisk(e))
        {
            throw DiskErrors.Told(path, e);
        }
    }
}
