using System.Net;
using DotNats;
using DotNats.Http;
using Shouldly;
using Xunit;

namespace Http.Tests;

/// <summary>A whole server with the HTTP part plugged in.</summary>
public sealed class EmbeddedServerTests
{
    private static readonly NatsServerOptions Monitored = new()
    {
        Host = "127.0.0.1", Port = -1, Monitoring = new MonitoringOptions { HttpPort = -1 },
    };

    [Fact]
    public async Task Endpoints_answer_while_the_server_runs_and_stop_with_it()
    {
        NatsServer server = await NatsServer.StartAsync(Monitored, new NatsServerDependencies { Extensions = [new HttpMonitoring()] }, TestContext.Current.CancellationToken);
        IPEndPoint endPoint = server.MonitoringEndPoint.ShouldNotBeNull();
        using HttpClient client = new();
        Uri health = new($"http://{endPoint}/healthz");
        (await client.GetStringAsync(health, TestContext.Current.CancellationToken)).ShouldBe("{\"status\":\"ok\"}");
        server.Monitoring.Varz().HttpReqStats.ShouldBe([new("/healthz", 1)]);
        await server.DisposeAsync();
        await Should.ThrowAsync<HttpRequestException>(() => client.GetStringAsync(health, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_configured_port_that_nobody_serves_is_an_error()
    {
        ServerStartException error = await Should.ThrowAsync<ServerStartException>(() => NatsServer.StartAsync(Monitored));
        error.Message.ShouldContain("HttpMonitoring");
        error = await Should.ThrowAsync<ServerStartException>(() => NatsServer.StartAsync(Monitored with { Monitoring = new MonitoringOptions(), ProfilePort = -1 }));
        error.Message.ShouldBe("A diagnostics port (prof_port) is configured, but no extension serves it: add HttpMonitoring of DotNats.Http to the extensions");
    }

    [Fact]
    public async Task A_server_that_cannot_start_frees_the_monitoring_port()
    {
        await using NatsServer first = await NatsServer.StartAsync(Monitored with { Monitoring = new MonitoringOptions() }, cancellationToken: TestContext.Current.CancellationToken);
        int port = FreePort();
        NatsServerDependencies dependencies = new() { Extensions = [new HttpMonitoring()] };
        NatsServerOptions taken = Monitored with { Port = first.ClientEndPoint.Port, Monitoring = new MonitoringOptions { HttpPort = port } };
        await Should.ThrowAsync<ServerStartException>(() => NatsServer.StartAsync(taken, dependencies));
        await using NatsServer second = await NatsServer.StartAsync(taken with { Port = -1 }, dependencies, TestContext.Current.CancellationToken);
        second.MonitoringEndPoint.ShouldNotBeNull().Port.ShouldBe(port);
    }

    [Fact]
    public async Task HTTPS_serves_the_client_listeners_certificate_and_follows_a_reload()
    {
        using TemporaryCertificates files = new();
        NatsServerOptions options = Monitored with { Tls = files.Create("first"), Monitoring = new MonitoringOptions { HttpsPort = -1 } };
        NatsServerDependencies dependencies = new() { Extensions = [new HttpMonitoring()] };
        await using NatsServer server = await NatsServer.StartAsync(options, dependencies, TestContext.Current.CancellationToken);
        int port = server.MonitoringEndPoint.ShouldNotBeNull().Port;
        (await HttpsProbe.SubjectAsync(port)).ShouldBe("CN=first");
        server.Monitoring.Varz().TlsCertNotAfter.ShouldNotBeNull().Kind.ShouldBe(DateTimeKind.Utc);
        await server.ReloadAsync(options with { Tls = files.Create("second") });
        (await HttpsProbe.SubjectAsync(port)).ShouldBe("CN=second");
    }

    internal static int FreePort()
    {
        using System.Net.Sockets.TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
