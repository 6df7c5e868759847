using System.Net;
using System.Net.Sockets;
using System.Text;
using DotNats.Logging;
using Microsoft.Extensions.Logging;
using Shouldly;
using Xunit;

namespace DotNats.Tests.Logging;

public class SyslogTests
{
    [Fact]
    public void Datagrams_carry_priority_time_host_and_tag_but_no_label()
    {
        using Socket daemon = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { ReceiveTimeout = 5000 };
        daemon.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        using NatsLoggerFactory factory = Connect($"udp://127.0.0.1:{((IPEndPoint)daemon.LocalEndPoint!).Port}");
        foreach (var (level, severity) in new[]
        {
            (LogLevel.Trace, 5), (LogLevel.Debug, 7), (LogLevel.Information, 5), (LogLevel.Warning, 4), (LogLevel.Error, 3), (LogLevel.Critical, 2),
        })
        {
            Log(factory, level, "said");
            Receive(daemon).ShouldBe($"<{severity}>2026-11-22T17:48:15-03:00 {Environment.MachineName} nats-test[7]: said\n");
        }
    }

    [Fact]
    public void Tcp_reconnects_when_the_daemon_comes_back()
    {
        using TcpListener daemon = new(IPAddress.Loopback, 0);
        daemon.Start();
        using NatsLoggerFactory factory = Connect($"tcp://{daemon.LocalEndpoint}");
        using (Socket first = daemon.AcceptSocket())
        {
            Log(factory, LogLevel.Information, "one");
            Receive(first).ShouldContain("nats-test[7]: one\n");
            first.Close(0);
        }
        // The loss shows once the peer's reset has come back; entries until then go nowhere, as in nats-server.
        for (int tries = 0; !daemon.Pending() && tries < 500; tries++)
        {
            Log(factory, LogLevel.Information, "again");
            daemon.Server.Poll(10_000, SelectMode.SelectRead);
        }
        using Socket second = daemon.AcceptSocket();
        second.ReceiveTimeout = 5000;
        Receive(second).ShouldContain("nats-test[7]: again\n");
    }

    [Fact]
    public void A_unix_socket_gets_the_short_form()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "no syslog sockets");
        using TemporaryDirectory directory = new();
        string path = directory.File("log");
        using Socket daemon = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        daemon.Bind(new UnixDomainSocketEndPoint(path));
        daemon.Listen();
        using NatsLoggerFactory factory = Connect("unix://" + path);
        using Socket accepted = daemon.Accept();
        Log(factory, LogLevel.Error, "said");
        Receive(accepted).ShouldBe("<3>Nov 22 17:48:15 nats-test[7]: said\n");
    }

    [Theory]
    [InlineData("bogus", "error invalid network type: \"\"")]
    [InlineData("http://x:1", "error invalid network type: \"http\"")]
    [InlineData("udp://localhost", "error connecting to syslog: \"dial udp: address localhost: missing port in address\"")]
    public void Addresses_nobody_can_use_are_refused(string url, string message) =>
        Should.Throw<LogDestinationException>(() => SyslogAddress.Parse(url)).Message.ShouldBe(message);

    [Theory]
    [InlineData("udp://localhost:514", SyslogTransport.Udp, "localhost", 514, "")]
    [InlineData("tcp://[::1]:601/x", SyslogTransport.Tcp, "::1", 601, "")]
    [InlineData("unix:///dev/log", SyslogTransport.Unix, "", 0, "/dev/log")]
    public void Addresses_are_read(string url, SyslogTransport transport, string host, int port, string path) =>
        SyslogAddress.Parse(url).ShouldBe(new SyslogAddress(transport, host, port, path));

    [Fact]
    public void A_daemon_that_is_not_there_is_told_in_nats_servers_words()
    {
        int port;
        using (TcpListener free = new(IPAddress.Loopback, 0))
        {
            free.Start();
            port = ((IPEndPoint)free.LocalEndpoint).Port;
        }
        Should.Throw<LogDestinationException>(() => Connect($"tcp://127.0.0.1:{port}")).Message
            .ShouldBe($"error connecting to syslog: \"dial tcp 127.0.0.1:{port}: connect: connection refused\"");
    }

    private static NatsLoggerFactory Connect(string url) =>
        new(SyslogDestination.Connect(SyslogAddress.Parse(url), "nats-test", 7, LogTestKit.Clock()), debug: true, trace: true);

    private static void Log(NatsLoggerFactory factory, LogLevel level, string text) => factory.CreateLogger("").Log(level, 0, text, null, (state, _) => state);

    private static string Receive(Socket socket)
    {
        byte[] buffer = new byte[4096];
        return Encoding.UTF8.GetString(buffer, 0, socket.Receive(buffer));
    }
}
