using Microsoft.Win32.SafeHandles;

namespace DotNats.Storage;

/// <summary>A file of this machine.</summary>
// Owner: whoever opened it. Lifetime: until disposed; calls that are under way then still end.
internal sealed class DiskFile(string path, SafeFileHandle handle) : IStorageFile
{
    public long Length
    {
        get
        {
            try
            {
                return RandomAccess.GetLength(handle);
            }
            catch (Exception e) when (DiskErrors.IsOfDisk(e))
            {
                throw DiskErrors.Told(path, e);
            }
        }
    }

    public int Read(Span<byte> target, long offset)
    {
        try
        {
            int read = 0;
            while (read < target.Length)
            {
                int some = RandomAccess.Read(handle, target[read..], offset + read);
                if (some == 0) break;
                read += some;
            }

            return read;
        }
        catch (Exception e) when (DiskErrors.IsOfDisk(e))
        {
            throw DiskErrors.Told(path, e);
        }
    }

    public void Write(ReadOnlySpan<byte> bytes, long offset)
    {
        try
        {
            RandomAccess.Write(handle, bytes, offset);
        }
        catch (Exception e) when (DiskErrors.IsOfDisk(e))
        {
            throw DiskErrors.Told(path, e);
        }
    }

    public void Sync()
    {
        try
        {
            if (OperatingSystem.IsLinux()) UnixCalls.SyncData(path, handle);
            else RandomAccess.FlushToDisk(handle);
        }
        catch (Exception e) when (DiskErrors.IsOfDisk(e))
        {
            throw DiskErrors.Told(path, e);
        }
    }

    public void BeginSync(long offset, long bytes)
    {
        if (OperatingSystem.IsLinux()) UnixCalls.BeginSync(handle, offset, bytes);
    }

    public void SetLength(long length)
    {
        try
        {
            RandomAccess.SetLength(handle, length);
        }
        catch (Exception e) when (DiskErrors.IsOfDisk(e))
        {
            throw DiskErrors.Told(path, e);
        }
    }

    public void Preallocate(long length)
    {
        if (OperatingSystem.IsLinux()) UnixCalls.Preallocate(path, handle, length);
    }

    public void Dispose() => handle.Dispose();
}
