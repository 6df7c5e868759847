using System.Diagnostics;
using System.Text.RegularExpressions;

namespace Interop.Tests;

/// <summary>A nats-server that can be started: ours, or the real one.</summary>
public sealed partial class ServerExecutable
{
    private ServerExecutable(string path) => FilePath = Path.GetFullPath(path);

    /// <summary>The server these tests are about: DOTNATS_SERVER, else the published one, else the portable build.</summary>
    public static ServerExecutable UnderTest { get; } = new(
        new[]
        {
            Environment.GetEnvironmentVariable("DOTNATS_SERVER"),
            Path.Combine(RepositoryPaths.Root, "artifacts", "nats-server", "nats-server"),
            Path.Combine(RepositoryPaths.Root, "apps", "nats-server", "bin", "Release", "net10.0", "nats-server.dll"),
        }.FirstOrDefault(File.Exists) ?? throw new FileNotFoundException("No server to test: run ./test, or set DOTNATS_SERVER."));

    /// <summary>The real nats-server that tests/peers/install fetched, or null.</summary>
    public static ServerExecutable? Real { get; } =
        Path.Combine(RepositoryPaths.Peers, "nats-server", "usr", "sbin", "nats-server") is var path && File.Exists(path) ? new(path) : null;

    /// <summary>One at a path.</summary>
    public static ServerExecutable At(string path) => new(path);

    public string FilePath { get; }

    /// <summary>Start information with redirected streams; a .dll runs under dotnet.</summary>
    public ProcessStartInfo StartInfo(IEnumerable<string> arguments)
    {
        bool portable = FilePath.EndsWith(".dll", StringComparison.Ordinal);
        ProcessStartInfo start = new(portable ? "dotnet" : FilePath)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (string argument in portable ? arguments.Prepend(FilePath) : arguments)
            start.ArgumentList.Add(argument);
        return start;
    }

    /// <summary>Runs to the end and returns exit code and everything printed.</summary>
    public async Task<(int ExitCode, string Output)> RunAsync(params string[] arguments)
    {
        using Process process = new() { StartInfo = StartInfo(arguments) };
        ChildProcesses.Start(process);
        process.StandardInput.Close();
        using CancellationTokenSource limit = new(Eventually.Limit);
        Task<string> output = process.StandardOutput.ReadToEndAsync(limit.Token);
        Task<string> error = process.StandardError.ReadToEndAsync(limit.Token);
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"{FilePath} {string.Join(' ', arguments)} did not end");
        }
        finally
        {
            ChildProcesses.Kill(process);
        }

        return (process.ExitCode, await output + await error);
    }

    /// <summary>The release the server says it is, such as 2.15.1.</summary>
    public async Task<Version> VersionAsync() => Version.Parse(VersionLine().Match((await RunAsync("--version")).Output).Groups[1].Value);

    [GeneratedRegex(@"^nats-server: v(\d+\.\d+\.\d+)", RegexOptions.Multiline)]
    private static partial Regex VersionLine();
}
