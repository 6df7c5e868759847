using DotNats.Tests.Logging;
using Shouldly;
using Xunit;

namespace DotNats.Tests.Reload;

public class NatsServerReloadTests
{
    private static readonly NatsServerOptions Options = new() { Host = "127.0.0.1", Port = -1 };

    [Fact]
    public async Task A_reload_puts_all_options_in_force_and_tells_the_process_before_the_log()
    {
        List<string> order = [];
        RecordingLog log = new(order.Add);
        await using NatsServer server = await Start(
            Options, new NatsServerDependencies { LoggerFactory = log, Reloaded = options => order.Add($"process: {options.Limits.MaxPayloadBytes}") });
        order.Clear();
        await server.ReloadAsync(Options with { Limits = new LimitOptions { MaxPayloadBytes = 100 }, ConfigDigest = "sha256:x" });
        server.Options.Limits.MaxPayloadBytes.ShouldBe(100);
        server.Options.Port.ShouldBe(server.ClientEndPoint.Port);
        order.ShouldBe([
            "Reloaded: authorization users", "Reloaded: accounts", "Reloaded: max_payload = 100", "process: 100", "Reloaded server configuration (sha256:x)",
        ]);
    }

    [Fact]
    public async Task A_refused_reload_changes_nothing_and_names_every_reason()
    {
        List<string> order = [];
        await using NatsServer server = await Start(
            Options, new NatsServerDependencies { LoggerFactory = new RecordingLog(order.Add), Reloaded = _ => order.Add("process") });
        order.Clear();
        ReloadException refused = await Should.ThrowAsync<ReloadException>(
            server.ReloadAsync(Options with { Limits = new LimitOptions { MaxPayloadBytes = 100, MaxSubscriptions = 1 }, ServerName = "x" }));
        refused.Reasons.Count.ShouldBe(2);
        refused.Message.ShouldBe(
            "config reload not supported for ServerName: old=, new=x\nconfig reload not supported for MaxSubs: old=0, new=1");
        server.Options.Limits.MaxPayloadBytes.ShouldBe(1024 * 1024);
        order.ShouldBeEmpty();
    }

    [Fact]
    public async Task Options_that_contradict_each_other_neither_start_nor_reload()
    {
        NatsServerOptions wrong = Options with
        {
            ServerName = "a b",
            Limits = new LimitOptions { MaxPayloadBytes = 70_000_000 },
            LameDuck = new LameDuckOptions { GracePeriod = TimeSpan.FromMinutes(2) },
        };
        const string everything = """
            lame duck grace period (2m0s) should be strictly lower than lame duck duration (2m0s)
            max_payload (70000000) cannot be higher than max_pending (67108864)
            server name cannot contain spaces
            """;
        (await Should.ThrowAsync<OptionsException>(Start(wrong))).Message.ShouldBe(everything);
        await using NatsServer server = await Start(Options);
        (await Should.ThrowAsync<OptionsException>(server.ReloadAsync(wrong))).Message.ShouldBe(everything);
    }

    [Fact]
    public async Task A_port_that_is_taken_ends_the_start_in_nats_servers_words()
    {
        await using NatsServer server = await Start(Options);
        int port = server.ClientEndPoint.Port;
        List<string> log = [];
        ServerStartException failed = await Should.ThrowAsync<ServerStartException>(
            Start(Options with { Port = port }, new NatsServerDependencies { LoggerFactory = new RecordingLog(log.Add) }));
        failed.Message.ShouldBe($"Error listening on port: 127.0.0.1:{port}, \"listen tcp 127.0.0.1:{port}: bind: address already in use\"");
        log.ShouldContain("Starting nats-server");
        log.ShouldNotContain("Initiating Shutdown...");
    }

    private static Task<NatsServer> Start(NatsServerOptions options, NatsServerDependencies? dependencies = null) =>
        NatsServer.StartAsync(options, dependencies, TestContext.Current.CancellationToken);
}
