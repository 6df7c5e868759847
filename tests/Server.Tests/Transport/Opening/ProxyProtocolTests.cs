using System.Net.Sockets;
using System.Text;
using DotNats;
using DotNats.Server.Connections;
using DotNats.Server.Transport.Epoll;
using Server.Tests.Harness;
using Server.Tests.Transport.Tls;
using Shouldly;
using Xunit;

namespace Server.Tests.Transport.Opening;

/// <summary>Clients behind a load balancer that speaks the PROXY protocol.</summary>
public sealed class ProxyProtocolTests
{
    private const string Header = "PROXY TCP4 1.2.3.4 5.6.7.8 1111 2222\r\n";
    private const string Connect = "CONNECT {\"verbose\":false,\"protocol\":1}\r\nPING\r\n";

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_client_is_who_the_proxy_says(bool portable)
    {
        await using TransportServer server = await StartAsync(portable);
        Dialogue client = await server.OpenAsync();
        (await client.ReadInfoAsync()).ShouldNotContain("client_ip");
        client.SendBytes(Encoding.ASCII.GetBytes(Header + Connect));
        await client.ExpectAsync("PONG");
        await client.FenceAsync();

        client.Infos[1].ShouldContain("\"client_ip\":\"1.2.3.4\"");
        (server.TheConnection.RemoteIp, server.TheConnection.RemotePort).ShouldBe(("1.2.3.4", 1111));
        // Compat: logs go on naming the socket's peer.
        server.TheConnection.ToString().ShouldStartWith("127.0.0.1:");
        if (OperatingSystem.IsLinux()) (server.TheConnection.Endpoint is EpollEndpoint).ShouldBe(!portable);
    }

    [Theory]
    [InlineData("PROXY UNKNOWN\r\n", false)]
    [InlineData("PROXY UNKNOWN\r\n", true)]
    [InlineData("", false)]
    [InlineData("", true)]
    public async Task A_client_nobody_speaks_for_keeps_its_address(string header, bool portable)
    {
        await using TransportServer server = await StartAsync(portable);
        Dialogue client = await server.OpenAsync();
        await client.ReadInfoAsync();
        client.SendBytes(Encoding.ASCII.GetBytes(header + Connect));
        await client.ExpectAsync("PONG");

        server.TheConnection.RemoteIp.ShouldBe("127.0.0.1");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_header_may_come_in_pieces(bool portable)
    {
        await using TransportServer server = await StartAsync(portable);
        Dialogue client = await server.OpenAsync();
        await client.ReadInfoAsync();
        foreach (byte one in Encoding.ASCII.GetBytes(Header + Connect)) client.SendBytes([one]);
        await client.ExpectAsync("PONG");

        server.TheConnection.RemoteIp.ShouldBe("1.2.3.4");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_broken_header_closes_with_a_warning(bool portable)
    {
        await using TransportServer server = await StartAsync(portable);
        Dialogue client = await server.OpenAsync();
        await client.ReadInfoAsync();
        client.Send("PROXY TCP4 1.2.3 5.6.7.8 1111 2222");

        await client.ExpectClosedAsync();
        (await server.LastCloseReasonAsync()).ShouldBe(CloseReason.ProtocolViolation.ToText());
        await server.Log.ContainsAsync("Warning", "Error reading PROXY protocol header from 127.0.0.1:");
        await server.Log.ContainsAsync("Warning", ": invalid PROXY protocol header: invalid address");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_silent_proxy_is_closed_after_five_seconds(bool portable)
    {
        await using TransportServer server = await StartAsync(portable);
        Dialogue client = await server.OpenAsync();
        await client.ReadInfoAsync();
        await server.AdvanceUntilAsync(() => server.Core.Closed.ToArray().Length == 1, TimeSpan.FromSeconds(1));

        await client.ExpectClosedAsync();
        await server.Log.ContainsAsync("Warning", "failed to read protocol version: EOF");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_proxy_that_hangs_up_inside_its_header_closes_with_a_warning(bool portable)
    {
        await using TransportServer server = await StartAsync(portable);
        Dialogue client = await server.OpenAsync();
        client.SendBytes("PROXY TCP4"u8);
        await client.DisposeAsync();

        (await server.LastCloseReasonAsync()).ShouldBe(CloseReason.ProtocolViolation.ToText());
        await server.Log.ContainsAsync("Warning", "failed to read v1 line: ");
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task Header_and_client_hello_may_come_in_one_burst(bool allowNonTls, bool portable)
    {
        using TestAuthority authority = new();
        await using TransportServer server = await StartAsync(portable, new NatsServerOptions
        {
            AllowNonTls = allowNonTls,
            Tls = new TlsOptions { Certificates = [authority.ServerFiles()], Timeout = TimeSpan.FromMinutes(10) },
        });
        NetworkStream socket = await server.OpenSocketAsync();
        await TransportServer.ReadLineAsync(socket);
        Dialogue client = server.Track(new Dialogue(await TransportServer.ShakeHandsAsync(new HeldStream(socket, Encoding.ASCII.GetBytes(Header)))));
        client.SendBytes(Encoding.ASCII.GetBytes(Connect));
        await client.ExpectAsync("PONG");

        server.TheConnection.RemoteIp.ShouldBe("1.2.3.4");
        server.TheConnection.Endpoint.Tls.ShouldNotBeNull();
    }

    private static Task<TransportServer> StartAsync(bool portable, NatsServerOptions? options = null) =>
        TransportServer.StartAsync((options ?? new NatsServerOptions()) with { ProxyProtocol = true }, portable);

    /// <summary>Puts bytes before the first write, so that both leave together.</summary>
    private sealed class HeldStream(Stream inner, byte[] before) : Stream
    {
        private byte[]? _before = before;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override int Read(byte[] buffer, int offset, int count) => inner.Read(buffer, offset, count);

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => inner.ReadAsync(buffer, cancellationToken);

        public override void Write(byte[] buffer, int offset, int count) => inner.Write([.. Take(), .. buffer.AsSpan(offset, count)]);

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
            inner.WriteAsync((byte[])[.. Take(), .. buffer.Span], cancellationToken);

        public override void Flush() => inner.Flush();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing) inner.Dispose();
            base.Dispose(disposing);
        }

        private byte[] Take()
        {
            byte[] bytes = _before ?? [];
            _before = null;
            return bytes;
        }
    }
}
