using System.Net.Sockets;
using System.Text.Json;
using System.Text.RegularExpressions;
using Shouldly;
using Xunit;

namespace Interop.Tests;

/// <summary>The executable as a process: ports, files, log lines, signals, the end.</summary>
public sealed partial class StartAndStopTests
{
    [Theory]
    [InlineData("-a", "-p")]
    [InlineData("--addr", "--port")]
    [InlineData("-addr", "-port")]
    [InlineData("--net", "--port")]
    public async Task Flags_take_one_or_two_dashes(string address, string port)
    {
        await using ServerProcess server = await ServerProcess.StartAsync("", address, "127.0.0.1", port, "-1");
        await PingAsync(server);
    }

    [Fact]
    public async Task Flags_take_a_value_after_an_equals_sign()
    {
        await using ServerProcess server = await ServerProcess.StartAsync("", "--port=-1", "-server_name=my-name");
        (await InfoAsync(server)).GetProperty("server_name").GetString().ShouldBe("my-name");
    }

    [Fact]
    public async Task Log_lines_are_what_scripts_look_for()
    {
        await using ServerProcess server = await ServerProcess.StartAsync();
        server.Log.ShouldAllBe(line => LogLine().IsMatch(line));
        server.LogText.ShouldContain("[INF] Starting nats-server");
        server.LogText.ShouldContain($"[INF] Listening for client connections on 127.0.0.1:{server.Port}");
        server.LogText.ShouldContain("[INF] Server is ready");
        server.Log.ShouldAllBe(line => line.StartsWith($"[{server.ProcessId}] ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Ports_file_names_the_process_and_its_ports()
    {
        await using ServerProcess server = await ServerProcess.StartAsync("", "-m", "-1");
        string path = Path.Combine(server.DirectoryPath, $"nats-server_{server.ProcessId}.ports");
        await Eventually.HoldsAsync(() => File.Exists(path), "the ports file");
        using JsonDocument ports = JsonDocument.Parse(await File.ReadAllTextAsync(path));
        ports.RootElement.GetProperty("nats")[0].GetString().ShouldBe($"nats://127.0.0.1:{server.Port}");
        ports.RootElement.GetProperty("monitoring")[0].GetString().ShouldStartWith("http://127.0.0.1:");

        (await server.TerminateAsync()).ShouldBe(0);
        File.Exists(path).ShouldBeFalse();
    }

    [Fact]
    public async Task Pid_file_holds_the_process_id()
    {
        string path = Path.GetTempFileName();
        await using ServerProcess server = await ServerProcess.StartAsync("", "--pid", path);
        (await File.ReadAllTextAsync(path)).ShouldBe($"{server.ProcessId}");
        File.Delete(path);
    }

    [Fact]
    public async Task Many_servers_start_side_by_side()
    {
        ServerProcess[] servers = await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => ServerProcess.StartAsync()));
        try
        {
            servers.Select(server => server.Port).Distinct().Count().ShouldBe(12);
            await Task.WhenAll(servers.Select(PingAsync));
        }
        finally
        {
            foreach (ServerProcess server in servers)
                await server.DisposeAsync();
        }
    }

    [Fact]
    public async Task Terminated_server_ends_with_code_0()
    {
        await using ServerProcess server = await ServerProcess.StartAsync();
        (await server.TerminateAsync()).ShouldBe(0);
        server.LogText.ShouldContain("[INF] Initiating Shutdown...");
        server.LogText.ShouldContain("[INF] Server Exiting..");
    }

    [Theory]
    [InlineData("quit")]
    [InlineData("term")]
    [InlineData("stop")]
    public async Task Signal_flag_ends_a_running_server(string command)
    {
        await using ServerProcess server = await ServerProcess.StartAsync();
        (int exitCode, string output) = await ServerExecutable.UnderTest.RunAsync("--signal", $"{command}={server.ProcessId}");
        exitCode.ShouldBe(0, output);
        await server.ExitAsync();
    }

    [Fact]
    public async Task Signal_flag_reloads_a_running_server()
    {
        await using ServerProcess server = await ServerProcess.StartAsync("max_payload: 1000");
        await File.WriteAllTextAsync(server.ConfigPath, "max_payload: 2000", TestContext.Current.CancellationToken);
        (int exitCode, _) = await ServerExecutable.UnderTest.RunAsync("-sl", $"reload={server.ProcessId}");
        exitCode.ShouldBe(0);
        await Eventually.HoldsAsync(async () => (await InfoAsync(server)).GetProperty("max_payload").GetInt32() == 2000, "the new limit");
        await Eventually.HoldsAsync(() => server.LogText.Contains("Reloaded: max_payload = 2000", StringComparison.Ordinal), "the word of it in the log");
    }

    [Fact]
    public async Task Unknown_signal_is_refused()
    {
        (int exitCode, string output) = await ServerExecutable.UnderTest.RunAsync("--signal", "bogus=1");
        exitCode.ShouldBe(1);
        output.ShouldContain("nats-server: unknown signal \"bogus\"");
    }

    [Fact]
    public async Task Lame_duck_server_without_clients_ends()
    {
        await using ServerProcess server = await ServerProcess.StartAsync();
        server.EnterLameDuckMode();
        (await server.ExitAsync()).ShouldBe(0);
        server.LogText.ShouldContain("Entering lame duck mode, stop accepting new clients");
    }

    private static async Task PingAsync(ServerProcess server)
    {
        using TcpClient client = new("127.0.0.1", server.Port);
        using StreamReader reader = new(client.GetStream());
        (await reader.ReadLineAsync())!.ShouldStartWith("INFO {");
        await client.GetStream().WriteAsync("PING\r\n"u8.ToArray());
        (await reader.ReadLineAsync()).ShouldBe("PONG");
    }

    private static async Task<JsonElement> InfoAsync(ServerProcess server)
    {
        using TcpClient client = new("127.0.0.1", server.Port);
        using StreamReader reader = new(client.GetStream());
        return JsonDocument.Parse((await reader.ReadLineAsync())!["INFO ".Length..]).RootElement;
    }

    [GeneratedRegex(@"^\[\d+\] \d{4}/\d\d/\d\d \d\d:\d\d:\d\d\.\d{6} \[[A-Z]{3}\] ")]
    private static partial Regex LogLine();
}
