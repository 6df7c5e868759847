using DotNats.Storage;

namespace Crash.Disk;

/// <summary>A handle to a file of <see cref="FaultyFiles"/>.</summary>
internal sealed class FaultyFile(FaultyFiles files, Inode inode, string path) : IStorageFile
{
    private readonly int _boot = files.Boot;

    public long Length => files.Length(inode, _boot);

    public int Read(Span<byte> target, long offset) => files.Read(inode, _boot, path, target, offset);

    public void Write(ReadOnlySpan<byte> bytes, long offset) => files.Write(inode, _boot, path, bytes, offset);

    public void Sync() => files.Sync(inode, _boot, path);

    public void SetLength(long length) => files.SetLength(inode, _boot, path, length);

    public void Preallocate(long length)
    {
    }

    public void Dispose()
    {
    }
}
