using DotNats.Reload;
using Shouldly;
using Xunit;

namespace DotNats.Tests.Reload;

/// <summary>Texts and order are what nats-server 2.15.1 logged for the same changes.</summary>
public class ReloadPlanTests
{
    private static readonly NatsServerOptions Before = new() { Host = "127.0.0.1", Port = 24991 };
    private static readonly string[] Always = ["Reloaded: authorization users", "Reloaded: accounts"];

    public static TheoryData<string, NatsServerOptions> Restarts() => new()
    {
        { "ServerName: old=, new=x", Before with { ServerName = "x" } },
        { "Host: old=127.0.0.1, new=127.0.0.2", Before with { Host = "127.0.0.2" } },
        { "Port: old=24991, new=24992", Before with { Port = 24992 } },
        { "NoSublistCache: old=false, new=true", Before with { DisableSubscriptionCache = true } },
        { "NoHeaderSupport: old=false, new=true", Before with { NoHeaderSupport = true } },
        { "MaxSubs: old=0, new=7", Before with { Limits = new LimitOptions { MaxSubscriptions = 7 } } },
        { "MaxSubTokens: old=0, new=4", Before with { Limits = new LimitOptions { MaxSubscriptionTokens = 4 } } },
        { "MaxPending: old=67108864, new=5000000", Before with { Limits = new LimitOptions { MaxPendingBytes = 5_000_000 } } },
        { "MaxClosedClients: old=10000, new=3", Before with { Limits = new LimitOptions { MaxClosedClients = 3 } } },
        { "NoAuthUser: old=, new=a", Before with { NoAuthUser = "a" } },
        { "SystemAccount: old=, new=A", Before with { SystemAccount = "A" } },
        { "NoSystemAccount: old=false, new=true", Before with { NoSystemAccount = true } },
        { "ProxyRequired: old=false, new=true", Before with { Authorization = new AuthorizationOptions { ProxyRequired = true } } },
        { "ProxyProtocol: old=false, new=true", Before with { ProxyProtocol = true } },
        { "HTTPHost: old=127.0.0.1, new=127.0.0.3", Before with { Monitoring = new MonitoringOptions { Host = "127.0.0.3" } } },
        { "HTTPPort: old=0, new=24995", Before with { Monitoring = new MonitoringOptions { Host = "127.0.0.1", HttpPort = 24995 } } },
        { "ProfPort: old=0, new=24999", Before with { ProfilePort = 24999 } },
        { "LogSizeLimit: old=0, new=100000", Before with { Logging = new LoggingOptions { FileSizeLimitBytes = 100_000 } } },
        { "LogMaxFiles: old=0, new=3", Before with { Logging = new LoggingOptions { MaxFiles = 3 } } },
        { "TLSMap: old=false, new=true", Before with { Tls = new TlsOptions { MapToUser = true } } },
        { "TLSRateLimit: old=0, new=5", Before with { Tls = new TlsOptions { ConnectionRateLimit = 5 } } },
        { "AllowNonTLS: old=false, new=true", Before with { AllowNonTls = true } },
        { "WriteTimeout: old=, new=close", Before with { WriteTimeout = WriteTimeoutPolicy.Close } },
        { "LameDuckDuration: old=2m0s, new=40s", Before with { LameDuck = new LameDuckOptions { Duration = TimeSpan.FromSeconds(40) } } },
        { "LameDuckGracePeriod: old=10s, new=2s", Before with { LameDuck = new LameDuckOptions { GracePeriod = TimeSpan.FromSeconds(2) } } },
        { "FeatureFlags: old=map[], new=map[a:true b:false]", Before with { FeatureFlags = new Dictionary<string, bool> { ["b"] = false, ["a"] = true } } },
    };

    [Theory]
    [MemberData(nameof(Restarts))]
    public void What_needs_a_restart_is_refused_in_nats_servers_words(string change, NatsServerOptions after) =>
        ReloadPlan.Make(Before, after).Refusals.ShouldBe([$"config reload not supported for {change}"]);

    [Fact]
    public void Every_refusal_is_told_not_only_the_first() =>
        ReloadPlan.Make(Before, Before with { ServerName = "x", ProfilePort = 1, Port = 2 }).Refusals.Count.ShouldBe(3);

    [Fact]
    public void Changes_made_are_told_in_nats_servers_order()
    {
        NatsServerOptions after = Before with
        {
            ClientAdvertise = "x:1",
            Logging = new LoggingOptions
            {
                Debug = true, Trace = true, TraceVerbose = true, TraceHeaders = true, Timestamps = false, UtcTimestamps = true, File = "/l", Syslog = true,
                RemoteSyslog = "udp://h:1", ConnectErrorReports = 2, ReconnectErrorReports = 3,
            },
            Limits = new LimitOptions { MaxConnections = 9, MaxControlLineBytes = 2048, MaxPayloadBytes = 1000, MaxTracedMessageBytes = 9 },
            Timing = new TimingOptions { PingInterval = TimeSpan.FromSeconds(5), MaxPingsOut = 4, WriteDeadline = TimeSpan.FromSeconds(4) },
            NoFastProducerStall = true,
            PidFile = "/p",
            PortsFileDirectory = "/d",
            ServerTags = ["a"],
            ServerMetadata = new Dictionary<string, string> { ["a"] = "b" },
            Authorization = new AuthorizationOptions { Username = "a", Password = "b", Timeout = TimeSpan.FromSeconds(3) },
        };
        ReloadPlan plan = ReloadPlan.Make(Before, after);
        plan.Refusals.ShouldBeEmpty();
        string.Join('\n', plan.Notices).ShouldBe("""
            Reload: client_advertise = x:1
            Reloaded: trace = true
            Reloaded: debug = true
            Reloaded: trace_verbose = true
            Reloaded: trace_headers = true
            Reloaded: logtime = false
            Reloaded: logtime_utc = true
            Reloaded: max_connections = 9
            Reloaded: authorization users
            Reloaded: accounts
            Reloaded: authorization username
            Reloaded: authorization password
            Reloaded: ping_interval = 5s
            Reloaded: ping_max = 4
            Reloaded: authorization timeout = 3
            Reloaded: max_control_line = 2048
            Reloaded: max_payload = 1000
            Reloaded: fast producers will not be stalled
            Reloaded: pid_file = /p
            Reloaded: ports_file_dir = /d
            Reloaded: log_file = /l
            Reloaded: syslog = true
            Reloaded: remote_syslog = udp://h:1
            Reloaded: write_deadline = 4s
            Reloaded: max_traced_msg_len = 9
            Reloaded: connect_error_reports = 2
            Reloaded: reconnect_error_reports = 3
            Reloaded: tags
            Reloaded: metadata
            """);
    }

    [Fact]
    public void Options_that_hold_the_same_are_the_same()
    {
        NatsServerOptions One() => Before with
        {
            ServerTags = ["a", "b"],
            ServerMetadata = new Dictionary<string, string> { ["a"] = "b" },
            FeatureFlags = new Dictionary<string, bool> { ["a"] = true },
            Tls = new TlsOptions { Certificates = [new("c", "k")], CipherSuites = ["x"], PinnedCertificates = new HashSet<string> { "p" } },
        };
        ReloadPlan plan = ReloadPlan.Make(One(), One());
        plan.Refusals.ShouldBeEmpty();
        plan.Notices.ShouldBe(Always);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(0)]
    [InlineData(24991)]
    public void A_free_port_once_taken_is_kept(int wanted)
    {
        ReloadPlan plan = ReloadPlan.Make(Before, Before with { Port = wanted });
        plan.Refusals.ShouldBeEmpty();
        plan.Options.Port.ShouldBe(24991);
    }

    [Fact]
    public void The_user_for_anonymous_clients_may_only_go_with_its_user()
    {
        AccountOptions account = new() { Name = "A", Users = [new UserOptions { Username = "a", Password = "a" }] };
        NatsServerOptions with = Before with { NoAuthUser = "a", Accounts = [account] };
        ReloadPlan.Make(with, with with { NoAuthUser = null }).Refusals.ShouldBe(["config reload not supported for NoAuthUser: old=a, new="]);
        ReloadPlan.Make(with, Before).Refusals.ShouldBeEmpty();
        ReloadPlan.Make(with, with with { NoAuthUser = "b" }).Refusals.ShouldBe(["config reload not supported for NoAuthUser: old=a, new=b"]);
    }

    [Fact]
    public void Tls_changes_are_told_by_what_they_are()
    {
        NatsServerOptions plain = Before, tls = Before with { Tls = new TlsOptions { Certificates = [new("c", "k")] } };
        TlsOptions now = tls.Tls!;
        Notices(plain, tls).ShouldBe(["Reloaded: authorization timeout = 3", "Reloaded: tls = enabled"]);
        Notices(tls, plain).ShouldBe(["Reloaded: authorization timeout = 2", "Reloaded: tls = disabled"]);
        Notices(tls, tls with { Tls = now with { Timeout = TimeSpan.FromSeconds(5) } })
            .ShouldBe(["Reloaded: authorization timeout = 6", "Reloaded: tls timeout = 5"]);
        TlsOptions endless = now with { Timeout = TimeSpan.MaxValue };
        Notices(tls, tls with { Tls = endless }).Count().ShouldBe(2, "the longest timeout there is, and a second");
        Notices(tls, tls with { Tls = now with { Verify = true } }).ShouldBe(["Reloaded: tls = enabled"]);
        Notices(tls, tls with { Tls = now with { MinVersion = "1.3" } }).ShouldBe(["Reloaded: tls = enabled"]);
        Notices(tls, tls with { Tls = now with { PinnedCertificates = new HashSet<string> { "p" } } }).ShouldBe(["Reloaded: 1 pinned_certs"]);
        Notices(tls, tls with { Tls = now with { HandshakeFirst = true, HandshakeFirstFallback = TimeSpan.FromMilliseconds(50) } })
            .ShouldBe(["Reloaded: Client TLS handshake first: true", "Reloaded: Client TLS handshake first fallback delay: 50ms"]);
    }

    private static IEnumerable<string> Notices(NatsServerOptions before, NatsServerOptions after) => ReloadPlan.Make(before, after).Notices.Except(Always);
}
