using System.Diagnostics;

namespace Interop.Tests;

/// <summary>Runs a Node.js script to its end.</summary>
public static class NodeProgram
{
    /// <summary>What it printed.</summary>
    /// <param name="server">Its address and directory stand in NATS_URL and NATS_DIR; null before there is one.</param>
    public static async Task<string> RunAsync(string script, IEnumerable<string> arguments, ServerProcess? server, string? workingDirectory = null)
    {
        ProcessStartInfo start = new("node") { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = workingDirectory ?? "" };
        foreach (string argument in arguments.Prepend(script))
            start.ArgumentList.Add(argument);
        start.Environment["NATS_PEERS"] = RepositoryPaths.Peers;
        start.Environment["NATS_URL"] = server?.Url;
        start.Environment["NATS_DIR"] = server?.DirectoryPath;
        using Process process = new() { StartInfo = start };
        ChildProcesses.Start(process);
        try
        {
            using CancellationTokenSource limit = new(Eventually.Limit);
            Task<string> errors = process.StandardError.ReadToEndAsync(limit.Token);
            string output = await process.StandardOutput.ReadToEndAsync(limit.Token);
            await process.WaitForExitAsync(limit.Token);
            return process.ExitCode == 0 ? output : throw new InvalidOperationException($"{script} failed:\n{await errors}\nserver log:\n{server?.LogText}");
        }
        finally
        {
            ChildProcesses.Kill(process);
        }
    }
}
