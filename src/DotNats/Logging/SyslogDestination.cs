using System.Globalization;
using System.Net;
using System.Net.Sockets;
using DotNats.Primitives;
using Microsoft.Extensions.Logging;

namespace DotNats.Logging;

/// <summary>Log entries as syslog messages, without nats-server's time and label: the daemon adds its own.</summary>
// Owner: whoever writes an entry, under the destination's lock.
// Lifetime: connected by Connect; reconnects once per entry that cannot be sent, then drops it.
public sealed class SyslogDestination : LogDestination
{
    // RFC 3164 facility "system daemons", shifted into place.
    private const int DaemonFacility = 3 << 3;

    private static readonly string[] LocalSockets = ["/dev/log", "/var/run/syslog", "/var/run/log"];

    private readonly SyslogAddress _address;
    private readonly TimeProvider _time;
    private readonly string _sender;
    private readonly string _host;
    private Socket? _socket;

    private SyslogDestination(SyslogAddress address, string program, int processId, TimeProvider time)
    {
        _address = address;
        _time = time;
        _sender = string.Create(CultureInfo.InvariantCulture, $" {program}[{processId}]: ");
        // Messages that stay on the machine carry no host.
        _host = address.Transport is SyslogTransport.Udp or SyslogTransport.Tcp ? " " + Environment.MachineName : "";
        _socket = Open(address);
    }

    /// <summary>Connects to a daemon.</summary>
    /// <param name="program">Tag of every message.</param>
    /// <exception cref="LogDestinationException">It cannot be reached.</exception>
    public static SyslogDestination Connect(SyslogAddress address, string program, int processId, TimeProvider? time = null)
    {
        try
        {
            return new SyslogDestination(address, program, processId, time ?? TimeProvider.System);
        }
        catch (SocketException e)
        {
            throw new LogDestinationException($"error connecting to syslog: {GoQuote.Quote(Describe(address, e))}", e);
        }
    }

    internal override void BeginEntry(ref LogEntryBuffer entry, LogLevel level)
    {
        DateTimeOffset now = _time.GetLocalNow();
        // Compat: nats-server opens its own daemon's log as "daemon" and a remote one without a facility.
        int priority = (_address.Transport == SyslogTransport.Local ? DaemonFacility : 0) | Severity(level);
        entry.Append(string.Create(CultureInfo.InvariantCulture, $"<{priority}>{Timestamp(now)}{_host}{_sender}"));
    }

    private protected override void WriteEntry(ReadOnlySpan<byte> entry)
    {
        if (!TrySend(entry) && TryReconnect()) TrySend(entry);
    }

    private protected override void Close() => _socket?.Dispose();

    private static int Severity(LogLevel level) => level switch
    {
        LogLevel.Critical => 2,
        LogLevel.Error => 3,
        LogLevel.Warning => 4,
        LogLevel.Debug => 7,
        // Compat: nats-server sends trace lines as notices too.
        _ => 5,
    };

    private string Timestamp(DateTimeOffset now)
    {
        if (_host.Length == 0) return string.Create(CultureInfo.InvariantCulture, $"{now:MMM} {now.Day,2} {now:HH:mm:ss}");
        string zone = now.Offset == TimeSpan.Zero ? "Z" : now.ToString("zzz", CultureInfo.InvariantCulture);
        return now.ToString("yyyy-MM-dd'T'HH:mm:ss", CultureInfo.InvariantCulture) + zone;
    }

    private bool TrySend(ReadOnlySpan<byte> entry)
    {
        if (_socket is null) return false;
        try
        {
            while (!entry.IsEmpty) entry = entry[_socket.Send(entry)..];
            return true;
        }
        catch (SocketException)
        {
            _socket.Dispose();
            _socket = null;
            return false;
        }
    }

    private bool TryReconnect()
    {
        try
        {
            _socket = Open(_address);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static Socket Open(SyslogAddress address) => address.Transport switch
    {
        SyslogTransport.Local => OpenLocal(),
        SyslogTransport.Unix => OpenUnix(address.Path, SocketType.Stream),
        SyslogTransport.Tcp => OpenNetwork(address, SocketType.Stream, ProtocolType.Tcp),
        _ => OpenNetwork(address, SocketType.Dgram, ProtocolType.Udp),
    };

    private static Socket OpenLocal()
    {
        foreach (SocketType type in (ReadOnlySpan<SocketType>)[SocketType.Dgram, SocketType.Stream])
            foreach (string path in LocalSockets)
            {
                try
                {
                    return OpenUnix(path, type);
                }
                catch (SocketException)
                {
                    // The next of the well-known places.
                }
            }
        throw new SocketException((int)SocketError.HostNotFound);
    }

    private static Socket OpenUnix(string path, SocketType type) =>
        Connected(new Socket(AddressFamily.Unix, type, ProtocolType.Unspecified), new UnixDomainSocketEndPoint(path));

    private static Socket OpenNetwork(SyslogAddress address, SocketType type, ProtocolType protocol)
    {
        IPAddress ip = IPAddress.TryParse(address.Host, out IPAddress? literal)
            ? literal
            : address.Host.Length == 0 ? IPAddress.Loopback : Dns.GetHostAddresses(address.Host)[0];
        return Connected(new Socket(ip.AddressFamily, type, protocol), new IPEndPoint(ip, address.Port));
    }

    private static Socket Connected(Socket socket, EndPoint endPoint)
    {
        try
        {
            socket.Connect(endPoint);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static string Describe(SyslogAddress address, SocketException e) => address.Transport switch
    {
        SyslogTransport.Local => "Unix syslog delivery error",
        // The runtime's error for a path that is not there is one about addresses.
        SyslogTransport.Unix when !File.Exists(address.Path) => $"dial unix {address.Path}: connect: no such file or directory",
        SyslogTransport.Unix => $"dial unix {address.Path}: connect: {OsErrorText.Of(e, address.Path)}",
        _ when e.SocketErrorCode is SocketError.HostNotFound =>
            $"dial {Name(address)}: lookup {address.Host}: no such host",
        _ => string.Create(CultureInfo.InvariantCulture, $"dial {Name(address)} {address.Host}:{address.Port}: connect: {OsErrorText.Of(e)}"),
    };

    private static string Name(SyslogAddress address) => address.Transport == SyslogTransport.Udp ? "udp" : "tcp";
}
