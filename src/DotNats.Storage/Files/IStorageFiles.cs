namespace DotNats.Storage;

/// <summary>The file system as storage sees it: the disk, or in tests one that loses, tears and flips what is not synced.</summary>
/// <remarks>Everything throws <see cref="IOException"/> (<see cref="DiskFullException"/> where there is no room) and nothing else.</remarks>
public interface IStorageFiles
{
    /// <summary>Opens a file for reading and writing.</summary>
    /// <param name="create">Makes an empty one where there is none; its name is safe after <see cref="SyncDirectory"/>.</param>
    /// <exception cref="FileNotFoundException">There is none and <paramref name="create"/> is false.</exception>
    IStorageFile Open(string path, bool create);

    bool FileExists(string path);

    bool DirectoryExists(string path);

    /// <summary>Makes a directory and those above it.</summary>
    void CreateDirectory(string path);

    /// <summary>Names (not paths) of the files in a directory, in no order.</summary>
    IEnumerable<string> FileNames(string path);

    /// <summary>Names (not paths) of the directories in a directory, in no order.</summary>
    IEnumerable<string> DirectoryNames(string path);

    /// <summary>Puts a file or directory in another place; a file there is replaced at once.</summary>
    void Move(string from, string to);

    void DeleteFile(string path);

    /// <summary>Deletes a directory and what is in it.</summary>
    void DeleteDirectory(string path);

    /// <summary>Makes names that were created, moved or deleted in a directory safe.</summary>
    void SyncDirectory(string path);

    /// <summary>Bytes that can still be written where a path is.</summary>
    long FreeBytes(string path);

    /// <summary>
    /// Opens a file that is there for writes that are on the device when they return: each of whole pages, at a multiple of a page (4096 bytes), so that none has to be read for it. Null
    /// where there is no such way.
    /// </summary>
    IStorageFile? OpenSynced(string path) => null;

    /// <summary>A way to make everything in a directory's file system safe at once; null where there is none.</summary>
    IFileSystemSync? OpenSync(string directory) => null;
}

/// <summary>Makes everything safe that was written to a file system: bytes, names and lengths.</summary>
// Owner: whoever opened it; any thread.
public interface IFileSystemSync : IDisposable
{
    /// <summary>Bytes that are written once more lie where they lay: a sync then has nothing to do but to write them.</summary>
    bool OverwritesInPlace => false;

    /// <summary>Whether a directory lies in it.</summary>
    bool Covers(string directory);

    /// <summary>Waits until everything written before is on the device; false where that is not sure: then each file's own sync tells.</summary>
    bool TrySync();
}

/// <summary>An open file.</summary>
// Owner: whoever opened it. Reading, writing and syncing may go on at the same time on different threads.
public interface IStorageFile : IDisposable
{
    long Length { get; }

    /// <summary>Reads from a place on; fewer bytes than asked for only at the end of the file.</summary>
    int Read(Span<byte> target, long offset);

    /// <summary>Writes all bytes, beyond the end too.</summary>
    void Write(ReadOnlySpan<byte> bytes, long offset);

    /// <summary>Waits until everything written is on the device (fdatasync).</summary>
    void Sync();

    /// <summary>Has the device begin with what was written, without waiting for it: a sync later has less to do. A hint: what goes wrong, that sync tells.</summary>
    void BeginSync(long offset, long bytes)
    {
    }

    /// <summary>Cuts or extends with zeros.</summary>
    void SetLength(long length);

    /// <summary>Reserves room on the device without changing the length; does nothing where that cannot be.</summary>
    void Preallocate(long length);
}

/// <summary>The device has no room.</summary>
public sealed class DiskFullException(string path, Exception? inner = null) : IOException($"no space left on device: {path}", inner);
