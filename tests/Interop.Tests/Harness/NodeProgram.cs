using System.Diagnostics;

namespace Interop.Tests;

/// <summary>Runs a Node.js script to its end.</summary>
public static class NodeProgram
{
    /// <summary>What it printed.</summary>
    /// <param name="server">Its address and directory stand in NATS_URL and NATS_DIR; null before there is one.</param>
    public static Task<string> RunAsync(string script, IEnumerable<string> arguments, ServerProcess? server, string? workingDirectory = null)
    {
        ProcessStartInfo start = new("node") { WorkingDirectory = workingDirectory ?? "" };
        foreach (string argument in arguments.Prepend(script))
            start.ArgumentList.Add(argument);
        start.Environment["NATS_PEERS"] = RepositoryPaths.Peers;
        start.Environment["NATS_URL"] = server?.Url;
        start.Environment["NATS_DIR"] = server?.DirectoryPath;
        return ChildProcesses.RunAsync(start, server);
    }
}
