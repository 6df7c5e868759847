using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace DotNats.Logging;

/// <summary>Operating system errors in the words of C's <c>strerror</c>, lower-cased: how nats-server's messages end
/// (<c>open /x: no such file or directory</c>).</summary>
public static class OsErrorText
{
    /// <summary>Describes a failed file or socket operation.</summary>
    /// <param name="path">The file it was about; tells a directory from a file without permission.</param>
    public static string Of(Exception exception, string path = "") => exception switch
    {
        FileNotFoundException or DirectoryNotFoundException => "no such file or directory",
        UnauthorizedAccessException when Directory.Exists(path) => "is a directory",
        UnauthorizedAccessException => "permission denied",
        PathTooLongException => "file name too long",
        SocketException socket => Of(socket),
        IOException { HResult: > 0 and < 4096 } io when !OperatingSystem.IsWindows() => Of(io.HResult),
        _ => exception.Message,
    };

    /// <summary>Describes an <c>errno</c>.</summary>
    public static string Of(int errno)
    {
        string text = Marshal.GetPInvokeErrorMessage(errno);
        return text.Length == 0 ? text : char.ToLowerInvariant(text[0]) + text[1..];
    }

    // The runtime folds errno into SocketError; the common ones are said in strerror's words on every platform.
    private static string Of(SocketException socket) => socket.SocketErrorCode switch
    {
        SocketError.AddressAlreadyInUse => "address already in use",
        SocketError.AddressNotAvailable => "cannot assign requested address",
        SocketError.AccessDenied => "permission denied",
        SocketError.ConnectionRefused => "connection refused",
        SocketError.ConnectionReset => "connection reset by peer",
        SocketError.TimedOut => "connection timed out",
        SocketError.HostNotFound or SocketError.TryAgain or SocketError.NoData => "no such host",
        SocketError.NetworkUnreachable => "network is unreachable",
        SocketError.HostUnreachable => "no route to host",
        _ => socket.Message,
    };
}
