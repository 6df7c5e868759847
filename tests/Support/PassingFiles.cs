using DotNats.Storage;

namespace TestSupport;

/// <summary>The machine's files without the device's part: nothing waits for it. A test overrides what goes another way.</summary>
internal class PassingFiles : IStorageFiles
{
    private readonly DiskFiles _files = new();

    public virtual IStorageFile Open(string path, bool create) => new PassingFile(_files.Open(path, create));

    public bool FileExists(string path) => _files.FileExists(path);

    public bool DirectoryExists(string path) => _files.DirectoryExists(path);

    public void CreateDirectory(string path) => _files.CreateDirectory(path);

    public IEnumerable<string> FileNames(string path) => _files.FileNames(path);

    public IEnumerable<string> DirectoryNames(string path) => _files.DirectoryNames(path);

    public void Move(string from, string to) => _files.Move(from, to);

    public virtual void DeleteFile(string path) => _files.DeleteFile(path);

    public virtual void DeleteDirectory(string path) => _files.DeleteDirectory(path);

    public void SyncDirectory(string path)
    {
    }

    public virtual long FreeBytes(string path) => _files.FreeBytes(path);

    public virtual IStorageFile? OpenSynced(string path) => null;

    public virtual IFileSystemSync? OpenSync(string directory) => null;
}

/// <summary>One of <see cref="PassingFiles"/>.</summary>
internal class PassingFile(IStorageFile file) : IStorageFile
{
    public long Length => file.Length;

    public virtual int Read(Span<byte> target, long offset) => file.Read(target, offset);

    public virtual void Write(ReadOnlySpan<byte> bytes, long offset) => file.Write(bytes, offset);

    public virtual void Sync()
    {
    }

    public void SetLength(long length) => file.SetLength(length);

    public void Preallocate(long length) => file.Preallocate(length);

    public void Dispose() => file.Dispose();
}
