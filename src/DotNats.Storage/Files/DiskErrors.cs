namespace DotNats.Storage;

/// <summary>What the framework throws when a disk refuses, as the two kinds storage knows.</summary>
internal static class DiskErrors
{
    private const int NoSpaceOnUnix = 28;
    private const int QuotaOnLinux = 122;
    private const int FullOnWindows = unchecked((int)0x80070070);

    public static bool IsOfDisk(Exception error) =>
        error is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException or System.Security.SecurityException;

    /// <summary>The same as an <see cref="IOException"/>; <see cref="DiskFullException"/> where that is why.</summary>
    public static IOException Told(string path, Exception error) => error switch
    {
        DiskFullException full => full,
        IOException io when IsFull(io.HResult) => new DiskFullException(path, io),
        IOException io => io,
        _ => new IOException($"{path}: {error.Message}", error),
    };

    /// <summary>What a system call's error number means.</summary>
    public static IOException FromNumber(string path, int number) => number is NoSpaceOnUnix or QuotaOnLinux
        ? new DiskFullException(path)
        : new IOException($"{path}: error {number} of the operating system");

    // On Unix the framework passes the error number on; a full disk has one of its own everywhere.
    private static bool IsFull(int result) => result == FullOnWindows || (!OperatingSystem.IsWindows() && result is NoSpaceOnUnix or QuotaOnLinux);
}
