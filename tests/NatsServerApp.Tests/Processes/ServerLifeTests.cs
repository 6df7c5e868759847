using System.Globalization;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.RegularExpressions;
using Shouldly;
using Xunit;

namespace NatsServerApp.Tests.Processes;

/// <summary>Files and signals of a running server. The real server does the same; see each test.</summary>
public sealed class ServerLifeTests : IDisposable
{
    private static readonly string[] OnFreePort = ["-a", "127.0.0.1", "-p", "-1"];

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("nats-server-test-");

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public async Task The_pid_file_is_written_before_the_server_is_ready_and_stays()
    {
        string path = In("server.pid");
        using RunningServer server = await RunningServer.StartAsync([.. OnFreePort, "-P", path]);
        File.ReadAllText(path).ShouldBe(server.Id.ToString(CultureInfo.InvariantCulture));
        await server.SignalAsync("TERM");
        (await server.EndAsync()).ShouldBe(0);
        File.Exists(path).ShouldBeTrue();
    }

    [Fact]
    public async Task The_ports_file_names_the_chosen_port_and_goes_at_the_end()
    {
        using RunningServer server = await RunningServer.StartAsync([.. OnFreePort, "--profile", "-1", "--ports_file_dir", _directory.FullName]);
        string path = In($"nats-server_{server.Id}.ports");
        await server.WaitForAsync(_ => File.Exists(path));
        int port = PortOf(server);
        using JsonDocument ports = JsonDocument.Parse(await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken));
        ports.RootElement.GetProperty("nats")[0].GetString().ShouldBe($"nats://127.0.0.1:{port}");
        ports.RootElement.GetProperty("profile")[0].GetString().ShouldBe($"http://127.0.0.1:{ProfilePortOf(server)}");
        await server.SignalAsync("INT");
        (await server.EndAsync()).ShouldBe(0);
        File.Exists(path).ShouldBeFalse();
    }

    // It would cost every start milliseconds and the server 4 MB (docs/adr/0011).
    [Fact]
    public async Task A_server_without_tls_does_not_load_openssl()
    {
        string config = In("server.conf");
        await File.WriteAllTextAsync(
            config,
            "accounts { A { users: [ {user: a, password: p} ], exports: [ {stream: \">\"} ] }, B { imports: [ {stream: {account: A, subject: \">\"}} ] } }",
            TestContext.Current.CancellationToken);
        using RunningServer server = await RunningServer.StartAsync([.. OnFreePort, "-m", "-1", "-c", config]);
        using var client = new TcpClient("127.0.0.1", PortOf(server));
        using var reader = new StreamReader(client.GetStream());
        await client.GetStream().WriteAsync("CONNECT {\"verbose\":false,\"user\":\"a\",\"pass\":\"p\"}\r\nPING\r\n"u8.ToArray(), TestContext.Current.CancellationToken);
        (await reader.ReadLineAsync(TestContext.Current.CancellationToken))!.ShouldStartWith("INFO ");
        (await reader.ReadLineAsync(TestContext.Current.CancellationToken)).ShouldBe("PONG");
        string maps = await File.ReadAllTextAsync($"/proc/{server.Id}/maps", TestContext.Current.CancellationToken);
        maps.ShouldContain("libc.so");
        maps.ShouldNotContain("libcrypto");
    }

    [Fact]
    public async Task Another_server_on_the_same_port_ends_and_says_why()
    {
        using RunningServer server = await RunningServer.StartAsync(OnFreePort);
        int port = PortOf(server);
        (int status, _, string error) = await ServerExecutable.RunAsync("-a", "127.0.0.1", "-p", port.ToString(CultureInfo.InvariantCulture));
        status.ShouldBe(1);
        error.ShouldEndWith($"[FTL] Error listening on port: 127.0.0.1:{port}, \"listen tcp 127.0.0.1:{port}: bind: address already in use\"\n");
    }

    [Fact]
    public async Task The_signal_flag_reaches_a_server_by_id_and_by_pid_file()
    {
        string path = In("server.pid"), log = In("server.log");
        using RunningServer server = await StartWithLogAsync(log, "-P", path);
        (await ServerExecutable.RunAsync("--signal", $"reopen={server.Id}")).ShouldBe((0, "", ""));
        await WaitForFileAsync(server, log, "File log re-opened");
        (await ServerExecutable.RunAsync("-sl", $"quit={path}")).ShouldBe((0, "", ""));
        (await server.EndAsync()).ShouldBe(0);
        File.ReadAllText(log).ShouldContain("Trapped \"interrupt\" signal");
    }

    [Fact]
    public async Task A_log_file_moved_away_is_made_anew_on_sigusr1()
    {
        string log = In("server.log"), moved = In("server.log.1");
        using RunningServer server = await StartWithLogAsync(log);
        File.Move(log, moved);
        await server.SignalAsync("USR1");
        await WaitForFileAsync(server, log, "File log re-opened");
        File.ReadAllText(moved).ShouldContain("Trapped \"user defined signal 1\" signal");
        server.Log.ShouldBeEmpty();
        File.ReadAllText(log).ShouldMatch($@"^\[{server.Id}\] \d{{4}}/\d\d/\d\d \d\d:\d\d:\d\d\.\d{{6}} \[INF\] File log re-opened\n$");
    }

    [Fact]
    public async Task A_log_past_its_limit_is_rotated()
    {
        string log = In("server.log");
        using RunningServer server = await StartWithLogAsync(log, "--log_size_limit", "300");
        Directory.GetFiles(_directory.FullName, "server.log.2*").ShouldNotBeEmpty();
    }

    [Theory]
    [InlineData("-D", true, false)]
    [InlineData("-V", false, true)]
    [InlineData("-DV", true, true)]
    [InlineData("-DVV", true, true)]
    public async Task Debug_and_trace_show_in_the_log(string flag, bool debug, bool trace)
    {
        using RunningServer server = await RunningServer.StartAsync([.. OnFreePort, flag]);
        using TcpClient client = new();
        await client.ConnectAsync("127.0.0.1", PortOf(server), TestContext.Current.CancellationToken);
        await client.GetStream().WriteAsync("CONNECT {}\r\nPING\r\n"u8.ToArray(), TestContext.Current.CancellationToken);
        if (trace) await server.WaitForAsync(log => log.Contains("[TRC] 127.0.0.1:", StringComparison.Ordinal));
        server.Log.Contains("[DBG]", StringComparison.Ordinal).ShouldBe(debug);
    }

    [Fact]
    public async Task Sigquit_ends_at_once_with_status_two()
    {
        using RunningServer server = await RunningServer.StartAsync(OnFreePort);
        await server.SignalAsync("QUIT");
        (await server.EndAsync()).ShouldBe(2);
        server.Log.ShouldContain("SIGQUIT: quit\n");
        server.Log.ShouldNotContain("Shutdown");
    }

    private static int PortOf(RunningServer server) =>
        int.Parse(Regex.Match(server.Log, @"Listening for client connections on 127\.0\.0\.1:(\d+)").Groups[1].ValueSpan, CultureInfo.InvariantCulture);

    private static string ProfilePortOf(RunningServer server) => Regex.Match(server.Log, @"profiling port: (\d+)").Groups[1].Value;

    private static Task WaitForFileAsync(RunningServer server, string path, string text) =>
        server.WaitForAsync(_ => File.Exists(path) && File.ReadAllText(path).Contains(text, StringComparison.Ordinal));

    // With a log file nothing comes on standard error, so the file says when the server is ready.
    private static Task<RunningServer> StartWithLogAsync(string log, params string[] args) =>
        RunningServer.StartAsync([.. OnFreePort, "-l", log, .. args], logFile: log);

    private string In(string name) => Path.Combine(_directory.FullName, name);
}
