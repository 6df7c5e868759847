using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace DotNats.Storage;

/// <summary>What the framework has no call for: syncing data without times, syncing a directory, reserving room.</summary>
internal static partial class UnixCalls
{
    private const int KeepSize = 1;
    private const int ErrorInterrupted = 4;
    private const int ErrorNoSpace = 28;
    private const int ErrorQuota = 122;

    // O_CLOEXEC with O_RDONLY; the numbers differ between systems.
    private static readonly int OpenForSync = OperatingSystem.IsLinux() ? 0x80000 : OperatingSystem.IsMacOS() ? 0x1000000 : 0x100000;

    public static void SyncData(string path, SafeFileHandle file)
    {
        int error = Repeat(file, static file => fdatasync(file));
        if (error != 0) throw DiskErrors.FromNumber(path, error);
    }

    public static void SyncDirectory(string path)
    {
        int descriptor = open(path, OpenForSync);
        if (descriptor < 0) throw DiskErrors.FromNumber(path, Marshal.GetLastPInvokeError());
        using var directory = new SafeFileHandle(descriptor, ownsHandle: true);
        int error = Repeat(directory, static directory => fsync(directory));
        if (error != 0) throw DiskErrors.FromNumber(path, error);
    }

    /// <summary>Reserves room; says nothing where the file system cannot.</summary>
    public static void Preallocate(string path, SafeFileHandle file, long length)
    {
        if (fallocate(file, KeepSize, 0, length) == 0) return;
        int error = Marshal.GetLastPInvokeError();
        if (error is ErrorNoSpace or ErrorQuota) throw new DiskFullException(path);
    }

    private static int Repeat(SafeFileHandle file, Func<SafeFileHandle, int> call)
    {
        while (call(file) != 0)
        {
            int error = Marshal.GetLastPInvokeError();
            if (error != ErrorInterrupted) return error;
        }

        return 0;
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fdatasync(SafeFileHandle file);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fsync(SafeFileHandle file);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fallocate(SafeFileHandle file, int mode, long offset, long length);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int open(string path, int flags);
}
