using Shouldly;
using Xunit;

namespace Interop.Tests;

/// <summary>Sessions, what waits for them and what is retained go from the real server to ours and back.</summary>
public sealed class MqttStoreExchangeTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("dotnats-mqtt-").FullName;

    [Fact]
    public async Task A_session_goes_from_server_to_server()
    {
        ServerExecutable real = await Peers.RequireRealServerAsync();
        string? before = null;
        foreach (ServerExecutable executable in (ServerExecutable[])[real, ServerExecutable.UnderTest, real, ServerExecutable.UnderTest])
        {
            await using ServerProcess server = await ServerProcess.StartAsync(MqttServer.Setup(executable, _directory));
            await ContinueAsync(server, before);
            await BeginAsync(server, before = executable.FilePath);
            await server.TerminateAsync();
        }
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    // What the server before has left: a session with QoS 1 and 2, messages for it, a PUBREL that was not answered, and what was retained or forgotten.
    private static async Task ContinueAsync(ServerProcess server, string? before)
    {
        await using MqttNetClient session = await MqttNetClient.ConnectAsync(server, "persistent", clean: false);
        session.IsPresent.ShouldBe(before is not null);
        if (before is null)
        {
            (await session.SubscribeAsync("one/#", 1)).ShouldBe([1]);
            (await session.SubscribeAsync("two/+", 2)).ShouldBe([2]);
            return;
        }

        string[] got = [await session.NextAsync(), await session.NextAsync(), await session.NextAsync()];
        got.Order(StringComparer.Ordinal).ShouldBe(["one parent of " + before + " 1", "one/x for " + before + " 1", "two/y for " + before + " 2"]);
        await using MqttNetClient late = await MqttNetClient.ConnectAsync(server, "late");
        await late.SubscribeAsync("kept/#", 2);
        string[] kept = [await late.NextAsync(), await late.NextAsync()];
        kept.Order(StringComparer.Ordinal).ShouldBe(["kept/one of " + before + " 1 retained", "kept/two of " + before + " 2 retained"]);
        await late.PublishAsync("kept/two", "", 2, retain: true);
        (await late.NextAsync()).ShouldBe("kept/two  2");
    }

    private static async Task BeginAsync(ServerProcess server, string name)
    {
        await using MqttNetClient client = await MqttNetClient.ConnectAsync(server, "other");
        await client.PublishAsync("one", "parent of " + name, 1);
        await client.PublishAsync("one/x", "for " + name, 2);
        await client.PublishAsync("two/y", "for " + name, 2);
        await client.PublishAsync("kept/one", "of " + name, 1, retain: true);
        await client.PublishAsync("kept/two", "of " + name, 2, retain: true);
        await client.PublishAsync("kept/gone", "of " + name, 1, retain: true);
        await client.PublishAsync("kept/gone", "", 1, retain: true);
    }
}
