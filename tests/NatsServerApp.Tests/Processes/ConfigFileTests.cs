using Shouldly;
using Xunit;

namespace NatsServerApp.Tests.Processes;

/// <summary>A server with a configuration file: checking it, starting with it, reloading it. Texts are what nats-server 2.15.1 said to the same.</summary>
public sealed class ConfigFileTests : IDisposable
{
    private const string OnFreePort = "listen: \"127.0.0.1:-1\"\n";

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("nats-server-test-");
    private readonly string _config;

    public ConfigFileTests() => _config = In("server.conf");

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public async Task A_good_file_is_told_with_its_digest()
    {
        Configure("port: -1\nhost: 127.0.0.1\n");
        (await ServerExecutable.RunAsync("-t", "-c", _config)).ShouldBe((0, "",
            $"nats-server: configuration file {_config} is valid (sha256:8c85475bf866f685b218bc48028d7d05d09949c10fa920189f70d0a8534a2d65)\n"));
    }

    [Theory]
    [InlineData("-c")]
    [InlineData("-t", "-c")]
    public async Task All_errors_are_told_at_once(params string[] args)
    {
        Configure("foo: 1\nbar { x: 1 }\n");
        (await ServerExecutable.RunAsync([.. args, _config])).ShouldBe((1, "",
            $"nats-server: {_config}:1:0: unknown field \"foo\"\n{_config}:2:1: unknown field \"bar\"\n\n"));
    }

    [Fact]
    public async Task A_syntax_error_is_told_alone()
    {
        Configure("port: [\n");
        (await ServerExecutable.RunAsync("-c", _config)).ShouldBe((1, "",
            "nats-server: Parse error on line 2: 'Expected an array value terminator \",\" or an array terminator \"]\", but got '\0' instead.'\n"));
    }

    [Fact]
    public async Task A_warning_fails_a_check_and_not_a_start()
    {
        Configure(OnFreePort + "ping_interval: 10\n");
        string warning = $"{_config}:2:1: invalid use of field \"ping_interval\": ping_interval should be converted to a duration\n";
        (await ServerExecutable.RunAsync("-t", "-c", _config)).ShouldBe((1, "", $"nats-server: {warning}\n"));
        using RunningServer server = await RunningServer.StartAsync("-c", _config);
        server.Log.ShouldStartWith(warning);
        server.Log.ShouldContain("Server is ready");
    }

    [Fact]
    public async Task Flags_win_over_the_file()
    {
        Configure("listen: \"127.0.0.1:1\"\nserver_name: file\ndebug: true\n");
        using RunningServer server = await RunningServer.StartAsync("-c", _config, "-p", "-1", "-n", "flag", "-D=false");
        server.Log.ShouldContain("  Name:     flag\n");
        server.Log.ShouldContain($"Using configuration file: {_config} (sha256:");
        server.Log.ShouldNotContain("[DBG]");
        server.Log.ShouldNotContain("127.0.0.1:1\n");
    }

    [Fact]
    public async Task A_reload_tells_what_changed_and_changes_the_log_before_it_says_done()
    {
        Configure(OnFreePort);
        using RunningServer server = await RunningServer.StartAsync("-c", _config);
        Configure(OnFreePort + "logtime: false\nmax_payload: 1000\n");
        await ReloadAsync(server, "Reloaded server configuration");
        string[] lines = server.Log.Split('\n')[^7..];
        lines[0].ShouldEndWith("[INF] Trapped \"hangup\" signal");
        lines[1].ShouldMatch(@"^\[\d+\] \d{4}/.* \[INF\] Reloaded: logtime = false$");
        lines[4].ShouldMatch(@"^\[\d+\] \d{4}/.* \[INF\] Reloaded: max_payload = 1000$");
        lines[5].ShouldMatch(@"^\[\d+\] \[INF\] Reloaded server configuration \(sha256:[0-9a-f]{64}\)$");
    }

    [Theory]
    [InlineData("max_subscriptions: 7\n", "config reload not supported for MaxSubs: old=0, new=7\n")]
    [InlineData("foo: 1\n", "{file}:2:1: unknown field \"foo\"\n")]
    [InlineData("max_payload: 70000000\n", "max_payload (70000000) cannot be higher than max_pending (67108864)\n")]
    [InlineData("log_file: /nonexistent/x\n", "error opening file: open /nonexistent/x: no such file or directory\n")]
    [InlineData("debug: true\nmax_subscriptions: 7\n", "config reload not supported for MaxSubs: old=0, new=7\n")]
    public async Task A_reload_that_cannot_be_is_refused_and_changes_nothing(string change, string reason)
    {
        Configure(OnFreePort);
        using RunningServer server = await RunningServer.StartAsync("-c", _config);
        Configure(OnFreePort + change);
        await ReloadAsync(server, "[ERR]");
        server.Log.ShouldEndWith($"[ERR] Failed to reload server configuration: {reason.Replace("{file}", _config, StringComparison.Ordinal)}");
        Configure(OnFreePort);
        await ReloadAsync(server, "Reloaded server configuration");
        server.Log.ShouldNotContain("[DBG]");
    }

    [Fact]
    public async Task A_reload_moves_the_log_to_another_file()
    {
        string first = In("first.log"), second = In("second.log");
        Configure($"{OnFreePort}log_file: \"{first}\"\n");
        using RunningServer server = await RunningServer.StartAsync(["-c", _config], logFile: first);
        Configure($"{OnFreePort}log_file: \"{second}\"\ndebug: true\n");
        await server.SignalAsync("HUP");
        await server.WaitForAsync(_ => File.Exists(second) && File.ReadAllText(second).Contains("Reloaded server configuration", StringComparison.Ordinal));
        File.ReadAllText(first).ShouldEndWith($"Reloaded: log_file = {second}\n");
        await server.SignalAsync("TERM");
        (await server.EndAsync()).ShouldBe(0);
        File.ReadAllText(second).ShouldContain("[DBG]");
        File.ReadAllText(second).ShouldEndWith("Server Exiting..\n");
    }

    [Fact]
    public async Task A_reload_writes_the_files_that_are_new()
    {
        string pid = In("late.pid");
        Configure(OnFreePort);
        using RunningServer server = await RunningServer.StartAsync("-c", _config);
        Configure($"{OnFreePort}pid_file: \"{pid}\"\nports_file_dir: \"{_directory.FullName}\"\n");
        await ReloadAsync(server, "Reloaded server configuration");
        File.Exists(pid).ShouldBeTrue();
        File.Exists(In($"nats-server_{server.Id}.ports")).ShouldBeTrue();
    }

    private static async Task ReloadAsync(RunningServer server, string until)
    {
        int before = server.Log.Length;
        await server.SignalAsync("HUP");
        await server.WaitForAsync(log => log.IndexOf(until, before, StringComparison.Ordinal) is >= 0 and var at && log.IndexOf('\n', at) >= 0);
    }

    private void Configure(string text) => File.WriteAllText(_config, text);

    private string In(string name) => Path.Combine(_directory.FullName, name);
}
