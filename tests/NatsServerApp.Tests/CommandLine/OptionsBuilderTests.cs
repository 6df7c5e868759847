using DotNats;
using DotNats.App.CommandLine;
using Shouldly;
using Xunit;
using Line = DotNats.App.CommandLine.CommandLine;

namespace NatsServerApp.Tests.CommandLine;

public class OptionsBuilderTests
{
    private static readonly NatsServerOptions File = new()
    {
        Host = "10.0.0.1",
        Port = 1111,
        ServerName = "file",
        ClientAdvertise = "file:1",
        PidFile = "file.pid",
        PortsFileDirectory = "file",
        Logging = new LoggingOptions { Debug = true, Trace = true, Timestamps = false, File = "file.log", RemoteSyslog = "udp://file:1", FileSizeLimitBytes = 7 },
        Monitoring = new MonitoringOptions { Host = "10.0.0.2", HttpPort = 8222, BasePath = "/file" },
    };

    [Fact]
    public void Without_flags_the_file_stands() => Build(File).ShouldBe(File);

    [Fact]
    public void Flags_win_over_the_file() => Build(
        File, "-a", "127.0.0.1", "-p", "2222", "-n", "flag", "--client_advertise", "flag:2", "-P", "flag.pid", "--ports_file_dir", "flag",
        "-D=false", "-V=false", "-T", "--logtime_utc", "-l", "flag.log", "-r", "udp://flag:2", "-s", "--log_size_limit", "9", "--max_traced_msg_len", "5",
        "-m", "9222", "--profile", "6060").ShouldBe(File with
        {
            Host = "127.0.0.1",
            Port = 2222,
            ServerName = "flag",
            ClientAdvertise = "flag:2",
            PidFile = "flag.pid",
            PortsFileDirectory = "flag",
            ProfilePort = 6060,
            Limits = new LimitOptions { MaxTracedMessageBytes = 5 },
            Logging = new LoggingOptions
            {
                Timestamps = true, UtcTimestamps = true, File = "flag.log", RemoteSyslog = "udp://flag:2", Syslog = true, FileSizeLimitBytes = 9,
            },
            Monitoring = new MonitoringOptions { Host = "10.0.0.2", HttpPort = 9222, BasePath = "/file" },
        });

    [Fact]
    public void An_empty_value_takes_the_files_away() => Build(
        File, "-a=", "-n=", "--client_advertise=", "-P=", "--ports_file_dir=", "-l=", "-r=", "-m=0").ShouldBe(File with
        {
            Host = "0.0.0.0",
            ServerName = null,
            ClientAdvertise = null,
            PidFile = null,
            PortsFileDirectory = null,
            Logging = File.Logging with { File = null, RemoteSyslog = null },
            Monitoring = new MonitoringOptions { Host = "10.0.0.2", BasePath = "/file" },
        });

    [Theory]
    [InlineData("0", 4222)]
    [InlineData("-1", -1)]
    [InlineData("1", 1)]
    public void Port_zero_is_the_default_port(string flag, int port) => Build(File, "-p", flag).Port.ShouldBe(port);

    [Theory]
    [InlineData("", false, false, false)]
    [InlineData("-D", true, false, false)]
    [InlineData("-V", false, true, false)]
    [InlineData("-VV", false, true, true)]
    [InlineData("-DV", true, true, false)]
    [InlineData("-DVV", true, true, true)]
    [InlineData("-DV=false -D -V", false, false, false)]
    [InlineData("-DVV -VV=false", true, false, false)]
    [InlineData("-VV -DVV=false", false, true, true)]
    public void Debug_and_trace_flags_combine(string flags, bool debug, bool trace, bool verbose)
    {
        LoggingOptions logging = Build(new NatsServerOptions(), flags.Split(' ', StringSplitOptions.RemoveEmptyEntries)).Logging;
        (logging.Debug, logging.Trace, logging.TraceVerbose).ShouldBe((debug, trace, verbose));
    }

    [Fact]
    public void A_token_wins_over_a_user_wherever_each_was_given()
    {
        AuthorizationOptions user = new() { Username = "f", Password = "f" }, token = new() { Token = "f" };
        Build(With(user), "--auth", "t").Authorization.ShouldBe(new AuthorizationOptions { Token = "t" });
        Build(With(token), "--user", "u", "--pass", "p").Authorization.ShouldBe(token);
        Build(With(user), "--user", "u").Authorization.ShouldBe(user with { Username = "u" });
        Build(With(user), "--user=").Authorization.ShouldBe(new AuthorizationOptions());
        Build(new NatsServerOptions(), "--pass", "p").Authorization.ShouldBe(new AuthorizationOptions());
    }

    [Fact]
    public void Listed_users_win_over_a_single_one()
    {
        AuthorizationOptions users = new() { Users = [new UserOptions { Username = "f", Password = "f" }] };
        Build(With(users), "--user", "u", "--pass", "p").Authorization.ShouldBe(users);
        Build(With(users), "--auth", "t").Authorization.ShouldBe(users with { Token = "t" });
    }

    [Fact]
    public void Tls_flags_replace_the_files_tls()
    {
        NatsServerOptions file = new() { Tls = new TlsOptions { Certificates = [new("f.pem", "f.key")], MapToUser = true } };
        Build(file).Tls.ShouldBe(file.Tls);
        Build(file, "--tls=false", "--tlscert", "x").Tls.ShouldBeNull();
        TlsOptions tls = Build(file, "--tlsverify", "--tlscert", "c.pem", "--tlskey", "c.key", "--tlscacert", "ca.pem").Tls.ShouldNotBeNull();
        tls.Certificates.ShouldBe([new TlsCertificateOptions("c.pem", "c.key")]);
        (tls.CaFile, tls.Verify, tls.MapToUser).ShouldBe(("ca.pem", true, false));
    }

    [Theory]
    [InlineData("TLS Server certificate must be present and valid", "--tls")]
    [InlineData("TLS Server certificate must be present and valid", "--tlskey", "x")]
    [InlineData("TLS Server private key must be present and valid", "--tls", "--tlscert", "x")]
    [InlineData("missing port in address", "--cluster", "foo")]
    [InlineData("address 127.0.0.1: missing port in address", "--cluster", "nats://127.0.0.1")]
    [InlineData("address [::1]: missing port in address", "--cluster", "nats://[::1]")]
    [InlineData("expected cluster password to be set", "--cluster_listen", "nats://a@127.0.0.1:1")]
    [InlineData("parse \"nats://127.0.0.1:x\": invalid port \":x\" after host", "--cluster", "nats://127.0.0.1:x")]
    [InlineData("solicited routes require cluster capabilities, e.g. --cluster", "--routes", "nats://127.0.0.1:1")]
    public void What_cannot_be_is_refused(string message, params string[] args)
    {
        OptionsBuilder.Build(Parse(args), new NatsServerOptions(), out string? error);
        error.ShouldBe(message);
    }

    [Fact]
    public void Cluster_flags_win_over_the_files_cluster()
    {
        ClusterOptions cluster = new() { Name = "file", Host = "h", Port = 1, Username = "f", Password = "f", PoolSize = 7 };
        NatsServerOptions file = new() { Cluster = cluster };
        Build(file).Cluster.ShouldBe(cluster);
        Build(file, "--cluster=").Cluster.ShouldBe(cluster with { Port = 0 });
        Build(file, "--cluster", "nats://a:b@127.0.0.1:-1", "--cluster_name", "flag", "--no_advertise", "--connect_retries", "3", "--cluster_advertise", "x:1")
            .Cluster.ShouldBe(cluster with
            {
                Name = "flag", Host = "127.0.0.1", Port = -1, Username = "a", Password = "b", NoAdvertise = true, ConnectRetries = 3, Advertise = "x:1",
            });
        Build(file, "--cluster_listen", "nats://[::1]:6222").Cluster.ShouldBe(cluster with { Host = "::1", Port = 6222, Username = null, Password = null });
        Build(new NatsServerOptions(), "--cluster", "nats://127.0.0.1:6222", "--routes", "nats://a:1, nats://b:2").Cluster!.Routes
            .Select(route => route.HostAndPort).ShouldBe(["a:1", "b:2"]);
    }

    [Fact]
    public void Jetstream_flags_win_over_the_file()
    {
        JetStreamOptions flags = Build(new NatsServerOptions(), "-js", "-sd", "/s").JetStream;
        (flags.Enabled, flags.StoreDirectory).ShouldBe((true, "/s"));
        NatsServerOptions file = new() { JetStream = new JetStreamOptions { Enabled = true, StoreDirectory = "/f", Domain = "d" } };
        Build(file, "-js=false", "-sd=").JetStream.ShouldBe(file.JetStream with { Enabled = false, StoreDirectory = null });
    }

    private static NatsServerOptions With(AuthorizationOptions authorization) => new() { Authorization = authorization };

    private static NatsServerOptions Build(NatsServerOptions file, params string[] args)
    {
        NatsServerOptions options = OptionsBuilder.Build(Parse(args), file, out string? error);
        error.ShouldBeNull();
        return options;
    }

    private static CommandLineArguments Parse(string[] args) => CommandLineParser.Parse(args).ShouldBeOfType<Line.Run>().Arguments;
}
