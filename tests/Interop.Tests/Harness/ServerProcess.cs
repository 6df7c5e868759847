using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;

namespace Interop.Tests;

/// <summary>How a test wants its server.</summary>
public sealed record ServerSetup
{
    /// <summary>Text of the configuration file; @DIR@ becomes the server's own directory. Empty for none.</summary>
    public string Config { get; init; } = "";

    /// <summary>Flags beside the address, port and ports-file ones.</summary>
    public IReadOnlyList<string> Flags { get; init; } = [];

    /// <summary>Client port; -1 for a free one.</summary>
    public int Port { get; init; } = -1;

    /// <summary>Put ca.pem, server.pem, client.pem and their keys into the server's directory.</summary>
    public bool Certificates { get; init; }

    /// <summary>Files in the server's directory, by name.</summary>
    public IReadOnlyDictionary<string, string> Files { get; init; } = new Dictionary<string, string>();

    public ServerExecutable Executable { get; init; } = ServerExecutable.UnderTest;
}

/// <summary>One running server of a test's own, with its own directory and ports; gone when disposed.</summary>
// Owner: the test. Reader tasks of the process append to _log; everything else runs on the test's flow.
public sealed partial class ServerProcess : IAsyncDisposable
{
    private const int SigHup = 1;
    private const int SigUsr2 = 12;
    private const int SigTerm = 15;

    private readonly ServerSetup _setup;
    private readonly ConcurrentQueue<string> _log = new();
    private Process? _process;

    private ServerProcess(ServerSetup setup)
    {
        _setup = setup;
        DirectoryPath = Directory.CreateTempSubdirectory("dotnats-interop-").FullName;
        if (setup.Certificates)
            TestCertificates.WriteTo(DirectoryPath);
        foreach ((string name, string text) in setup.Files)
            File.WriteAllText(Path.Combine(DirectoryPath, name), text);
        if (setup.Config.Length > 0)
            File.WriteAllText(ConfigPath, setup.Config.Replace("@DIR@", DirectoryPath, StringComparison.Ordinal));
    }

    /// <summary>This server's own directory: configuration, ports file, certificates.</summary>
    public string DirectoryPath { get; }

    public string ConfigPath => Path.Combine(DirectoryPath, "server.conf");

    public int Port { get; private set; } = -1;

    public int ProcessId => _process?.Id ?? throw new InvalidOperationException("not running");

    public string Url => $"nats://127.0.0.1:{Port}";

    public IReadOnlyCollection<string> Log => _log;

    public string LogText => string.Join('\n', _log);

    public static Task<ServerProcess> StartAsync(string config = "", params string[] flags) =>
        StartAsync(new ServerSetup { Config = config, Flags = flags });

    public static async Task<ServerProcess> StartAsync(ServerSetup setup)
    {
        ServerProcess server = new(setup);
        try
        {
            await server.LaunchAsync(setup.Port);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Kills the process and starts another on the same port, as after a crash.</summary>
    public async Task RestartAsync()
    {
        await KillAsync();
        await LaunchAsync(Port);
    }

    /// <summary>Lets the process end in order and starts another on the same port.</summary>
    public async Task StopAndStartAsync()
    {
        await TerminateAsync();
        await LaunchAsync(Port);
    }

    /// <summary>Asks the process to leave in lame duck mode.</summary>
    public void EnterLameDuckMode() => Signal(SigUsr2);

    public void Reload(string config)
    {
        File.WriteAllText(ConfigPath, config.Replace("@DIR@", DirectoryPath, StringComparison.Ordinal));
        Signal(SigHup);
    }

    public async Task<int> TerminateAsync()
    {
        Signal(SigTerm);
        return await ExitAsync();
    }

    /// <summary>Waits until the process is gone and returns its exit code.</summary>
    public async Task<int> ExitAsync()
    {
        using CancellationTokenSource limit = new(Eventually.Limit);
        await _process!.WaitForExitAsync(limit.Token);
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        Directory.Delete(DirectoryPath, recursive: true);
    }

    private async Task LaunchAsync(int port)
    {
        string[] configFlags = File.Exists(ConfigPath) ? ["-c", ConfigPath] : [];
        TaskCompletionSource ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
        _process = new Process
        {
            StartInfo = _setup.Executable.StartInfo(
                ["-a", "127.0.0.1", "-p", $"{port}", "--ports_file_dir", DirectoryPath, .. configFlags, .. _setup.Flags]),
            EnableRaisingEvents = true,
        };
        _process.StartInfo.WorkingDirectory = DirectoryPath;
        _process.OutputDataReceived += (_, line) => Read(line.Data, ready);
        _process.ErrorDataReceived += (_, line) => Read(line.Data, ready);
        _process.Exited += (_, _) => ready.TrySetException(new InvalidOperationException($"the server ended before it was ready:\n{LogText}"));
        ChildProcesses.Start(_process);
        _process.StandardInput.Close();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        try
        {
            await ready.Task.WaitAsync(Eventually.Limit);
        }
        catch (TimeoutException)
        {
            throw new TimeoutException($"the server did not become ready:\n{LogText}");
        }
    }

    private void Read(string? line, TaskCompletionSource ready)
    {
        if (line is null)
            return;
        _log.Enqueue(line);
        if (ListeningLine().Match(line) is { Success: true } listening)
            Port = int.Parse(listening.Groups[1].Value);
        if (line.EndsWith("Server is ready", StringComparison.Ordinal))
            ready.TrySetResult();
    }

    private async Task KillAsync()
    {
        if (_process is null)
            return;
        ChildProcesses.Kill(_process);
        await ExitAsync();
        _process.Dispose();
        _process = null;
    }

    private void Signal(int number)
    {
        if (Kill(ProcessId, number) != 0)
            throw new InvalidOperationException($"signal {number} could not be sent to {ProcessId}");
    }

    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Kill(int processId, int signal);

    [GeneratedRegex(@"Listening for client connections on .*:(\d+)$")]
    private static partial Regex ListeningLine();
}
