using Microsoft.Win32.SafeHandles;

namespace DotNats.Storage;

/// <summary>Syncs a whole file system of this machine (syncfs), where that is known to do what a sync of each file does.</summary>
// Owner: whoever opened it. Lifetime: from before the first write it covers until disposed: the kernel tells each once of errors since its directory was opened.
internal sealed class DiskSync : IFileSystemSync
{
    // Btrfs writes each change to another place.
    private const long CopyingKind = 0x9123683E;

    // ext2 to ext4, XFS, Btrfs: they wait for data and journal, and flush the device. Others pass over their servers' disks or promise less.
    private static readonly long[] Trusted = [0xEF53, 0x58465342, CopyingKind];

    // Older ones do not tell of data that could not be written.
    private static readonly Version TellsErrors = new(5, 8);

    private readonly SafeFileHandle _directory;
    private readonly long _identity;

    private DiskSync(SafeFileHandle directory, long kind, long identity) =>
        (_directory, OverwritesInPlace, _identity) = (directory, kind != CopyingKind, identity);

    public bool OverwritesInPlace { get; }

    /// <summary>Null where files are to be synced one by one.</summary>
    public static DiskSync? Open(string directory)
    {
        if (!OperatingSystem.IsLinux() || !Environment.Is64BitProcess || Environment.OSVersion.Version < TellsErrors) return null;
        if (!UnixCalls.TryIdentify(directory, out long kind, out long identity) || Array.IndexOf(Trusted, kind) < 0) return null;
        return UnixCalls.OpenDirectory(directory) is { } handle ? new DiskSync(handle, kind, identity) : null;
    }

    public bool Covers(string directory) => UnixCalls.TryIdentify(directory, out _, out long identity) && identity == _identity;

    public bool TrySync() => UnixCalls.TrySyncFileSystem(_directory);

    public void Dispose() => _directory.Dispose();
}
