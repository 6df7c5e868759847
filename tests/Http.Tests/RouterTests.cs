using System.Text;
using DotNats.Http;
using DotNats.Server.Monitoring;
using Microsoft.Extensions.Logging.Abstractions;
using Server.Tests.Monitoring;
using Shouldly;
using Xunit;

namespace Http.Tests;

public sealed class RouterTests
{
    private static readonly string[] AllPaths =
    [
        "/", "/varz", "/connz", "/routez", "/gatewayz", "/leafz", "/subsz", "/subscriptionsz", "/accountz", "/accstatz", "/jsz", "/healthz", "/ipqueuesz",
        "/stacksz", "/debug/vars",
    ];

    private readonly FakeMonitoringSource _source = new();
    private readonly MonitoringReports _reports;

    public RouterTests() => _reports = new MonitoringReports(_source);

    [Fact]
    public void Every_endpoint_answers_whatever_the_method()
    {
        RequestRouter router = Router("");
        foreach (string path in AllPaths)
        {
            foreach (string method in new[] { "GET", "POST", "DELETE", "FOO" }) router.Answer(method, path).StatusCode.ShouldBe(200, path);
        }
    }

    [Theory]
    [InlineData("/nope")]
    [InlineData("/varz/")]
    [InlineData("/VARZ")]
    [InlineData("/healthz%2F")]
    [InlineData("/healthz;x=1")]
    [InlineData("/debug/pprof")]
    public void Other_paths_are_not_found(string target)
    {
        MonitoringReply reply = Router("").Answer("GET", target);
        reply.StatusCode.ShouldBe(404);
        reply.NoSniff.ShouldBeTrue();
        Text(reply).ShouldBe("404 page not found\n");
    }

    [Theory]
    [InlineData("//varz", "/varz", "<a href=\"/varz\">Moved Permanently</a>.\n\n")]
    [InlineData("/a/../healthz?a=1&b=%20", "/healthz?a=1&b=%20", "<a href=\"/healthz?a=1&amp;b=%20\">Moved Permanently</a>.\n\n")]
    [InlineData("/./", "/", "<a href=\"/\">Moved Permanently</a>.\n\n")]
    [InlineData("/..//x%20y/", "/x%20y/", "<a href=\"/x%20y/\">Moved Permanently</a>.\n\n")]
    public void Unclean_paths_are_redirected(string target, string location, string page)
    {
        MonitoringReply reply = Router("").Answer("GET", target);
        (reply.StatusCode, reply.Location, reply.ContentType).ShouldBe((301, location, "text/html; charset=utf-8"));
        Text(reply).ShouldBe(page);
        MonitoringReply post = Router("").Answer("POST", target);
        (post.StatusCode, post.Location, post.ContentType).ShouldBe((301, location, null));
    }

    [Theory]
    [InlineData("/health%7a", 200)]
    [InlineData("http://foo/healthz", 200)]
    [InlineData("http://foo", 200)]
    [InlineData("/healthz%zz", 400)]
    [InlineData("*", 400)]
    public void Targets_are_decoded(string target, int status) => Router("").Answer("GET", target).StatusCode.ShouldBe(status);

    [Theory]
    [InlineData("", "/")]
    [InlineData("/", "/")]
    [InlineData("base/x/", "/base/x")]
    [InlineData("/base/../b//c/", "/b/c")]
    public void Base_paths_are_normalized(string configured, string expected) => MonitoringEndpoints.Normalize(configured).ShouldBe(expected);

    [Fact]
    public void A_base_path_moves_every_endpoint()
    {
        RequestRouter router = Router("base/x/");
        router.Answer("GET", "/base/x/varz").StatusCode.ShouldBe(200);
        router.Answer("GET", "/varz").StatusCode.ShouldBe(404);
        router.Answer("GET", "/").StatusCode.ShouldBe(404);
        router.Answer("GET", "/base/x/").StatusCode.ShouldBe(404);
        Text(router.Answer("GET", "/base/x")).ShouldContain("href=\"./base/x/connz\"");
    }

    [Fact]
    public void Requests_are_counted_without_the_base_path_and_as_the_server_counts_them()
    {
        RequestRouter router = Router("/b");
        foreach (string target in new[] { "/b", "/b/varz", "/b/subscriptionsz", "/b/stacksz", "/b/raftz", "/b/connz?limit=x", "/b/connz?sort=x", "/b/subsz?limit=x" })
            router.Answer("GET", target);
        _reports.HttpHits.ToDictionary().ShouldBe([new("/", 1), new("/connz", 1), new("/subsz", 2), new("/varz", 1)]);
    }

    [Theory]
    [InlineData("/connz?limit=x", "Error decoding int for 'limit': strconv.Atoi: parsing \"x\": invalid syntax")]
    [InlineData("/connz?sort=foo", "invalid sorting option: foo")]
    [InlineData("/subsz?test=a..b", "invalid test subject, must be valid publish subject: a..b")]
    [InlineData("/routez?subs=x", "Error decoding boolean for 'subs': strconv.ParseBool: parsing \"x\": invalid syntax")]
    [InlineData("/gatewayz?accs=x", "Error decoding boolean for 'accs': strconv.ParseBool: parsing \"x\": invalid syntax")]
    [InlineData("/leafz?subs=detail", "Error decoding boolean for 'subs': strconv.ParseBool: parsing \"detail\": invalid syntax")]
    [InlineData("/accountz?acc=nope", "Account nope does not exist")]
    [InlineData("/accstatz?unused=x", "Error decoding boolean for 'unused': strconv.ParseBool: parsing \"x\": invalid syntax")]
    [InlineData("/jsz?leader-only=1", "filtered response: not leader")]
    [InlineData("/jsz?raft=x", "Error decoding boolean for 'raft': strconv.ParseBool: parsing \"x\": invalid syntax")]
    [InlineData("/healthz?details=x", "Error decoding boolean for 'details': strconv.ParseBool: parsing \"x\": invalid syntax")]
    [InlineData("/ipqueuesz?all=x", "Error decoding boolean for 'all': strconv.ParseBool: parsing \"x\": invalid syntax")]
    public void Bad_options_answer_400_with_the_servers_text(string target, string text)
    {
        MonitoringReply reply = Router("").Answer("GET", target);
        (reply.StatusCode, reply.ContentType, reply.AllowAnyOrigin).ShouldBe((400, "text/plain; charset=utf-8", false));
        Text(reply).ShouldBe(text);
    }

    [Fact]
    public void Raftz_has_nothing_to_tell()
    {
        MonitoringReply reply = Router("").Answer("GET", "/raftz?acc=x");
        reply.StatusCode.ShouldBe(404);
        Text(reply).ShouldBe("No Raft nodes registered");
    }

    [Fact]
    public void Command_line_secrets_are_not_shown()
    {
        using MemoryStream stream = new();
        using (System.Text.Json.Utf8JsonWriter json = new(stream))
            RuntimeReports.WriteCommandLine(json, ["nats-server", "--user", "u", "--pass", "s3cret", "--auth=t0ken", "-p", "4222"]);
        Encoding.UTF8.GetString(stream.ToArray()).ShouldBe("""["nats-server","--user","[REDACTED]","--pass","[REDACTED]","--auth=[REDACTED]","-p","4222"]""");
    }

    private RequestRouter Router(string basePath) => new(new MonitoringEndpoints(_reports, "2.15.1", NullLogger.Instance).At(basePath));

    private static string Text(MonitoringReply reply) => Encoding.UTF8.GetString(reply.ToBytes()!.Value.Span);
}
