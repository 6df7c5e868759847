using System.Net;
using System.Net.Sockets;

namespace DotNats.Server.Transport;

/// <summary>Keeps Linux from pacing what goes to peers on the same host, where its usual congestion control would (docs/adr/0028).</summary>
/// <remarks>
/// BBR spreads what is sent over time, by a timer of the kernel for each piece. There is nothing on the way to a peer on the same host that could be too busy, and a socket
/// paces for good once it began to: so the listener, which connections have it from, does not, and those from elsewhere are given the usual one before anything was sent.
/// </remarks>
// Owner: a listener. Immutable.
internal sealed class LocalPeers
{
    // IPPROTO_TCP, TCP_CONGESTION and TCP_CA_NAME_MAX of Linux.
    private const int TcpLevel = 6;
    private const int CongestionControl = 13;
    private const int LongestName = 16;

    private readonly byte[] _usual;

    private LocalPeers(byte[] usual) => _usual = usual;

    // Built into every kernel, and allowed to everybody.
    private static ReadOnlySpan<byte> Unpaced => "reno"u8;

    /// <summary>Before a listener listens; null where nothing is paced.</summary>
    public static LocalPeers? For(Socket listener)
    {
        if (!OperatingSystem.IsLinux()) return null;
        try
        {
            byte[] usual = NameOf(listener);
            if (!usual.AsSpan().StartsWith("bbr"u8)) return null;
            listener.SetRawSocketOption(TcpLevel, CongestionControl, Unpaced);
            return new LocalPeers(usual);
        }
        catch (SocketException)
        {
            // It is about speed alone.
            return null;
        }
    }

    /// <summary>A connection was accepted.</summary>
    /// <param name="remote">Its peer.</param>
    public void Settle(Socket connection, IPAddress remote)
    {
        if (IPAddress.IsLoopback(remote) || remote.MapToIPv6().Equals(((IPEndPoint)connection.LocalEndPoint!).Address.MapToIPv6())) return;
        try
        {
            connection.SetRawSocketOption(TcpLevel, CongestionControl, _usual);
        }
        catch (SocketException)
        {
            // As above; one that is closed already is found out soon.
        }
    }

    /// <summary>The congestion control of a socket.</summary>
    internal static byte[] NameOf(Socket socket)
    {
        Span<byte> name = stackalloc byte[LongestName];
        int length = socket.GetRawSocketOption(TcpLevel, CongestionControl, name);
        int end = name[..length].IndexOf((byte)0);
        return name[..(end < 0 ? length : end)].ToArray();
    }
}
