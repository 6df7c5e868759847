using Shouldly;
using Xunit;

namespace Interop.Tests;

/// <summary>MQTT.js, Eclipse Paho and mosquitto's programs. The steps of the first two are in tests/peers.</summary>
public sealed class MqttProgramTests
{
    public static TheoryData<string> Scenarios => ["qualities", "retained", "sessions", "will", "many"];

    [Theory]
    [MemberData(nameof(Scenarios))]
    public async Task Mqtt_js(string scenario)
    {
        Peers.RequireNode();
        await using ServerProcess server = await MqttServer.StartAsync();
        await NodeProgram.RunAsync(Path.Combine(RepositoryPaths.PeerSources, "node", "mqtt.mjs"), [scenario, $"{server.MqttPort()}"], server);
    }

    [Theory]
    [MemberData(nameof(Scenarios))]
    public async Task Paho(string scenario)
    {
        Peers.RequireMqtt();
        await using ServerProcess server = await MqttServer.StartAsync();
        await MqttServer.RunAsync("python3", server, Path.Combine(RepositoryPaths.PeerSources, "python", "mqtt_paho.py"), scenario, $"{server.MqttPort()}");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Mosquitto(int qos)
    {
        Peers.RequireMqtt();
        await using ServerProcess server = await MqttServer.StartAsync();
        string port = $"{server.MqttPort()}";
        string[] subscriber = ["-p", port, "-i", "sub", "-q", $"{qos}", "-t", "m/#", "-W", "20"];

        // A session that waits, then what came while nobody listened, and what is retained.
        await MqttServer.RunAsync("mosquitto_sub", server, [.. subscriber, "-c", "-E"]);
        for (int i = 0; i < 3; i++) await MqttServer.RunAsync("mosquitto_pub", server, "-p", port, "-q", $"{qos}", "-t", $"m/{i}", "-m", $"{i}", "-r");
        // It subscribes again, and so gets both: in what order is nowhere said.
        string waited = qos == 0 ? "" : await MqttServer.RunAsync("mosquitto_sub", server, [.. subscriber, "-c", "-C", "6", "-F", "%t %p %q %r"]);
        if (qos > 0)
            waited.Split('\n', StringSplitOptions.RemoveEmptyEntries).Order().ShouldBe([$"m/0 0 {qos} 0", $"m/0 0 {qos} 1", $"m/1 1 {qos} 0", $"m/1 1 {qos} 1", $"m/2 2 {qos} 0", $"m/2 2 {qos} 1"]);

        string retained = await MqttServer.RunAsync("mosquitto_sub", server, "-p", port, "-q", $"{qos}", "-t", "m/+", "-C", "3", "-F", "%t %p %q %r", "-W", "20");
        retained.Split('\n', StringSplitOptions.RemoveEmptyEntries).Order().ShouldBe([$"m/0 0 {qos} 1", $"m/1 1 {qos} 1", $"m/2 2 {qos} 1"]);
    }

    [Fact]
    public async Task Mosquitto_is_told_what_it_may_not_do()
    {
        Peers.RequireMqtt();
        await using ServerProcess server = await MqttServer.StartAsync("authorization { username: u, password: p }");
        string port = $"{server.MqttPort()}";
        await MqttServer.RunAsync("mosquitto_pub", server, "-p", port, "-u", "u", "-P", "p", "-t", "a", "-m", "x");
        InvalidOperationException refused = await Should.ThrowAsync<InvalidOperationException>(() => MqttServer.RunAsync("mosquitto_pub", server, "-p", port, "-u", "u", "-P", "wrong", "-t", "a", "-m", "x"));
        refused.Message.ShouldContain("not authorised");
    }
}
