using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace DotNats.Storage;

/// <summary>What the framework has no call for: syncing data without times, syncing a directory, reserving room.</summary>
internal static partial class UnixCalls
{
    private const int KeepSize = 1;

    // SYNC_FILE_RANGE_WRITE.
    private const uint WriteRange = 2;
    private const int ErrorInterrupted = 4;
    private const int ErrorNoSpace = 28;
    private const int ErrorQuota = 122;

    // O_RDWR, O_CREAT, O_DSYNC and O_CLOEXEC of Linux on 64-bit x86 and ARM.
    private const int ReadWrite = 2;
    private const int Create = 0x40;
    private const int DataSync = 0x1000;
    private const int CloseOnExec = 0x80000;

    // MADV_HUGEPAGE, and what its pages are a multiple of where they are not larger still.
    private const int HugePageAdvice = 14;
    private const nint HugePageBytes = 2 * 1024 * 1024;

    // 0600, as nats-server has it.
    private const uint OwnerOnly = 0x180;

    // EFD_SEMAPHORE, EFD_CLOEXEC.
    private const int CounterFlags = 1 | 0x80000;

    // O_CLOEXEC with O_RDONLY; the numbers differ between systems.
    private static readonly int OpenForSync = OperatingSystem.IsLinux() ? 0x80000 : OperatingSystem.IsMacOS() ? 0x1000000 : 0x100000;

    public static void SyncData(string path, SafeFileHandle file)
    {
        int error = Repeat(file, static file => fdatasync(file));
        if (error != 0) throw DiskErrors.FromNumber(path, error);
    }

    /// <summary>A hint: what goes wrong, a later sync tells.</summary>
    public static void BeginSync(SafeFileHandle file, long offset, long bytes) => sync_file_range(file, offset, bytes, WriteRange);

    /// <summary>Opens a file for reading and writing, or makes it for its owner alone; null where that cannot be. The framework would look at it four times more, and lock it.</summary>
    public static SafeFileHandle? Open(string path, bool create) => Open(path, ReadWrite | CloseOnExec | (create ? Create : 0));

    /// <summary>Opens a file for writes that are on the device when they return; null where that cannot be.</summary>
    public static SafeFileHandle? OpenSynced(string path) => Open(path, ReadWrite | CloseOnExec | DataSync);

    private static SafeFileHandle? Open(string path, int flags)
    {
        if (RuntimeInformation.ProcessArchitecture is not (Architecture.X64 or Architecture.Arm64)) return null;
        return open(path, flags, OwnerOnly) is >= 0 and var descriptor ? new SafeFileHandle(descriptor, ownsHandle: true) : null;
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

    /// <summary>A semaphore of the kernel's (eventfd); null where there is none.</summary>
    public static SafeFileHandle? CreateCounter() => eventfd(0, CounterFlags) is >= 0 and var counter ? new SafeFileHandle(counter, ownsHandle: true) : null;

    public static void AddToCounter(SafeFileHandle counter)
    {
        ulong one = 1;
        _ = write(counter, ref one, sizeof(ulong));
    }

    /// <summary>Waits until there is something, and takes one.</summary>
    public static void TakeFromCounter(SafeFileHandle counter)
    {
        ulong one = 0;
        while (read(counter, ref one, sizeof(ulong)) < 0 && Marshal.GetLastPInvokeError() == ErrorInterrupted)
        {
        }
    }

    /// <summary>Opens a directory to sync the file system it lies in; null where that cannot be.</summary>
    public static SafeFileHandle? OpenDirectory(string path) =>
        open(path, OpenForSync) is >= 0 and var descriptor ? new SafeFileHandle(descriptor, ownsHandle: true) : null;

    /// <summary>Waits until everything written to a file system is on the device; false where that failed, or something failed before.</summary>
    public static bool TrySyncFileSystem(SafeFileHandle directory) => Repeat(directory, static directory => syncfs(directory)) == 0;

    /// <summary>What a file system is and which one it is, as statfs tells; false where it does not.</summary>
    public static bool TryIdentify(string path, out long kind, out long identity)
    {
        // struct statfs of 64-bit Linux: f_type, f_bsize, f_blocks, f_bfree, f_bavail, f_files, f_ffree, f_fsid and others.
        Span<long> facts = stackalloc long[64];
        bool isKnown = statfs(path, ref facts[0]) == 0;
        (kind, identity) = (facts[0], facts[7]);
        return isKnown;
    }

    /// <summary>
    /// Says that memory is going to be used as a whole: the kernel then provides it by huge pages (2 MiB), where it may, instead of page by page at their first touch. A hint; if the
    /// collector moves the array, it is for whatever comes to lie there.
    /// </summary>
    public static void WantHugePages(byte[] bytes)
    {
        if (!OperatingSystem.IsLinux()) return;
        nint at = Unsafe.ByteOffset(ref Unsafe.NullRef<byte>(), ref MemoryMarshal.GetArrayDataReference(bytes));
        nint start = (at + HugePageBytes - 1) & ~(HugePageBytes - 1);
        nint end = (at + bytes.Length) & ~(HugePageBytes - 1);
        if (end > start) _ = madvise(start, end - start, HugePageAdvice);
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

    [LibraryImport("libc")]
    private static partial int madvise(nint address, nint length, int advice);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fdatasync(SafeFileHandle file);

    [LibraryImport("libc")]
    private static partial int sync_file_range(SafeFileHandle file, long offset, long bytes, uint flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fsync(SafeFileHandle file);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fallocate(SafeFileHandle file, int mode, long offset, long length);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int open(string path, int flags, uint mode = 0);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int eventfd(uint value, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint write(SafeFileHandle descriptor, ref ulong value, nint size);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint read(SafeFileHandle descriptor, ref ulong value, nint size);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int syncfs(SafeFileHandle directory);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int statfs(string path, ref long facts);
}
