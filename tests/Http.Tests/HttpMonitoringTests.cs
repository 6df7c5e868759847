using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using DotNats;
using DotNats.Server.Monitoring;
using Microsoft.Extensions.Logging;
using Server.Tests.Monitoring;
using Shouldly;
using Xunit;

namespace Http.Tests;

public sealed class HttpMonitoringTests
{
    [Fact]
    public async Task Nothing_starts_without_a_port()
    {
        await using MonitorHost host = await MonitorHost.StartAsync(options: new MonitoringOptions());
        host.Port.ShouldBe(0);
        host.Log.Lines.ShouldBeEmpty();
    }

    [Fact]
    public async Task The_address_is_logged_and_nothing_else()
    {
        await using MonitorHost host = await MonitorHost.StartAsync();
        (await host.GetAsync("/varz")).StatusCode.ShouldBe(HttpStatusCode.OK);
        host.Log.Lines.ShouldBe([(LogLevel.Information, $"Starting http monitor on 127.0.0.1:{host.Port}")]);
    }

    [Fact]
    public async Task Replies_have_the_servers_headers()
    {
        await using MonitorHost host = await MonitorHost.StartAsync();
        HttpResponseMessage reply = await host.GetAsync("/healthz");
        reply.Content.Headers.ContentType!.ToString().ShouldBe("application/json");
        reply.Content.Headers.ContentLength.ShouldBe(15);
        reply.Headers.GetValues("Access-Control-Allow-Origin").ShouldBe(["*"]);
        reply.Headers.Contains("Server").ShouldBeFalse();
        reply.Headers.Date.ShouldNotBeNull();
        (await reply.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).ShouldBe("{\"status\":\"ok\"}");
    }

    [Fact]
    public async Task Replies_are_never_compressed()
    {
        await using MonitorHost host = await MonitorHost.StartAsync();
        host.Client.DefaultRequestHeaders.Add("Accept-Encoding", "gzip");
        HttpResponseMessage reply = await host.GetAsync("/varz");
        reply.Content.Headers.ContentEncoding.ShouldBeEmpty();
    }

    [Fact]
    public async Task An_unhealthy_server_says_so_in_status_and_log()
    {
        await using MonitorHost host = await MonitorHost.StartAsync();
        host.Source.NotReadyReason = "not ready";
        HttpResponseMessage reply = await host.GetAsync("/healthz?js-enabled=1");
        reply.StatusCode.ShouldBe(HttpStatusCode.InternalServerError);
        host.Log.Lines.ShouldContain((LogLevel.Warning, "Healthcheck: js-enabled deprecated, use js-enabled-only instead"));
        host.Log.Lines.ShouldContain((LogLevel.Warning, "Healthcheck failed: \"not ready\""));
        await host.GetAsync("/healthz?details=1");
        host.Log.Lines.ShouldContain((LogLevel.Warning, "Healthcheck failed: 1 errors"));
    }

    [Fact]
    public async Task HEAD_has_the_headers_without_the_body()
    {
        await using MonitorHost host = await MonitorHost.StartAsync();
        string reply = await host.SendRawAsync("HEAD /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        reply.ShouldStartWith("HTTP/1.1 200 OK\r\n");
        reply.ShouldContain("Content-Length: 15\r\n");
        reply.ShouldEndWith("\r\n\r\n");
        string moved = await host.SendRawAsync("HEAD //healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        moved.ShouldStartWith("HTTP/1.1 301 Moved Permanently\r\n");
        moved.ShouldNotContain("Content-Length");
    }

    [Fact]
    public async Task Old_clients_and_pipelines_are_served()
    {
        await using MonitorHost host = await MonitorHost.StartAsync();
        string old = await host.SendRawAsync("GET /healthz HTTP/1.0\r\n\r\n");
        old.ShouldStartWith("HTTP/1.0 200 OK\r\n");
        old.ShouldEndWith("\r\n\r\n{\"status\":\"ok\"}");
        string mixed = await host.SendRawAsync("GET /varz HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET /healthz HTTP/1.1\r\nHost: y\r\nConnection: close\r\n\r\n");
        mixed.ShouldStartWith("HTTP/1.0 200 OK\r\n");
        mixed.ShouldContain("}HTTP/1.1 200 OK\r\n");
        string twice = await host.SendRawAsync("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\nGET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        twice.Split("{\"status\":\"ok\"}").Length.ShouldBe(3);
    }

    [Fact]
    public async Task Proxies_and_tunnels_get_an_answer()
    {
        await using MonitorHost host = await MonitorHost.StartAsync();
        (await host.SendRawAsync("GET http://foo/healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")).ShouldStartWith("HTTP/1.1 200 OK\r\n");
        (await host.SendRawAsync("CONNECT x:80 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")).ShouldStartWith("HTTP/1.1 4");
    }

    [Fact]
    public async Task Long_lines_and_many_headers_pass()
    {
        await using MonitorHost host = await MonitorHost.StartAsync();
        string headers = string.Concat(Enumerable.Range(0, 200).Select(i => $"A{i}: x\r\n"));
        (await host.SendRawAsync($"GET /healthz?x={new string('a', 10_000)} HTTP/1.1\r\nHost: x\r\nX: {new string('a', 100_000)}\r\n{headers}Connection: close\r\n\r\n"))
            .ShouldStartWith("HTTP/1.1 200 OK");
    }

    [Fact]
    public async Task Many_connections_are_streamed_whole()
    {
        FakeMonitoringSource source = new();
        for (ulong id = 1; id <= 10_000; id++) source.Connect(id);
        await using MonitorHost host = await MonitorHost.StartAsync(source);
        HttpResponseMessage reply = await host.GetAsync("/connz?limit=20000&sort=idle");
        reply.Headers.TransferEncodingChunked.ShouldBe(true);
        string text = await reply.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        text.ShouldStartWith("{\n  \"server_id\": \"NSERVER\",\n");
        JsonDocument.Parse(text).RootElement.GetProperty("connections").GetArrayLength().ShouldBe(10_000);
    }

    [Fact]
    public async Task A_taken_port_is_refused_in_the_servers_words()
    {
        await using MonitorHost host = await MonitorHost.StartAsync();
        ServerStartException error = await Should.ThrowAsync<ServerStartException>(() =>
            MonitorHost.StartAsync(options: new MonitoringOptions { HttpPort = host.Port }));
        error.Message.ShouldBe($"Can't start monitoring: can't listen to the monitor port: listen tcp 127.0.0.1:{host.Port}: bind: address already in use");
    }

    [Theory]
    [InlineData("192.0.2.1", 0, "listen tcp 192.0.2.1:8222: bind: cannot assign requested address")]
    [InlineData("nosuch.invalid", 0, "listen tcp: lookup nosuch.invalid: no such host")]
    [InlineData("127.0.0.1", 99999, "listen tcp: address 99999: invalid port")]
    [InlineData("127.0.0.1", -5, "listen tcp: address -5: invalid port")]
    public async Task An_address_that_cannot_be_bound_is_refused_in_the_servers_words(string host, int port, string reason)
    {
        MonitoringOptions options = new() { Host = host, HttpPort = port == 0 ? 8222 : port };
        (await Should.ThrowAsync<ServerStartException>(() => MonitorHost.StartAsync(options: options)))
            .Message.ShouldBe($"Can't start monitoring: can't listen to the monitor port: {reason}");
    }

    [Fact]
    public async Task Options_that_contradict_are_refused()
    {
        (await Should.ThrowAsync<ServerStartException>(() => MonitorHost.StartAsync(options: new MonitoringOptions { HttpPort = 1, HttpsPort = 2 })))
            .Message.ShouldBe("Can't start monitoring: can't specify both HTTP (1) and HTTPs (2) ports");
        (await Should.ThrowAsync<ServerStartException>(() => MonitorHost.StartAsync(options: new MonitoringOptions { HttpsPort = 2 })))
            .Message.ShouldBe("Can't start monitoring: TLS cert and key required for HTTPS");
    }

    [Fact]
    public async Task Stopping_frees_the_port_while_a_client_keeps_its_connection()
    {
        MonitorHost host = await MonitorHost.StartAsync();
        using HttpClient client = new();
        await client.GetAsync(new Uri($"http://127.0.0.1:{host.Port}/varz"), TestContext.Current.CancellationToken);
        await host.DisposeAsync();
        using Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, host.Port));
    }

    [Fact]
    public async Task HTTPS_presents_the_certificate_in_force()
    {
        using X509Certificate2 first = HttpsProbe.CreateCertificate("first");
        using X509Certificate2 second = HttpsProbe.CreateCertificate("second");
        X509Certificate2 current = first;
        await using MonitorHost host = await MonitorHost.StartAsync(
            options: new MonitoringOptions { HttpsPort = -1 },
            tls: _ => new SslServerAuthenticationOptions { ServerCertificate = current });
        host.Log.Lines.ShouldBe([(LogLevel.Information, $"Starting https monitor on 127.0.0.1:{host.Port}")]);
        (await HttpsProbe.SubjectAsync(host.Port)).ShouldBe("CN=first");
        current = second;
        (await HttpsProbe.SubjectAsync(host.Port)).ShouldBe("CN=second");
    }

    [Fact]
    public async Task A_failed_handshake_is_logged_and_harms_nobody()
    {
        using X509Certificate2 certificate = HttpsProbe.CreateCertificate("first");
        await using MonitorHost host = await MonitorHost.StartAsync(
            options: new MonitoringOptions { HttpsPort = -1 }, tls: _ => new SslServerAuthenticationOptions { ServerCertificate = certificate });
        (await host.SendRawAsync("GET / HTTP/1.0\r\n\r\n")).ShouldBe("HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n");
        (await host.SendRawAsync("garbage\r\n")).ShouldBeEmpty();
        (await host.SendRawAsync("\u0016\u0003\u0001\0\u0005hello")).Length.ShouldBeLessThan(10);
        host.Log.Lines.Count(line => line.Level == LogLevel.Error).ShouldBe(3);
        host.Log.Lines.Where(line => line.Level == LogLevel.Error).Take(2).Select(line => line.Text.Split(": ", 3)[2]).ShouldBe(
            ["client sent an HTTP request to an HTTPS server", "tls: first record does not look like a TLS handshake"]);
        host.Log.Lines.ShouldContain(line => line.Text.StartsWith("monitoring: TLS handshake error from 127.0.0.1:"));
        (await HttpsProbe.SubjectAsync(host.Port)).ShouldBe("CN=first");
    }
}
