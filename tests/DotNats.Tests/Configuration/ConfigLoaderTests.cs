using DotNats.Configuration;
using DotNats.Security;
using Shouldly;
using Xunit;

namespace DotNats.Tests.Configuration;

/// <summary>Every key reaches its option.</summary>
public class ConfigLoaderTests
{
    [Fact]
    public void An_empty_section_changes_nothing()
    {
        NatsServerOptions options = Load("port: 4222\n");
        OptionsDiff.Compare(new NatsServerOptions(), options).ShouldBeEmpty();
        (options with { ConfigFile = null, ConfigDigest = null }).ShouldBe(new NatsServerOptions());
    }

    [Theory]
    [InlineData("port: 0\n", 4222)]
    [InlineData("port: -1\n", -1)]
    [InlineData("listen: 5000\n", 5000)]
    [InlineData("listen: \"localhost:0\"\n", 4222)]
    public void A_port_of_zero_is_the_default(string text, int port) => Load(text).Port.ShouldBe(port);

    [Fact]
    public void The_clients_listener()
    {
        NatsServerOptions options = Load("""
            listen: "[::1]:5222"
            client_advertise: "a.b:1"
            server_name: me
            server_tags: [ "A:b", " c ", "a:B" ]
            server_metadata { region: "west", rack: r1 }
            feature_flags { x: true, y: off }
            proxy_protocol: true, allow_non_tls: true, no_header_support: true
            no_sublist_cache: true, no_fast_producer_stall: true
            write_timeout: retry
            """);
        (options.Host, options.Port, options.ClientAdvertise, options.ServerName).ShouldBe(("::1", 5222, "a.b:1", "me"));
        options.ServerTags.ShouldBe(["a:b", "c"]);
        options.ServerMetadata.ShouldBe(new Dictionary<string, string> { ["region"] = "west", ["rack"] = "r1" }, ignoreOrder: true);
        options.FeatureFlags.ShouldBe(new Dictionary<string, bool> { ["x"] = true, ["y"] = false }, ignoreOrder: true);
        (options.ProxyProtocol && options.AllowNonTls && options.NoHeaderSupport && options.DisableSubscriptionCache && options.NoFastProducerStall).ShouldBeTrue();
        options.WriteTimeout.ShouldBe(WriteTimeoutPolicy.Retry);
    }

    [Fact]
    public void Limits_and_times()
    {
        NatsServerOptions options = Load("""
            max_connections: 100, max_subs: 7, max_sub_tokens: 8, max_control_line: 2KB, max_payload: 1MB, max_pending: 10M
            max_closed_clients: 5, max_traced_msg_len: 9
            ping_interval: "90s", ping_max: 3, write_deadline: "7s"
            lame_duck_duration: "40s", lame_duck_grace_period: "4s"
            """);
        options.Limits.ShouldBe(new LimitOptions
        {
            MaxConnections = 100,
            MaxSubscriptions = 7,
            MaxSubscriptionTokens = 8,
            MaxControlLineBytes = 2048,
            MaxPayloadBytes = 1024 * 1024,
            MaxPendingBytes = 10_000_000,
            MaxClosedClients = 5,
            MaxTracedMessageBytes = 9,
        });
        options.Timing.ShouldBe(new TimingOptions { PingInterval = TimeSpan.FromSeconds(90), MaxPingsOut = 3, WriteDeadline = TimeSpan.FromSeconds(7) });
        options.LameDuck.ShouldBe(new LameDuckOptions { Duration = TimeSpan.FromSeconds(40), GracePeriod = TimeSpan.FromSeconds(4) });
    }

    [Fact]
    public void A_zero_is_the_default_but_for_connections()
    {
        NatsServerOptions options = Load("""
            max_connections: 0, max_control_line: 0, max_payload: 0, max_pending: 0, max_closed_clients: 0
            ping_interval: "0s", ping_max: 0, write_deadline: "0s", lame_duck_grace_period: "0s"
            connect_error_reports: 0, reconnect_error_reports: 0
            """);
        options.Limits.ShouldBe(new LimitOptions { MaxConnections = -1 });
        options.Timing.ShouldBe(new TimingOptions());
        options.LameDuck.ShouldBe(new LameDuckOptions());
        options.Logging.ShouldBe(new LoggingOptions());
    }

    [Fact]
    public void Seconds_are_taken_and_warned_of()
    {
        ConfigResult result = ConfigLoader.LoadText("\nping_interval: 30\nwrite_deadline: 2m\n", "t.conf");
        result.Options!.Timing.PingInterval.ShouldBe(TimeSpan.FromSeconds(30));
        result.Options.Timing.WriteDeadline.ShouldBe(TimeSpan.FromSeconds(2_000_000));
        result.Warnings.Select(w => w.ToString()).ShouldBe(
        [
            "t.conf:2:1: invalid use of field \"ping_interval\": ping_interval should be converted to a duration",
            "t.conf:3:1: invalid use of field \"write_deadline\": write_deadline should be converted to a duration",
        ]);
        result.IsValid.ShouldBeTrue();
    }

    [Fact]
    public void Logging_and_files()
    {
        NatsServerOptions options = Load("""
            debug: true, trace: true, logtime: false, logtime_utc: true, log_file: "/l", log_size_limit: 10MB, log_max_num: 4
            syslog: true, remote_syslog: "udp://h:1", connect_error_reports: 5, reconnect_error_reports: 6
            pid_file: "/p", ports_file_dir: "/d", prof_port: 7, prof_block_rate: 8
            """);
        options.Logging.ShouldBe(new LoggingOptions
        {
            Debug = true,
            Trace = true,
            Timestamps = false,
            UtcTimestamps = true,
            File = "/l",
            FileSizeLimitBytes = 10 * 1024 * 1024,
            MaxFiles = 4,
            Syslog = true,
            RemoteSyslog = "udp://h:1",
            ConnectErrorReports = 5,
            ReconnectErrorReports = 6,
        });
        (options.PidFile, options.PortsFileDirectory, options.ProfilePort, options.ProfileBlockRate).ShouldBe(("/p", "/d", 7, 8));
    }

    [Theory]
    [InlineData("trace_verbose: true", true, true, false)]
    [InlineData("trace_headers: true", true, false, true)]
    [InlineData("trace: true", true, false, false)]
    public void Kinds_of_traces(string text, bool trace, bool verbose, bool headers)
    {
        LoggingOptions logging = Load(text).Logging;
        (logging.Trace, logging.TraceVerbose, logging.TraceHeaders).ShouldBe((trace, verbose, headers));
    }

    [Theory]
    [InlineData("http: 8222", null, 8222, null, "")]
    [InlineData("http: \"127.0.0.1:8222\"", "127.0.0.1", 8222, null, "")]
    [InlineData("http_port: -1, http_base_path: nats", null, -1, null, "nats")]
    [InlineData("monitor_port: 1\nhttp_base_path: \"/a/../b/\"", null, 1, null, "/a/../b/")]
    [InlineData("https: \"h:8443\"", "h", null, 8443, "")]
    [InlineData("https_port: 1", null, null, 1, "")]
    [InlineData("http_port: 0", null, null, null, "")]
    public void Monitoring(string text, string? host, int? http, int? https, string path) => Load(text).Monitoring
        .ShouldBe(new MonitoringOptions { Host = host, HttpPort = http, HttpsPort = https, BasePath = path });

    [Fact]
    public void Users_with_permissions_in_all_forms()
    {
        AuthorizationOptions authorization = Load("""
            authorization {
              timeout: 1.5
              default_permissions { publish: "d" }
              users: [
                { user: a, password: p, permissions { publish: "x", subscribe: [ "y", "z q" ] }, allowed_connection_types: [ standard, Websocket ] }
                { username: b, pass: q, permission { pub { allow: "x", deny: [ "y" ] }, sub: {} , allow_responses: true }, proxy_required: true }
                { user: c, authorization { allow_responses: { max: 5, expires: "1m" }, publish: {deny: "n"} } }
                { nkey: UDV3QCWDQ5F6K7Y4YXXKVG7SYCE4QGRORHYDFRTSC6C4JOHK4DGADRTO }
              ]
            }
            """).Authorization;
        authorization.IsDefined.ShouldBeTrue();
        authorization.Timeout.ShouldBe(TimeSpan.FromSeconds(1.5));
        authorization.DefaultPermissions!.Publish!.Allow.ShouldBe(["d"]);
        authorization.Users.Count.ShouldBe(4);
        UserOptions a = authorization.Users[0];
        (a.Username, a.Password, a.NKey, a.ProxyRequired).ShouldBe(("a", "p", null, false));
        a.Permissions!.Subscribe!.Allow.ShouldBe(["y", "z q"]);
        a.AllowedConnectionTypes.ShouldBe(["STANDARD", "WEBSOCKET"]);
        UserOptions b = authorization.Users[1];
        (b.Username, b.Password, b.ProxyRequired).ShouldBe(("b", "q", true));
        b.Permissions!.Publish!.Deny.ShouldBe(["y"]);
        b.Permissions.Subscribe.ShouldBeNull();
        b.Permissions.Responses.ShouldBe(new ResponsePermission());
        UserOptions c = authorization.Users[2];
        c.Permissions!.Responses.ShouldBe(new ResponsePermission { MaxMessages = 5, Expires = TimeSpan.FromMinutes(1) });
        c.Permissions.Publish!.Allow.ShouldBe([]);
        c.Permissions.Publish.Deny.ShouldBe(["n"]);
        authorization.Users[3].NKey.ShouldBe("UDV3QCWDQ5F6K7Y4YXXKVG7SYCE4QGRORHYDFRTSC6C4JOHK4DGADRTO");
    }

    [Fact]
    public void Accounts()
    {
        NatsServerOptions options = Load("""
            system_account: SYS, no_auth_user: a
            accounts {
              SYS { users: [ {user: s, password: s} ] }
              A {
                users: [ {user: a, password: a} ]
                default_permissions { subscribe { deny: ">" } }
                limits { max_connections: 1, max_subscriptions: 2, max_payload: 3, max_leafnodes: 4 }
                jetstream { max_mem: 1K, max_file: 2K, max_streams: 3, max_consumers: 4, max_bytes_required: true, cluster_traffic: owner }
                exports: [ {stream: "e.>"}, {service: s, accounts: [ B ], response_type: chunked, threshold: "5s", allow_trace: true} ]
                mappings { m: [ {destination: n, weight: 40%}, {destination: o, weight: 60, cluster: c} ] }
                msg_trace { dest: t, sampling: "20%" }
              }
              B { imports: [ {stream: {account: A, subject: "e.1"}, prefix: in}, {service: {account: A, subject: s}, to: q, share: true} ] }
            }
            """);
        (options.SystemAccount, options.NoAuthUser).ShouldBe(("SYS", "a"));
        options.Accounts.Select(a => a.Name).ShouldBe(["SYS", "A", "B"]);
        AccountOptions a = options.Accounts[1];
        a.DefaultPermissions!.Subscribe!.Deny.ShouldBe([">"]);
        a.Limits.ShouldBe(new AccountLimitOptions { MaxConnections = 1, MaxSubscriptions = 2, MaxPayloadBytes = 3, MaxLeafNodes = 4 });
        a.JetStream.ShouldBe(new AccountJetStreamOptions
        {
            MaxMemoryBytes = 1000, MaxStoreBytes = 2000, MaxStreams = 3, MaxConsumers = 4, MaxBytesRequired = true, ClusterTrafficInAccount = true,
        });
        a.Exports[0].ShouldBe(new AccountExport { Subject = "e.>" });
        a.Exports[1].Accounts.ShouldBe(["B"]);
        (a.Exports[1].IsService, a.Exports[1].ResponseType, a.Exports[1].ResponseThreshold, a.Exports[1].AllowTrace)
            .ShouldBe((true, ServiceResponseType.Chunked, TimeSpan.FromSeconds(5), true));
        a.Mappings.ShouldHaveSingleItem().Destinations.ShouldBe(
            [new MappingDestination { Subject = "n", Weight = 40 }, new MappingDestination { Subject = "o", Weight = 60, Cluster = "c" }]);
        (a.TraceDestination, a.TraceSampling).ShouldBe(("t", 20));
        options.Accounts[2].Imports.ShouldBe(
        [
            new AccountImport { Account = "A", Subject = "e.1", Prefix = "in" },
            new AccountImport { Account = "A", Subject = "s", IsService = true, To = "q", Share = true },
        ]);
    }

    [Fact]
    public void Tls()
    {
        TlsOptions tls = Load("""
            tls {
              cert_file: server.pem, key_file: server.key, ca_file: ca.pem, verify_and_map: true, timeout: "3s"
              cipher_suites: [ TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 ], curve_preferences: [ X25519 ], min_version: "1.3"
              pinned_certs: [ "A8f407340dcc719864214b85ed96f98d16cbffa8f509d9fa4ca237b7bb3f9c32" ], connection_rate_limit: 9
              handshake_first: auto, insecure: true
            }
            """).Tls!;
        tls.Certificates.ShouldBe([new TlsCertificateOptions("server.pem", "server.key")]);
        (tls.CaFile, tls.Verify, tls.MapToUser, tls.Timeout, tls.MinVersion).ShouldBe(("ca.pem", true, true, TimeSpan.FromSeconds(3), "1.3"));
        tls.CipherSuites.ShouldBe(["TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"]);
        tls.CurvePreferences.ShouldBe(["X25519"]);
        tls.PinnedCertificates.ShouldBe(["a8f407340dcc719864214b85ed96f98d16cbffa8f509d9fa4ca237b7bb3f9c32"]);
        (tls.ConnectionRateLimit, tls.HandshakeFirst, tls.HandshakeFirstFallback, tls.Insecure).ShouldBe((9, true, TimeSpan.FromMilliseconds(50), true));
    }

    [Theory]
    [InlineData("true", true, null)]
    [InlineData("false", false, null)]
    [InlineData("\"auto\"", true, 50)]
    [InlineData("\"200ms\"", true, 200)]
    [InlineData("\"on\"", true, null)]
    public void Handshake_first(string value, bool first, int? fallback)
    {
        TlsOptions tls = Load($"tls {{ cert_file: ec.pem, key_file: ec.key, handshake_first: {value} }}\n").Tls!;
        (tls.HandshakeFirst, tls.HandshakeFirstFallback?.TotalMilliseconds).ShouldBe((first, fallback));
    }

    [Fact]
    public void Sections_of_later_features_carry_their_data()
    {
        NatsServerOptions options = Load("""
            cluster { name: c, port: 6222, routes: [ "nats-route://u:p@h:6222" ], permissions { import: a, export: b }, compression: on, accounts: [ A ] }
            gateway { name: c, port: 7222, gateways: [ {name: d, url: "nats://x:1"} ] }
            leafnodes { port: 7422, remotes: [ {url: "nats://l", account: A, deny_imports: x} ] }
            websocket { port: 443, no_tls: true, allowed_origins: "http://o" }
            mqtt { port: 1883, ack_wait: "5s" }
            jetstream { store_dir: "/s", max_mem: 1G, sync_interval: always, limits { max_ack_pending: 3 } }
            accounts { A {} }
            mappings { a: b }
            """);
        options.Cluster!.Routes[0].ShouldBe(new ServerUrl { Text = "nats-route://u:p@h:6222", Scheme = "nats-route", Username = "u", Password = "p", Host = "h", Port = 6222 });
        (options.Cluster.Import!.Allow![0], options.Cluster.Export!.Allow![0], options.Cluster.Compression!.Mode).ShouldBe(("a", "b", "s2_fast"));
        options.Gateway!.Gateways[0].Urls[0].Port.ShouldBe(1);
        options.LeafNodes!.Remotes[0].Urls[0].HostAndPort.ShouldBe("l:7422");
        options.WebSocket!.AllowedOrigins.ShouldBe(["http://o"]);
        options.Mqtt!.AckWait.ShouldBe(TimeSpan.FromSeconds(5));
        options.JetStream.ShouldBe(new JetStreamOptions
        {
            Enabled = true, StoreDirectory = "/s", MaxMemoryBytes = 1_000_000_000, SyncAlways = true, SyncIsSet = true,
            Limits = new JetStreamLimitOptions { MaxAckPending = 3 },
        });
        options.Mappings![0].Source.ShouldBe("a");
    }

    [Fact]
    public void All_errors_of_a_file_come_at_once_with_their_places()
    {
        ConfigResult result = ConfigLoader.LoadText("port: x\nfoo: 1\nauthorization {\n  usr: a\n  users: [ {user: a, permissions: {pub: \"a..b\"}} ]\n}\nmax_payload: y\n", "t.conf");
        result.Errors.Select(e => (e.Line, e.Column, e.Message)).ShouldBe(
        [
            (1, 0, "interface conversion: interface {} is string, not int64"),
            (2, 1, "unknown field \"foo\""),
            (4, 3, "unknown field \"usr\""),
            (5, 36, "subject \"a..b\" is not a valid subject"),
            (7, 1, "interface conversion: interface {} is string, not int64"),
        ]);
        result.Options.ShouldBeNull();
        result.Digest.ShouldNotBeNull();
    }

    [Fact]
    public void Text_that_comes_from_nowhere_has_no_file()
    {
        ConfigResult result = ConfigLoader.LoadText("port: 4222\n");
        result.Options!.ConfigFile.ShouldBeNull();
        result.Options.ConfigDigest.ShouldBe("sha256:797533ebd0dfba7d34a0f9337ecf147e442871f48ddfd07ed751575a5737267e");
    }

    [Fact]
    public void Loading_time_grows_with_the_file_not_with_its_square()
    {
        // The quickest of several runs, for a busy machine only ever adds; four times the accounts may take a little more than four times as long.
        TimeSpan small = Fastest(1_000);
        TimeSpan large = Fastest(4_000);
        large.ShouldBeLessThan(12 * small + TimeSpan.FromMilliseconds(100));
    }

    private static TimeSpan Fastest(int accounts)
    {
        string text = LargeConfiguration.Text(accounts);
        return Enumerable.Range(0, 4).Min(_ =>
        {
            long start = System.Diagnostics.Stopwatch.GetTimestamp();
            ConfigLoader.LoadText(text).Errors.ShouldBeEmpty();
            return System.Diagnostics.Stopwatch.GetElapsedTime(start);
        });
    }

    private static NatsServerOptions Load(string text)
    {
        ConfigResult result = ConfigLoader.LoadText(text, "t.conf", new CorpusFiles(), CorpusFiles.Environment);
        result.ToString().ShouldBeEmpty();
        return result.Options!;
    }
}
