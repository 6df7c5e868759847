using DotNats.JetStream;
using DotNats.JetStream.Consumers;
using DotNats.Protocol.Text;
using Server.Tests.Harness;
using Shouldly;

namespace JetStream.Tests.Harness;

/// <summary>Consumers that are made without the API.</summary>
internal static class TestConsumers
{
    public const long Second = 1_000_000_000;

    /// <summary>A durable pull consumer with explicit acknowledgements, as the API would complete it.</summary>
    public static ConsumerConfig Durable(string name) => new()
    {
        Durable = name,
        Name = name,
        AckPolicy = AckPolicy.Explicit,
        AckWaitNanoseconds = 30 * Second,
        MaxDeliver = -1,
        MaxAckPending = 1000,
        MaxWaiting = 512,
    };

    /// <summary>One that pushes.</summary>
    public static ConsumerConfig Push(string name, string subject) => Durable(name) with { DeliverSubject = subject, MaxWaiting = 0 };

    public static async Task<LiveConsumer> StartConsumerAsync(this StreamServer server, string stream, ConsumerConfig config, Action<LiveConsumer>? onInactive = null)
    {
        var meta = new ConsumerMeta { Config = config, Name = config.Name, Created = GoTime.From(server.Time.GetUtcNow()) };
        var consumer = new LiveConsumer(server.Core, server.Stream(stream), meta, directory: null, onInactive ?? (static _ => { }));
        await consumer.StartAsync();
        return consumer;
    }

    /// <summary>Publishes and waits until all is stored.</summary>
    public static async Task StoreAsync(this Dialogue client, StreamServer server, string stream, params string[] messages)
    {
        ulong wanted = server.Stream(stream).Log.State.LastSequence + (ulong)messages.Length;
        foreach (string message in messages)
        {
            string[] parts = message.Split(' ', 2);
            client.Send($"PUB {parts[0]} {parts[1].Length}", parts[1]);
        }

        await Eventually.HoldsAsync(() => server.Stream(stream).Log.State.LastSequence >= wanted, "everything is stored");
    }

    /// <summary>A client that was asked already whether it is there, and is not again for two minutes.</summary>
    public static async Task<Dialogue> ConnectPingedAsync(this StreamServer server)
    {
        Dialogue client = await server.ConnectAsync();
        (await client.FenceAsync()).ShouldBeEmpty();
        server.Time.Advance(TimeSpan.FromSeconds(3));
        await client.ExpectAsync("PING");
        client.Send("PONG");
        (await client.FenceAsync()).ShouldBeEmpty();
        return client;
    }

    /// <summary>Nanoseconds since 1970 on the server's clock.</summary>
    public static long Now(this StreamServer server) => (server.Time.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks * 100;

    /// <summary>Reads a message's line and body; the time in its acknowledgement subject must be the server's.</summary>
    public static Task ExpectDeliveryAsync(this Dialogue client, StreamServer server, string subject, string id, string ack, string body) =>
        client.ExpectAsync($"MSG {subject} {id} $JS.ACK.{ack.Replace("T", server.Now().ToString(System.Globalization.CultureInfo.InvariantCulture), StringComparison.Ordinal)} {body.Length}", body);
}
