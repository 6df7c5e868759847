using Xunit;

namespace Interop.Tests;

/// <summary>The official JavaScript clients: @nats-io/transport-node 3 and nats 2. The steps are in tests/peers/node.</summary>
public sealed class JavaScriptClientTests
{
    public static TheoryData<string> Scenarios => [.. ScenarioCatalog.JavaScript.Select(scenario => scenario.Name)];

    [Theory]
    [MemberData(nameof(Scenarios))]
    public Task Transport_node(string scenario) => RunAsync("transport-node", scenario);

    [Theory]
    [MemberData(nameof(Scenarios))]
    public Task Nats_2(string scenario) => RunAsync("nats", scenario);

    private static async Task RunAsync(string client, string name)
    {
        Peers.RequireNode();
        string script = Path.Combine(RepositoryPaths.PeerSources, "node", "run.mjs");
        await ScenarioProgram.RunAsync("node", [script, client], ScenarioCatalog.JavaScript.Single(scenario => scenario.Name == name));
    }
}
