using System.Text.Json;

namespace Interop.Tests;

/// <summary>A scenario in operator mode: keys, JWTs and credentials are made by the official JavaScript packages, anew for each.</summary>
/// <remarks>Clients that cannot sign JWTs ask for an administrator's action by its name in tests/peers/node/operator_admin.mjs.</remarks>
public static class OperatorSetup
{
    public static async Task<Scenario> ScenarioAsync(string name)
    {
        JsonElement made = JsonDocument.Parse(await RunAsync("operator_setup.mjs", [], server: null)).RootElement;
        return new Scenario(name, made.GetProperty("config").GetString()!)
        {
            Files = made.GetProperty("files").EnumerateObject().ToDictionary(file => file.Name, file => file.Value.GetString()!),
            Act = (action, server) => RunAsync("operator_act.mjs", [action], server),
        };
    }

    private static Task<string> RunAsync(string script, string[] arguments, ServerProcess? server) =>
        NodeProgram.RunAsync(Path.Combine(RepositoryPaths.PeerSources, "node", script), arguments, server);
}
