using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using DotNats;
using DotNats.Http;
using DotNats.Server.Monitoring;
using Microsoft.Extensions.Logging.Abstractions;
using Server.Tests.Monitoring;
using Shouldly;
using Xunit;

namespace Http.Tests;

/// <summary>
/// Replies beside those that nats-server 2.15.1 gave in the same situation (<c>Golden/</c>): same keys in the same order, same types, same
/// line breaks and indentation; the values only where they do not depend on time, ports and the machine.
/// </summary>
public sealed partial class GoldenTests
{
    private readonly FakeMonitoringSource _source = new();
    private readonly RequestRouter _router;

    public GoldenTests()
    {
        _source.Options = _source.Options with { Host = "127.0.0.1" };
        MonitoringEndpoints endpoints = new(new MonitoringReports(_source), "2.15.1", NullLogger.Instance);
        _router = new RequestRouter(endpoints.At(""));
    }

    [Theory]
    [InlineData("varz", "/varz")]
    [InlineData("routez", "/routez")]
    [InlineData("gatewayz", "/gatewayz")]
    [InlineData("leafz", "/leafz")]
    [InlineData("jsz", "/jsz")]
    [InlineData("subsz", "/subsz")]
    [InlineData("healthz", "/healthz")]
    [InlineData("healthz_error", "/healthz?stream=S")]
    [InlineData("healthz_details", "/healthz?stream=S&details=1")]
    [InlineData("connz_unknown_account", "/connz?acc=ZZ")]
    public void A_plain_server_answers_in_the_same_form(string golden, string target)
    {
        _router.Answer("GET", "/varz");
        Compare(golden, target);
    }

    [Theory]
    [InlineData("connz", "/connz")]
    [InlineData("connz_auth", "/connz?auth=1")]
    [InlineData("connz_subs", "/connz?subs=1")]
    [InlineData("connz_detail", "/connz?subs=detail")]
    [InlineData("connz_closed", "/connz?state=closed")]
    [InlineData("connz_closed_all", "/connz?state=closed&auth=1&subs=detail")]
    [InlineData("subsz_list", "/subsz?subs=1&acc=A")]
    [InlineData("accountz", "/accountz")]
    [InlineData("accountz_detail", "/accountz?acc=A")]
    [InlineData("accstatz", "/accstatz")]
    public void A_server_with_accounts_answers_in_the_same_form(string golden, string target)
    {
        SetUpAccounts();
        Compare(golden, target);
    }

    [Fact]
    public void Varz_shows_tags_and_metadata_in_the_same_form()
    {
        _source.Info = _source.Info with { AuthRequired = true };
        _source.Options = _source.Options with { ServerTags = ["one", "two"], ServerMetadata = new Dictionary<string, string> { ["k"] = "v" } };
        SetUpAccounts();
        foreach (string path in new[] { "/accountz", "/accstatz", "/connz", "/gatewayz", "/healthz", "/jsz", "/leafz", "/routez", "/subsz" }) _router.Answer("GET", path);
        Compare("varz_accounts", "/varz");
    }

    [Fact]
    public void TLS_shows_in_the_same_form()
    {
        _source.Info = _source.Info with { TlsRequired = true, TlsVerify = true };
        _source.CertificateNotAfter = FakeMonitoringSource.Start;
        _source.Options = _source.Options with
        {
            Tls = new TlsOptions(), WriteTimeout = WriteTimeoutPolicy.Retry, Limits = new LimitOptions { MaxSubscriptions = 9 },
        };
        FakeConnection connection = _source.Connect(5);
        TlsPeerCertificate[] certificates = [new("CN=alice,OU=Dev,O=Kit", "s", "c"), new("CN=kit-ca", "s", "c")];
        connection.Facts = connection.Facts with
        {
            Name = "tls", Language = "kit", Version = "1.0.0",
            Tls = new TlsFacts { Version = "1.3", CipherSuite = "TLS_AES_128_GCM_SHA256", PeerCertificates = certificates },
        };
        Compare("varz_tls", "/varz");
        Compare("connz_tls", "/connz?auth=1");
    }

    [Fact]
    public void Queues_answer_in_the_same_form()
    {
        _source.QueueList.Add(new QueueFacts("SendQ", 0, 0));
        Compare("ipqueuesz", "/ipqueuesz?all=1&queues=SendQ");
    }

    private void SetUpAccounts()
    {
        _source.SystemAccountName = "SYS";
        _source.AccountList.Clear();
        FakeAccount account = _source.AddAccount("A");
        foreach (string name in new[] { "SYS", "$G", "B" }) _source.AddAccount(name);
        account.ClientCount = 1;
        account.Subscribe("foo", "1").Subscribe("bar.*", "2", "q");
        account.Subscriptions[0] = account.Subscriptions[0] with { Max = 5 };
        account.Subscribe("$SYS.REQ.USER.INFO", "4").Subscribe("$SYS.REQ.ACCOUNT.PING.CONNZ", "1");
        account.Subscribe("$SYS.REQ.ACCOUNT.PING.STATZ", "3").Subscribe("$SYS.REQ.SERVER.PING.CONNZ", "2");
        account.Facts = account.Facts with
        {
            Mappings = new Dictionary<string, IReadOnlyList<MappingDestinationInfo>> { ["m1"] = [new MappingDestinationInfo { Subject = "m2", Weight = 100 }] },
            Exports =
            [
                new AccountExportInfo { Subject = "lat", Type = "service", ResponseType = "Singleton", ServiceLatency = new LatencySampling(50, "l.x") },
                new AccountExportInfo { Subject = "priv.>", Type = "stream", ApprovedAccounts = ["B"] },
            ],
            Imports =
            [
                SystemImport("$SYS.REQ.ACCOUNT.A.CONNZ", "$SYS.REQ.ACCOUNT.PING.CONNZ"),
                SystemImport("$SYS.REQ.ACCOUNT.A.CONNZ", "$SYS.REQ.SERVER.PING.CONNZ"),
                SystemImport("$SYS.REQ.ACCOUNT.A.STATZ", "$SYS.REQ.ACCOUNT.PING.STATZ"),
                SystemImport("$SYS.REQ.USER.A.INFO", "$SYS.REQ.USER.INFO") with { Share = true },
            ],
        };
        FakeConnection open = _source.Connect(7, "A", "a").Subscribe("foo", "1").Subscribe("bar.*", "2", "q");
        open.Subscriptions[0] = open.Subscriptions[0] with { Max = 5 };
        open.Facts = open.Facts with { Name = "app <x> & é", Language = "go", Version = "1.2.3" };
        FakeConnection gone = new(8) { AccountName = "A", User = "a" };
        gone.Facts = gone.Facts with { Name = "gone", Language = "kit", Version = "1.0.0" };
        gone.Subscribe("aaa", "1").Subscribe("bbb", "2", "qq");
        _source.ClosedConnections.Add(ClosedConnection.Capture(gone, FakeMonitoringSource.Start, "Client Closed"));
    }

    private static AccountImportInfo SystemImport(string subject, string local) =>
        new() { Subject = subject, Account = "SYS", To = local, LocalSubject = local, Type = "service" };

    private void Compare(string golden, string target)
    {
        string expected = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Golden", golden + ".json"));
        string actual = Encoding.UTF8.GetString(_router.Answer("GET", target).ToBytes()!.Value.Span);
        JsonDocument.Parse(actual);
        string[] lines = Mask(actual).Split('\n');
        string[] wanted = Mask(expected).Split('\n');
        for (int i = 0; i < Math.Min(lines.Length, wanted.Length); i++) lines[i].ShouldBe(wanted[i], $"line {i + 1} of {golden}");
        lines.Length.ShouldBe(wanted.Length);
    }

    // Numbers become 0, texts that name a time, an address, a key or a digest become one letter; everything else has to be equal to the byte.
    private static string Mask(string json)
    {
        json = Changing().Replace(json, "\"$1\": \"*\"");
        return Number().Replace(json, ": 0$1");
    }

    [GeneratedRegex("\"(server_id|server_name|now|start|stop|last_activity|rtt|uptime|idle|go|config_load_time|config_digest|update_time|tls_cert_not_after|spki_sha256|cert_sha256)\": \"[^\"]*\"")]
    private static partial Regex Changing();

    [GeneratedRegex(@": -?\d+(?:\.\d+)?(?:e[-+]\d+)?(,?)$", RegexOptions.Multiline)]
    private static partial Regex Number();
}
