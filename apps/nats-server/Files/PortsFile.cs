using System.Globalization;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using System.Text;
using DotNats.Logging;

namespace DotNats.App.Files;

/// <summary>Where a server can be reached, for the ports file; null for listeners it does not have.</summary>
internal sealed record ServerEndPoints
{
    public IPEndPoint? Client { get; init; }

    /// <summary>Clients must speak TLS.</summary>
    public bool ClientTls { get; init; }

    public IPEndPoint? Monitoring { get; init; }

    /// <summary>Monitoring is HTTPS.</summary>
    public bool MonitoringTls { get; init; }

    public IPEndPoint? Profile { get; init; }
}

/// <summary>The file <c>&lt;executable&gt;_&lt;pid&gt;.ports</c> by which test suites find a server that chose its own ports.</summary>
internal static class PortsFile
{
    /// <summary>Path of this process's ports file.</summary>
    public static string PathIn(string directory, string program) =>
        Path.Combine(directory, string.Create(CultureInfo.InvariantCulture, $"{program}_{Environment.ProcessId}.ports"));

    /// <summary>Writes it; returns what went wrong in nats-server's words, or null.</summary>
    public static string? Write(string path, ServerEndPoints endPoints) =>
        TextFile.Publish(path, Json(endPoints, MachineAddresses), TextFile.ForAll) is { } error ? $"Error writing ports file ({path}): {error}" : null;

    /// <summary>Removes it; returns what went wrong in nats-server's words, or null.</summary>
    public static string? Delete(string path)
    {
        if (!File.Exists(path)) return $"Error cleaning up ports file {path}: remove {path}: no such file or directory";
        try
        {
            File.Delete(path);
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return $"Error cleaning up ports file {path}: remove {path}: {OsErrorText.Of(e, path)}";
        }
    }

    /// <summary>The file's text: one list of URLs per listener, without those the server does not have.</summary>
    /// <param name="machineAddresses">Addresses of this machine, listed for a listener on all of them.</param>
    public static string Json(ServerEndPoints endPoints, Func<IEnumerable<IPAddress>> machineAddresses)
    {
        StringBuilder json = new("{");
        Add("nats", endPoints.ClientTls ? "tls" : "nats", endPoints.Client);
        Add("monitoring", endPoints.MonitoringTls ? "https" : "http", endPoints.Monitoring);
        Add("profile", "http", endPoints.Profile);
        return json.Append('}').ToString();

        void Add(string key, string scheme, IPEndPoint? endPoint)
        {
            if (endPoint is null) return;
            bool any = endPoint.Address.Equals(IPAddress.Any) || endPoint.Address.Equals(IPAddress.IPv6Any);
            IEnumerable<IPAddress> addresses = any ? machineAddresses() : [endPoint.Address];
            IEnumerable<string> urls = addresses.Select(address => $"\"{scheme}://{new IPEndPoint(Plain(address), endPoint.Port)}\"");
            json.Append(json.Length > 1 ? "," : "").Append('"').Append(key).Append("\":[").AppendJoin(',', urls).Append(']');
        }
    }

    // Without the scope of a link-local address, as Go prints them.
    private static IPAddress Plain(IPAddress address) =>
        address.AddressFamily == AddressFamily.InterNetworkV6 ? new IPAddress(address.GetAddressBytes()) : address;

    private static IEnumerable<IPAddress> MachineAddresses() =>
        NetworkInterface.GetAllNetworkInterfaces().SelectMany(card => card.GetIPProperties().UnicastAddresses).Select(unicast => unicast.Address);
}
