using DotNats.Storage;

namespace Storage.Tests.Harness;

/// <summary>The machine's files, which have no room or fail while they are told to.</summary>
internal sealed class RefusingFiles : IStorageFiles
{
    private readonly DiskFiles _files = new();
    private volatile bool _isFull;
    private volatile bool _failsSyncs;

    /// <summary>Nothing can be written.</summary>
    public bool IsFull
    {
        get => _isFull;
        set => _isFull = value;
    }

    /// <summary>Nothing can be synced.</summary>
    public bool FailsSyncs
    {
        get => _failsSyncs;
        set => _failsSyncs = value;
    }

    public IStorageFile Open(string path, bool create) => new RefusingFile(this, path, _files.Open(path, create));

    public bool FileExists(string path) => _files.FileExists(path);

    public bool DirectoryExists(string path) => _files.DirectoryExists(path);

    public void CreateDirectory(string path) => _files.CreateDirectory(path);

    public IEnumerable<string> FileNames(string path) => _files.FileNames(path);

    public IEnumerable<string> DirectoryNames(string path) => _files.DirectoryNames(path);

    public void Move(string from, string to) => _files.Move(from, to);

    public void DeleteFile(string path) => _files.DeleteFile(path);

    public void DeleteDirectory(string path) => _files.DeleteDirectory(path);

    public void SyncDirectory(string path)
    {
    }

    public long FreeBytes(string path) => IsFull ? 0 : _files.FreeBytes(path);

    public IFileSystemSync? OpenSync(string directory) => null;

    private sealed class RefusingFile(RefusingFiles files, string path, IStorageFile file) : IStorageFile
    {
        public long Length => file.Length;

        public int Read(Span<byte> target, long offset) => file.Read(target, offset);

        public void Write(ReadOnlySpan<byte> bytes, long offset)
        {
            if (files.IsFull)
            {
                // As a real one has it: what there is room for is written.
                file.Write(bytes[..(bytes.Length / 2)], offset);
                throw new DiskFullException(path);
            }

            file.Write(bytes, offset);
        }

        public void Sync()
        {
            if (files.FailsSyncs) throw new IOException($"input/output error: {path}");
        }

        public void SetLength(long length) => file.SetLength(length);

        public void Preallocate(long length) => file.Preallocate(length);

        public void Dispose() => file.Dispose();
    }
}
