using System.Diagnostics;
using System.Text.Json;

namespace Interop.Tests;

/// <summary>A scenario in operator mode: keys, JWTs and credentials are made by the official JavaScript packages, anew for each.</summary>
/// <remarks>Clients that cannot sign JWTs ask for an administrator's action by its name in tests/peers/node/operator_admin.mjs.</remarks>
public static class OperatorSetup
{
    public static async Task<Scenario> ScenarioAsync(string name)
    {
        JsonElement made = JsonDocument.Parse(await NodeAsync("operator_setup.mjs")).RootElement;
        return new Scenario(name, made.GetProperty("config").GetString()!)
        {
            Files = made.GetProperty("files").EnumerateObject().ToDictionary(file => file.Name, file => file.Value.GetString()!),
            Act = (action, server) => NodeAsync("operator_act.mjs", action, server),
        };
    }

    private static async Task<string> NodeAsync(string script, string? argument = null, ServerProcess? server = null)
    {
        ProcessStartInfo start = new("node") { RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add(Path.Combine(RepositoryPaths.PeerSources, "node", script));
        if (argument is not null)
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
            return process.ExitCode == 0 ? output : throw new InvalidOperationException($"{script} {argument} failed:\n{await errors}");
        }
        finally
        {
            ChildProcesses.Kill(process);
        }
    }
}
