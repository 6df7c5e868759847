using System.Net.Sockets;
using DotNats;
using DotNats.Mqtt.Service;
using DotNats.Server;
using JetStream.Tests.Harness;
using Server.Tests.Harness;

namespace Mqtt.Tests.Harness;

/// <summary>A whole server with JetStream and an MQTT listener on a free port, with a clock the test turns.</summary>
internal sealed class MqttServer : IAsyncDisposable
{
    private readonly List<MqttDialogue> _clients = [];
    private readonly StreamServer _server;

    private MqttServer(StreamServer server) => _server = server;

    public ServerCore Core => _server.Core;

    public RecordedLog Log => _server.Log;

    public Microsoft.Extensions.Time.Testing.FakeTimeProvider Time => _server.Time;

    public static async Task<MqttServer> StartAsync(
        Func<NatsServerOptions, NatsServerOptions>? change = null, Func<MqttOptions, MqttOptions>? mqtt = null, bool isPortable = false)
    {
        var listener = new MqttOptions { Host = "127.0.0.1", Port = -1 };
        NatsServerOptions WithMqtt(NatsServerOptions options)
        {
            options = options with { ServerName = "S", Mqtt = mqtt?.Invoke(listener) ?? listener };
            return change?.Invoke(options) ?? options;
        }

        return new MqttServer(await StreamServer.StartAsync(WithMqtt, beforeStart: core =>
        {
            core.Loops.IsPortable = isPortable;
            core.Mqtt = MqttService.Create(core);
        }));
    }

    /// <summary>Options with users of the default account.</summary>
    public static Func<NatsServerOptions, NatsServerOptions> Users(params UserOptions[] users) =>
        options => options with { Authorization = new AuthorizationOptions { Users = users, IsDefined = true } };

    /// <summary>A socket that has only been accepted.</summary>
    public Stream OpenStream()
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        socket.Connect(Core.Mqtt!.EndPoint);
        return new NetworkStream(socket, ownsSocket: true);
    }

    /// <summary>A client that has only been accepted.</summary>
    public MqttDialogue Open() => Open(OpenStream());

    public MqttDialogue Open(Stream stream)
    {
        var client = new MqttDialogue(stream);
        _clients.Add(client);
        return client;
    }

    /// <summary>A client past CONNACK.</summary>
    public async Task<MqttDialogue> ConnectAsync(string id, string? user = null, string? password = null, bool clean = true, int keepAlive = 0, MqttDialogue.WillMessage? will = null)
    {
        MqttDialogue client = Open();
        client.Connect(id, user, password, clean, keepAlive, will);
        await client.ExpectAsync("CONNACK 0 0");
        return client;
    }

    /// <summary>A client of the NATS protocol past CONNECT.</summary>
    public Task<Dialogue> ConnectNatsAsync(string more = "") => _server.ConnectAsync(more);

    /// <summary>How the connections of MQTT clients ended, once so many have: identifier and reason.</summary>
    public async Task<string[]> ClosedAsync(int count)
    {
        string[] All() =>
            [.. Core.Closed.ToArray().Where(static closed => closed.Info.Type == "mqtt").Select(static closed => $"{closed.Info.MqttClient}: {closed.Info.Reason}").Order()];
        await Eventually.HoldsAsync(() => All().Length == count, "connections are closed");
        return All();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (MqttDialogue client in _clients) await client.DisposeAsync();
        await _server.DisposeAsync();
    }
}
