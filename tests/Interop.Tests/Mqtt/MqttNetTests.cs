using System.Threading.Channels;
using MQTTnet;
using MQTTnet.Formatter;
using MQTTnet.Protocol;
using NATS.Client.Core;
using Shouldly;
using Xunit;

namespace Interop.Tests;

/// <summary>MQTTnet, and NATS.Net beside it.</summary>
public sealed class MqttNetTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task What_is_published_comes_with_the_lower_quality(int subscribed)
    {
        await using ServerProcess server = await MqttServer.StartAsync();
        await using MqttNetClient a = await MqttNetClient.ConnectAsync(server, "a");
        await using MqttNetClient b = await MqttNetClient.ConnectAsync(server, "b");
        (await a.SubscribeAsync("q/#", subscribed)).ShouldBe([subscribed]);
        for (int published = 0; published <= 2; published++)
        {
            await b.PublishAsync("q/x", $"{published}", published);
            (await a.NextAsync()).ShouldBe($"q/x {published} {Math.Min(published, subscribed)}");
        }
    }

    [Fact]
    public async Task Subjects_are_topics_and_the_other_way_round()
    {
        await using ServerProcess server = await MqttServer.StartAsync();
        await using NatsConnection nats = await NatsNetClient.ConnectAsync(server);
        await using MqttNetClient mqtt = await MqttNetClient.ConnectAsync(server, "a");
        await mqtt.SubscribeAsync("in/#", 2);
        await using INatsSub<string> sub = await nats.SubscribeCoreAsync<string>("out.>");
        await nats.PingAsync();

        await nats.PublishAsync("in.a", "from NATS");
        (await mqtt.NextAsync()).ShouldBe("in/a from NATS 0");
        await mqtt.PublishAsync("out/b/c", "from MQTT", 1);
        NatsMsg<string> message = await sub.Msgs.ReadAsync();
        (message.Subject, message.Data, message.Headers!["Nmqtt-Pub"].ToString()).ShouldBe(("out.b.c", "from MQTT", "1"));
    }

    [Fact]
    public async Task A_session_outlives_a_killed_server()
    {
        await using ServerProcess server = await MqttServer.StartAsync();
        await using (MqttNetClient a = await MqttNetClient.ConnectAsync(server, "a", clean: false))
        {
            a.IsPresent.ShouldBeFalse();
            await a.SubscribeAsync("s/+", 2);
        }

        await using (MqttNetClient b = await MqttNetClient.ConnectAsync(server, "b"))
        {
            await b.PublishAsync("s/1", "stored", 1, retain: true);
            await b.PublishAsync("s/2", "stored", 2);
        }

        await server.RestartAsync();
        await using MqttNetClient again = await MqttNetClient.ConnectAsync(server, "a", clean: false);
        again.IsPresent.ShouldBeTrue();
        (await again.NextAsync()).ShouldBe("s/1 stored 1");
        (await again.NextAsync()).ShouldBe("s/2 stored 2");
        await using MqttNetClient late = await MqttNetClient.ConnectAsync(server, "late");
        await late.SubscribeAsync("s/1", 1);
        (await late.NextAsync()).ShouldBe("s/1 stored 1 retained");
    }

    [Fact]
    public async Task Many_clients_get_everything_once()
    {
        const int Clients = 20;
        const int Messages = 50;
        await using ServerProcess server = await MqttServer.StartAsync();
        var clients = new List<MqttNetClient>();
        for (int i = 0; i < Clients; i++)
        {
            clients.Add(await MqttNetClient.ConnectAsync(server, $"c{i}", clean: i % 2 == 0));
            await clients[i].SubscribeAsync("all/#", 1 + (i % 2));
        }

        await Task.WhenAll(clients.Take(4).Select(async (client, index) =>
        {
            for (int i = 0; i < Messages; i++) await client.PublishAsync($"all/{index}", $"{i}", 1 + (i % 2));
        }));
        foreach (MqttNetClient client in clients)
        {
            var got = new List<string>();
            for (int i = 0; i < 4 * Messages; i++) got.Add(await client.NextAsync());
            got.Distinct().Count().ShouldBe(4 * Messages);
            // In order for each publisher.
            for (int publisher = 0; publisher < 4; publisher++)
                got.Where(line => line.StartsWith($"all/{publisher} ", StringComparison.Ordinal)).Select(line => line.Split(' ')[1]).ShouldBe(Enumerable.Range(0, Messages).Select(static i => $"{i}"));
            await client.DisposeAsync();
        }
    }
}

/// <summary>A connection of MQTTnet that keeps what comes.</summary>
internal sealed class MqttNetClient : IAsyncDisposable
{
    private readonly IMqttClient _client = new MqttClientFactory().CreateMqttClient();
    private readonly Channel<string> _got = Channel.CreateUnbounded<string>();

    public bool IsPresent { get; private set; }

    public static async Task<MqttNetClient> ConnectAsync(ServerProcess server, string clientId, bool clean = true)
    {
        var made = new MqttNetClient();
        made._client.ApplicationMessageReceivedAsync += arguments =>
        {
            MqttApplicationMessage message = arguments.ApplicationMessage;
            made._got.Writer.TryWrite($"{message.Topic} {message.ConvertPayloadToString()} {(int)message.QualityOfServiceLevel}{(message.Retain ? " retained" : "")}");
            return Task.CompletedTask;
        };
        MqttClientOptions options = new MqttClientOptionsBuilder()
            .WithTcpServer("127.0.0.1", server.MqttPort()).WithProtocolVersion(MqttProtocolVersion.V311).WithClientId(clientId).WithCleanSession(clean).Build();
        MqttClientConnectResult result = await made._client.ConnectAsync(options).WaitAsync(Eventually.Limit);
        result.ResultCode.ShouldBe(MqttClientConnectResultCode.Success);
        made.IsPresent = result.IsSessionPresent;
        return made;
    }

    public async Task<int[]> SubscribeAsync(string filter, int qos)
    {
        MqttClientSubscribeResult result = await _client.SubscribeAsync(filter, (MqttQualityOfServiceLevel)qos).WaitAsync(Eventually.Limit);
        return [.. result.Items.Select(static item => (int)item.ResultCode)];
    }

    public async Task PublishAsync(string topic, string payload, int qos, bool retain = false) =>
        (await _client.PublishStringAsync(topic, payload, (MqttQualityOfServiceLevel)qos, retain).WaitAsync(Eventually.Limit)).IsSuccess.ShouldBeTrue();

    public Task<string> NextAsync() => _got.Reader.ReadAsync().AsTask().WaitAsync(Eventually.Limit);

    public async ValueTask DisposeAsync()
    {
        if (_client.IsConnected) await _client.DisconnectAsync().WaitAsync(Eventually.Limit);
        _client.Dispose();
    }
}
