using System.Buffers.Binary;
using System.ComponentModel;
using System.Runtime.InteropServices;

namespace Load.Wire;

/// <summary>Opens TCP sockets to 127.0.0.1 without the framework's socket machinery around them.</summary>
internal static unsafe class LoopbackSocket
{
    private const int AddressFamilyInternet = 2;
    private const int StreamCloseOnExec = 1 | 0x80000;
    private const int SocketLevel = 1;
    private const int TcpLevel = 6;
    private const int NoDelay = 1;
    private const int Linger = 13;
    private const int ReceiveTimeout = 20;
    private const int SendTimeout = 21;
    private const int GetFlags = 3;
    private const int SetFlags = 4;
    private const int NonBlocking = 0x800;

    /// <summary>Connects a blocking socket; calls on it fail with EAGAIN after ten seconds, so a stalled server ends a run.</summary>
    /// <returns>The descriptor, or −1 when nothing listens on <paramref name="port"/>.</returns>
    /// <exception cref="Win32Exception">Any other failure.</exception>
    internal static int TryConnect(int port)
    {
        int descriptor = Check(Libc.Socket(AddressFamilyInternet, StreamCloseOnExec, 0), "socket");
        byte* address = stackalloc byte[16];
        new Span<byte>(address, 16).Clear();
        *(ushort*)address = AddressFamilyInternet;
        BinaryPrimitives.WriteUInt16BigEndian(new Span<byte>(address + 2, 2), (ushort)port);
        BinaryPrimitives.WriteUInt32BigEndian(new Span<byte>(address + 4, 4), 0x7F000001);
        if (Libc.Connect(descriptor, address, 16) != 0)
        {
            int error = Marshal.GetLastPInvokeError();
            _ = Libc.Close(descriptor);
            return error == Libc.ConnectionRefused ? -1 : throw new Win32Exception(error, $"connect: error {error}");
        }
        SetInteger(descriptor, TcpLevel, NoDelay, 1);
        SetSeconds(descriptor, ReceiveTimeout, 10);
        SetSeconds(descriptor, SendTimeout, 10);
        return descriptor;
    }

    internal static int Connect(int port)
    {
        int descriptor = TryConnect(port);
        return descriptor >= 0 ? descriptor : throw new InvalidRunException($"the server does not accept connections on port {port}");
    }

    internal static void SetNonBlocking(int descriptor)
    {
        int flags = Check(Libc.FileControl(descriptor, GetFlags, 0), "fcntl");
        Check(Libc.FileControl(descriptor, SetFlags, flags | NonBlocking), "fcntl");
    }

    /// <summary>
    /// Makes close() reset the connection: thousands of handshakes a second would otherwise run out of ports in TIME_WAIT.
    /// </summary>
    internal static void ResetOnClose(int descriptor)
    {
        int* linger = stackalloc int[2] { 1, 0 };
        Check(Libc.SetSocketOption(descriptor, SocketLevel, Linger, linger, 8), "setsockopt");
    }

    private static void SetInteger(int descriptor, int level, int name, int value) =>
        Check(Libc.SetSocketOption(descriptor, level, name, &value, 4), "setsockopt");

    private static void SetSeconds(int descriptor, int name, long seconds)
    {
        long* time = stackalloc long[2] { seconds, 0 };
        Check(Libc.SetSocketOption(descriptor, SocketLevel, name, time, 16), "setsockopt");
    }

    private static int Check(int result, string call) =>
        result >= 0 ? result : throw new Win32Exception(Marshal.GetLastPInvokeError(), $"{call}: error {Marshal.GetLastPInvokeError()}");
}
