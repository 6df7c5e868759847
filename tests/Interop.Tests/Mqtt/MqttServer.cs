using System.Diagnostics;
using System.Text.RegularExpressions;

namespace Interop.Tests;

/// <summary>A server with an MQTT listener, and programs that speak to it.</summary>
internal static partial class MqttServer
{
    /// <param name="store">Directory of its streams; null for one of its own.</param>
    /// <param name="more">Further lines of the <c>mqtt</c> block.</param>
    public static ServerSetup Setup(ServerExecutable executable, string? store = null, string more = "") => new()
    {
        Executable = executable,
        Config = $$"""
            server_name: M
            jetstream { store_dir: "{{store ?? "@DIR@/streams"}}" }
            mqtt {
              listen: "127.0.0.1:-1"
              {{more}}
            }
            """,
    };

    public static Task<ServerProcess> StartAsync(string more = "") => ServerProcess.StartAsync(Setup(ServerExecutable.UnderTest, more: more));

    /// <summary>Where it listens for MQTT.</summary>
    public static int MqttPort(this ServerProcess server) =>
        int.Parse(server.Log.Select(static line => MqttLine().Match(line)).Last(static match => match.Success).Groups[1].Value);

    /// <summary>Runs a program of mosquitto or Python to its end; what it printed.</summary>
    public static Task<string> RunAsync(string program, ServerProcess server, params string[] arguments)
    {
        string at = Path.Combine(RepositoryPaths.Peers, "mqtt");
        string libraries = Path.Combine(at, "usr", "lib");
        ProcessStartInfo start = new(program.StartsWith("mosquitto", StringComparison.Ordinal) ? Path.Combine(at, "usr", "bin", program) : program);
        foreach (string argument in arguments) start.ArgumentList.Add(argument);
        start.Environment["LD_LIBRARY_PATH"] = string.Join(':', Directory.GetDirectories(libraries, "*-linux-gnu").Append(libraries));
        start.Environment["PYTHONPATH"] = Path.Combine(libraries, "python3", "dist-packages");
        start.Environment["HOME"] = server.DirectoryPath;
        return ChildProcesses.RunAsync(start, server);
    }

    [GeneratedRegex(@"Listening for MQTT clients on mqtt://.*:(\d+)$")]
    private static partial Regex MqttLine();
}
