using System.Runtime.InteropServices;

namespace DotNats.Server.Transport.Epoll;

/// <summary>The handful of Linux system calls the loops live on. Errors come back as <see cref="Marshal.GetLastPInvokeError"/>.</summary>
internal static partial class LinuxCalls
{
    public const int EpollIn = 0x1;
    public const int EpollOut = 0x4;
    public const int EpollError = 0x8;
    public const int EpollHangUp = 0x10;
    public const int EpollPeerHangUp = 0x2000;
    public const uint EpollEdgeTriggered = 1u << 31;
    public const int ControlAdd = 1;
    public const int ControlDelete = 2;
    public const int DontWait = 0x40;
    public const int ErrorAgain = 11;
    public const int ErrorInterrupted = 4;
    private const int CloseOnExec = 0x80000;
    private const int NonBlocking = 0x800;
    private const int SetTimerSlack = 29;

    public static int CreateEpoll() => epoll_create1(CloseOnExec);

    public static int CreateEventCounter() => eventfd(0, CloseOnExec | NonBlocking);

    /// <summary>Lets this thread sleep as briefly as it asks to; the default lets a sleep last 50 µs longer.</summary>
    public static void MinimizeTimerSlack() => _ = prctl(SetTimerSlack, 1, 0, 0, 0);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int epoll_create1(int flags);

    [LibraryImport("libc", SetLastError = true)]
    public static partial int epoll_ctl(int epoll, int operation, int descriptor, ref byte epollEvent);

    [LibraryImport("libc", SetLastError = true)]
    public static partial int epoll_wait(int epoll, ref byte events, int maxEvents, int timeoutMilliseconds);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int eventfd(uint initial, int flags);

    [LibraryImport("libc", SetLastError = true)]
    public static partial nint recv(int socket, ref byte buffer, nint length, int flags);

    [LibraryImport("libc", SetLastError = true)]
    public static partial nint writev(int socket, ref IoVector vectors, int count);

    [LibraryImport("libc", SetLastError = true)]
    public static partial nint read(int descriptor, ref ulong value, nint length);

    [LibraryImport("libc", SetLastError = true)]
    public static partial nint write(int descriptor, ref ulong value, nint length);

    [LibraryImport("libc", SetLastError = true)]
    public static partial int close(int descriptor);

    [LibraryImport("libc")]
    private static partial int prctl(int option, nuint a, nuint b, nuint c, nuint d);

    [LibraryImport("libc")]
    public static partial int nanosleep(ref TimeSpec request, nint remaining);

    [StructLayout(LayoutKind.Sequential)]
    internal struct TimeSpec
    {
        public nint Seconds;
        public nint Nanoseconds;
    }

    [StructLayout(LayoutKind.Sequential)]
    internal struct IoVector
    {
        public nint Base;
        public nint Length;
    }
}
