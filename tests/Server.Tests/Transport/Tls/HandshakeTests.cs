using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;
using DotNats;
using DotNats.Server.Connections;
using DotNats.Server.Transport.Epoll;
using DotNats.Server.Transport.Streams;
using Server.Tests.Harness;
using Shouldly;
using Xunit;

namespace Server.Tests.Transport.Tls;

/// <summary>Handshakes on the client port, over sockets; once with epoll loops beside the streams and once without.</summary>
public sealed class HandshakeTests : IDisposable
{
    private readonly TestAuthority _authority = new();

    public void Dispose() => _authority.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Info_comes_in_the_clear_and_then_everything_is_encrypted(bool portable)
    {
        await using TransportServer server = await TransportServer.StartAsync(Options(), portable);
        Dialogue client = await server.OpenTlsAsync();

        client.Infos[0].ShouldContain("\"tls_required\":true");
        await client.ConnectAsync();
        client.Send("SUB foo 1", $"PUB foo 50000\r\n{new string('x', 50000)}");
        await client.ExpectAsync("MSG foo 1 50000", new string('x', 50000));
        TlsSessionInfo tls = server.TheConnection.Endpoint.Tls.ShouldNotBeNull();
        (tls.Version, tls.HandshakeFirst, tls.PeerCertificate).ShouldBe(("1.3", false, null));
        tls.CipherSuite.ShouldStartWith("TLS_AES_");
        await server.Log.ContainsAsync("Debug", "TLS handshake complete");
    }

    [Fact]
    public async Task Version_1_2_is_served_and_named()
    {
        await using TransportServer server = await TransportServer.StartAsync(Options() with { Tls = Tls() with { CipherSuites = ["TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"] } });
        Dialogue client = await server.OpenTlsAsync(protocols: SslProtocols.Tls12);
        await client.ConnectAsync();

        TlsSessionInfo tls = server.TheConnection.Endpoint.Tls.ShouldNotBeNull();
        (tls.Version, tls.CipherSuite).ShouldBe(("1.2", "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"));
        await server.Log.ContainsAsync("Debug", "TLS version 1.2, cipher suite TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256");
    }

    [Fact]
    public async Task Min_version_refuses_older_clients()
    {
        await using TransportServer server = await TransportServer.StartAsync(Options() with { Tls = Tls() with { MinVersion = "1.3" } });

        await Should.ThrowAsync<AuthenticationException>(() => server.OpenTlsAsync(protocols: SslProtocols.Tls12));
        (await server.LastCloseReasonAsync()).ShouldBe(CloseReason.TlsHandshakeError.ToText());
        await server.Log.ContainsAsync("Error", "TLS handshake error: tls: client offered only unsupported versions");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_plain_client_is_refused_where_tls_is_required(bool portable)
    {
        await using TransportServer server = await TransportServer.StartAsync(Options(), portable);
        Dialogue client = await server.OpenAsync();
        await client.ReadInfoAsync();
        client.Send("CONNECT {\"verbose\":false}", "PING");

        (await server.LastCloseReasonAsync()).ShouldBe(CloseReason.TlsHandshakeError.ToText());
        await server.Log.ContainsAsync("Debug", "TLS handshake error: tls: first record does not look like a TLS handshake");
    }

    [Fact]
    public async Task A_client_that_hangs_up_shows_as_an_end()
    {
        await using TransportServer server = await TransportServer.StartAsync(Options());
        await (await server.OpenAsync()).DisposeAsync();

        (await server.LastCloseReasonAsync()).ShouldBe(CloseReason.TlsHandshakeError.ToText());
        await server.Log.ContainsAsync("Error", "TLS handshake error: ");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_silent_client_is_closed_after_the_timeout(bool portable)
    {
        await using TransportServer server = await TransportServer.StartAsync(Options() with { Tls = Tls() with { Timeout = TimeSpan.FromSeconds(3) } }, portable);
        Dialogue client = await server.OpenAsync();
        await client.ReadInfoAsync();
        await server.AdvanceUntilAsync(() => server.Core.Closed.ToArray().Length == 1, TimeSpan.FromSeconds(1));

        await client.ExpectClosedAsync();
        (await server.LastCloseReasonAsync()).ShouldBe(CloseReason.TlsHandshakeError.ToText());
        await server.Log.ContainsAsync("Debug", "TLS handshake timeout");
        await server.Log.ContainsAsync("Debug", "i/o timeout");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Both_kinds_of_clients_are_served_with_allow_non_tls(bool portable)
    {
        await using TransportServer server = await TransportServer.StartAsync(Options() with { AllowNonTls = true }, portable);
        Dialogue plain = await (await server.OpenAsync()).ConnectAsync();
        Connection connection = server.TheConnection;
        Dialogue secure = await (await server.OpenTlsAsync()).ConnectAsync();

        plain.Infos[0].ShouldContain("\"tls_available\":true");
        plain.Infos[0].ShouldNotContain("tls_required");
        secure.Send("SUB foo 1");
        await secure.FenceAsync();
        plain.Send("PUB foo 2\r\nok");
        await secure.ExpectAsync("MSG foo 1 2", "ok");
        // A plain client costs no more than where there is no TLS at all.
        if (OperatingSystem.IsLinux() && !portable) connection.Endpoint.ShouldBeOfType<EpollEndpoint>();
        else connection.Endpoint.ShouldBeOfType<StreamEndpoint>();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_client_that_may_be_plain_and_says_nothing_is_plain_after_the_timeout(bool portable)
    {
        NatsServerOptions options = Options() with { AllowNonTls = true, Tls = Tls() with { Timeout = TimeSpan.FromSeconds(3) }, Authorization = new AuthorizationOptions { Token = "t" } };
        await using TransportServer server = await TransportServer.StartAsync(options, portable);
        Dialogue client = await server.OpenAsync();
        await client.ReadInfoAsync();
        await server.AdvanceUntilAsync(() => server.Core.Closed.ToArray().Length == 1, TimeSpan.FromSeconds(1));

        // Its time to authenticate began when it counted as plain.
        await client.ExpectClosedAsync("-ERR 'Authentication Timeout'");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_handshake_may_come_before_info(bool portable)
    {
        await using TransportServer server = await TransportServer.StartAsync(Options() with { AllowNonTls = true, Tls = Tls() with { HandshakeFirst = true } }, portable);
        Dialogue client = await server.OpenTlsAsync(first: true);
        await client.ConnectAsync();

        client.Infos[0].ShouldContain("\"tls_required\":true,\"tls_available\":true");
        server.TheConnection.Endpoint.Tls!.HandshakeFirst.ShouldBeTrue();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_handshake_that_comes_first_is_waited_for_only_so_long(bool portable)
    {
        TlsOptions tls = Tls() with { HandshakeFirst = true, HandshakeFirstFallback = TimeSpan.FromMilliseconds(300), Timeout = TimeSpan.FromHours(1) };
        await using TransportServer server = await TransportServer.StartAsync(Options() with { Tls = tls }, portable);
        await (await server.OpenTlsAsync(first: true)).ConnectAsync();

        NetworkStream socket = await server.OpenSocketAsync();
        await server.AdvanceUntilAsync(() => socket.DataAvailable, TimeSpan.FromMilliseconds(300));
        (await TransportServer.ReadLineAsync(socket)).ShouldContain("\"tls_required\":true");
        Dialogue late = server.Track(new Dialogue(await TransportServer.ShakeHandsAsync(socket)));
        late.Send("PING");
        await late.ExpectAsync("PONG");
        server.Core.Connections.All.Select(one => one.Endpoint.Tls!.HandshakeFirst).Order().ShouldBe([false, true]);
    }

    [Fact]
    public async Task Handshakes_are_limited_to_so_many_a_second()
    {
        await using TransportServer server = await TransportServer.StartAsync(Options() with { Tls = Tls() with { ConnectionRateLimit = 2 } });
        await (await server.OpenTlsAsync()).ConnectAsync();
        await (await server.OpenTlsAsync()).ConnectAsync();
        Dialogue third = await server.OpenAsync();
        await third.ReadInfoAsync();

        await third.ExpectClosedAsync("-ERR 'Connection throttling is active. Please try again later.'");
        (await server.LastCloseReasonAsync()).ShouldBe(CloseReason.MaxConnectionsExceeded.ToText());
        server.Time.Advance(TimeSpan.FromSeconds(1.1));
        await server.Log.ContainsAsync("Warning", "Rejected 1 connections due to TLS rate limiting");
        await (await server.OpenTlsAsync()).ConnectAsync();
    }

    [Fact]
    public async Task One_connection_too_many_is_told_so_before_a_handshake()
    {
        await using TransportServer server = await TransportServer.StartAsync(Options() with { Limits = new LimitOptions { MaxConnections = 0 } });
        Dialogue client = await server.OpenAsync();
        await client.ReadInfoAsync();

        await client.ExpectClosedAsync("-ERR 'maximum connections exceeded'");
    }

    [Fact]
    public async Task Thousands_of_small_messages_arrive_whole_and_in_order()
    {
        await using TransportServer server = await TransportServer.StartAsync(Options());
        Dialogue subscriber = await (await server.OpenTlsAsync()).ConnectAsync();
        Dialogue publisher = await (await server.OpenTlsAsync()).ConnectAsync();
        subscriber.Send("SUB m.> 1");
        await subscriber.FenceAsync();
        var expected = new List<string>();
        for (int burst = 0; burst < 20; burst++)
        {
            var text = new StringBuilder();
            for (int i = 0; i < 200; i++)
            {
                string body = $"{burst * 200 + i:D6}" + new string('x', i % 7 * 500);
                text.Append($"PUB m.{i % 3} {body.Length}\r\n{body}\r\n");
                expected.AddRange([$"MSG m.{i % 3} 1 {body.Length}", body]);
            }

            publisher.SendBytes(Encoding.ASCII.GetBytes(text.ToString()));
        }

        await subscriber.ExpectAsync([.. expected]);
    }

    [Fact]
    public async Task The_end_of_a_connection_is_announced_inside_tls()
    {
        await using TransportServer server = await TransportServer.StartAsync(Options());
        NetworkStream socket = await server.OpenSocketAsync();
        await TransportServer.ReadLineAsync(socket);
        await using SslStream client = await TransportServer.ShakeHandsAsync(socket);
        await client.WriteAsync("CONNECT {}\r\nBOGUS\r\n"u8.ToArray(), TestContext.Current.CancellationToken);

        // Without close_notify the last read would throw.
        string text = await new StreamReader(client, Encoding.ASCII).ReadToEndAsync(TestContext.Current.CancellationToken);
        text.ShouldContain("-ERR 'Unknown Protocol Operation'");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task In_process_clients_may_use_tls_and_need_not(bool first)
    {
        await using TransportServer server = await TransportServer.StartAsync(Options() with { Tls = Tls() with { HandshakeFirst = first } });
        Dialogue plain = server.Track(new Dialogue(server.Server.ConnectInProcess()));
        Task<string> info = plain.ReadInfoAsync();
        if (first) await server.AdvanceUntilAsync(() => info.IsCompleted, TimeSpan.FromMilliseconds(60));
        await info;
        await plain.ConnectAsync();

        plain.Infos[0].ShouldContain("\"tls_available\":true");
        plain.Infos[0].ShouldNotContain("tls_required");
        Stream stream = server.Server.ConnectInProcess();
        if (!first) (await TransportServer.ReadLineAsync(stream)).ShouldStartWith("INFO ");
        Dialogue secure = server.Track(new Dialogue(await TransportServer.ShakeHandsAsync(stream)));
        secure.Send("PING");
        await secure.ExpectAsync("PONG");
    }

    private TlsOptions Tls() => new() { Certificates = [_authority.ServerFiles()], Timeout = TimeSpan.FromMinutes(10) };

    private NatsServerOptions Options() => new() { Tls = Tls() };
}
