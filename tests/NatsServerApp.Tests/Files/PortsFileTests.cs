using System.Net;
using DotNats.App.Files;
using Shouldly;
using Xunit;

namespace NatsServerApp.Tests.Files;

public class PortsFileTests
{
    private static readonly IPAddress[] Machine = [IPAddress.Loopback, IPAddress.Parse("192.0.2.7"), IPAddress.Parse("fe80::1%3")];

    [Fact]
    public void Listeners_are_listed_by_purpose() => PortsFile.Json(
        new ServerEndPoints { Client = At("127.0.0.1", 4222), Monitoring = At("127.0.0.1", 8222), Profile = At("::1", 6060) }, () => Machine)
        .ShouldBe("""{"nats":["nats://127.0.0.1:4222"],"monitoring":["http://127.0.0.1:8222"],"profile":["http://[::1]:6060"]}""");

    [Fact]
    public void Tls_shows_in_the_scheme() => PortsFile.Json(
        new ServerEndPoints { Client = At("127.0.0.1", 4222), ClientTls = true, Monitoring = At("127.0.0.1", 8222), MonitoringTls = true }, () => Machine)
        .ShouldBe("""{"nats":["tls://127.0.0.1:4222"],"monitoring":["https://127.0.0.1:8222"]}""");

    [Fact]
    public void A_listener_on_all_addresses_lists_them() => PortsFile.Json(new ServerEndPoints { Client = At("0.0.0.0", 4222) }, () => Machine)
        .ShouldBe("""{"nats":["nats://127.0.0.1:4222","nats://192.0.2.7:4222","nats://[fe80::1]:4222"]}""");

    [Fact]
    public void The_name_carries_program_and_process_id() =>
        PortsFile.PathIn("/d", "nats-server").ShouldBe(Path.Combine("/d", $"nats-server_{Environment.ProcessId}.ports"));

    [Fact]
    public void What_cannot_be_written_or_removed_is_told_in_nats_servers_words()
    {
        PortsFile.Write("/nonexistent/x.ports", new ServerEndPoints())
            .ShouldBe("Error writing ports file (/nonexistent/x.ports): open /nonexistent/x.ports: no such file or directory");
        PortsFile.Delete("/nonexistent/x.ports")
            .ShouldBe("Error cleaning up ports file /nonexistent/x.ports: remove /nonexistent/x.ports: no such file or directory");
        PidFile.Write("/nonexistent/x.pid").ShouldBe("open /nonexistent/x.pid: no such file or directory");
    }

    private static IPEndPoint At(string address, int port) => new(IPAddress.Parse(address), port);
}
