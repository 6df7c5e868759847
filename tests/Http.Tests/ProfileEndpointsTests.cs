using DotNats.Server.Monitoring;
using System.Text;
using DotNats;
using DotNats.Http;
using Microsoft.Extensions.Logging;
using Shouldly;
using Xunit;

namespace Http.Tests;

/// <summary>The diagnostics port.</summary>
public sealed class ProfileEndpointsTests
{
    private readonly RequestRouter _router = new(ProfileEndpoints.All);

    [Fact]
    public void The_index_links_to_every_profile_there_is()
    {
        (int status, string page) = Get("/debug/pprof/");
        status.ShouldBe(200);
        foreach (string name in new[] { "allocs", "cmdline", "goroutine", "heap", "mutex", "threadcreate", "threads" })
        {
            page.ShouldContain($"<a href='{name}?debug=1'>");
            Get($"/debug/pprof/{name}?debug=1").Status.ShouldBe(200, name);
        }
    }

    [Fact]
    public void Heap_and_allocs_are_the_collectors_figures()
    {
        (_, string text) = Get("/debug/pprof/heap?gc=1");
        text.ShouldMatch(@"^# Alloc = \d+\n# TotalAlloc = [1-9]\d*\n");
        text.ShouldMatch(@"\n# NumGC = [1-9]\d*\n");
        text.ShouldMatch(@"\ngeneration 0: \d+ bytes, \d+ of them free, [1-9]\d* collections\n");
        Get("/debug/pprof/allocs").Text.ShouldStartWith("# Alloc = ");
    }

    [Fact]
    public void Threads_are_told_with_what_they_used()
    {
        (_, string text) = Get("/debug/pprof/threads");
        text.ShouldMatch(@"^thread pool: \d+ threads, \d+ work items pending, \d+ completed\n");
        if (OperatingSystem.IsLinux()) text.ShouldMatch(@"\nos thread \d+ \[.+\] cpu \d+\.\d\ds\n");
        Get("/debug/pprof/goroutine?debug=2").Text.ShouldStartWith("thread pool: ");
    }

    [Fact]
    public void A_thread_may_have_any_name()
    {
        const string Numbers = "S 1 2 3 0 -1 4194368 0 0 0 0 150 25 0 0 20 0 17 0 4321 1 2 3";
        ThreadReport.Parse($"77 (a) b (c)) {Numbers}\n").ShouldBe(new ThreadReport(77, "a) b (c)", TimeSpan.FromSeconds(1.75)));
        ThreadReport.Parse($"77 () {Numbers}\n").ShouldBe(new ThreadReport(77, "", TimeSpan.FromSeconds(1.75)));
        ThreadReport.Parse("77 (a) S 1").ShouldBeNull();
        ThreadReport.Parse("").ShouldBeNull();
    }

    [Theory]
    [InlineData("profile")]
    [InlineData("trace")]
    [InlineData("block")]
    [InlineData("symbol")]
    [InlineData("goroutineleak")]
    public void What_the_runtime_cannot_make_is_said_to_be_impossible(string name)
    {
        MonitoringReply reply = _router.Answer("GET", $"/debug/pprof/{name}?seconds=1");
        (reply.StatusCode, reply.IsProfileError, reply.NoSniff).ShouldBe((501, true, true));
        Text(reply).ShouldStartWith($"{name}: .NET makes no such profile of itself");
    }

    // As nats-server answers these.
    [Theory]
    [InlineData("/debug/pprof/nothing", 404, "Unknown profile\n")]
    [InlineData("/debug/pprof/a/b", 404, "Unknown profile\n")]
    [InlineData("/debug/pprof", 301, "<a href=\"/debug/pprof/\">Moved Permanently</a>.\n\n")]
    [InlineData("/debug/pprof?debug=1", 301, "<a href=\"/debug/pprof/?debug=1\">Moved Permanently</a>.\n\n")]
    [InlineData("/", 404, "404 page not found\n")]
    [InlineData("/debug", 404, "404 page not found\n")]
    [InlineData("/varz", 404, "404 page not found\n")]
    public void Other_paths_answer_as_with_nats_server(string target, int status, string text) => Get(target).ShouldBe((status, text));

    [Fact]
    public async Task It_has_a_port_of_its_own_beside_monitoring()
    {
        await using MonitorHost host = await MonitorHost.StartAsync(profilePort: -1);
        host.Log.Lines.ShouldContain((LogLevel.Information, $"profiling port: {host.ProfilePort}"));
        using HttpClient client = new() { BaseAddress = new Uri($"http://127.0.0.1:{host.ProfilePort}") };
        (await client.GetStringAsync(new Uri("/debug/pprof/cmdline", UriKind.Relative), TestContext.Current.CancellationToken))
            .ShouldBe(string.Join('\0', Environment.GetCommandLineArgs()));
        using HttpResponseMessage none = await client.GetAsync(new Uri("/debug/pprof/nothing", UriKind.Relative), TestContext.Current.CancellationToken);
        none.Headers.GetValues("X-Go-Pprof").ShouldBe(["1"]);
        (await host.GetAsync("/debug/pprof/heap")).StatusCode.ShouldBe(System.Net.HttpStatusCode.NotFound);
        (await client.GetAsync(new Uri("/varz", UriKind.Relative), TestContext.Current.CancellationToken)).StatusCode.ShouldBe(System.Net.HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task A_port_that_cannot_be_bound_keeps_the_server_from_starting()
    {
        await using MonitorHost host = await MonitorHost.StartAsync();
        ServerStartException taken = await Should.ThrowAsync<ServerStartException>(() => MonitorHost.StartAsync(profilePort: host.Port));
        taken.Message.ShouldBe($"error starting profiler: listen tcp 127.0.0.1:{host.Port}: bind: address already in use");
        ServerStartException invalid = await Should.ThrowAsync<ServerStartException>(() => MonitorHost.StartAsync(profilePort: 77499));
        invalid.Message.ShouldBe("error starting profiler: listen tcp: address 77499: invalid port");
    }

    [Fact]
    public async Task What_started_before_a_failure_is_stopped()
    {
        await using MonitorHost host = await MonitorHost.StartAsync();
        int free = EmbeddedServerTests.FreePort();
        await Should.ThrowAsync<ServerStartException>(() => MonitorHost.StartAsync(options: new MonitoringOptions { HttpPort = host.Port }, profilePort: free));
        await using MonitorHost again = await MonitorHost.StartAsync(profilePort: free);
        again.ProfilePort.ShouldBe(free);
    }

    private (int Status, string Text) Get(string target)
    {
        MonitoringReply reply = _router.Answer("GET", target);
        return (reply.StatusCode, Text(reply));
    }

    private static string Text(MonitoringReply reply) => Encoding.UTF8.GetString(reply.ToBytes()!.Value.Span);
}
