using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Load.Harness;

/// <summary>Asks a server's monitoring port.</summary>
internal static class Monitoring
{
    /// <summary>How many messages clients have sent to the server, from /varz; null when it does not say.</summary>
    internal static long? InMessages(int port)
    {
        try
        {
            string varz = Get(port, "/varz");
            int at = varz.IndexOf("\"in_msgs\":", StringComparison.Ordinal);
            if (at < 0) return null;
            ReadOnlySpan<char> rest = varz.AsSpan(at + "\"in_msgs\":".Length).TrimStart();
            return long.Parse(rest[..rest.IndexOfAnyExceptInRange('0', '9')], CultureInfo.InvariantCulture);
        }
        catch (SocketException)
        {
            return null;
        }
    }

    private static string Get(int port, string path)
    {
        using Socket socket = new(SocketType.Stream, ProtocolType.Tcp) { ReceiveTimeout = 3000, SendTimeout = 3000 };
        socket.Connect(IPAddress.Loopback, port);
        socket.Send(Encoding.ASCII.GetBytes($"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"));
        StringBuilder answer = new();
        byte[] buffer = new byte[32 * 1024];
        for (int count = socket.Receive(buffer); count > 0; count = socket.Receive(buffer))
            answer.Append(Encoding.UTF8.GetString(buffer, 0, count));
        return answer.ToString();
    }
}
