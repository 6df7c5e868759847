using System.Text;
using DotNats;
using DotNats.Mqtt.Store;
using DotNats.Protocol.Mqtt;
using DotNats.Server.Routing;
using JetStream.Tests.Harness;
using Shouldly;

namespace Mqtt.Tests.Harness;

/// <summary>A server with JetStream and the store of MQTT above it, spoken to without packets.</summary>
internal sealed class StoreHarness(StreamServer server) : IAsyncDisposable
{
    public StreamServer Server { get; } = server;

    public MqttAccounts Accounts { get; } = new(server.Core);

    public static async Task<StoreHarness> StartAsync(Func<MqttOptions, MqttOptions>? change = null, string? directory = null) =>
        new(await StreamServer.StartAsync(options => options with { ServerName = "S", Mqtt = change?.Invoke(new MqttOptions()) ?? new MqttOptions() }, directory));

    public async Task<MqttAccount> OpenAsync()
    {
        MqttOpened opened = await Eventually.ComesAsync(Accounts.OpenAsync(Server.Core.Accounts.Global));
        opened.Error.ShouldBeNull();
        return opened.Account.ShouldNotBeNull();
    }

    /// <summary>A client with its session.</summary>
    public async Task<FakePeer> AttachAsync(string clientId, bool clean = true, bool isPresent = false, string username = "")
    {
        var peer = new FakePeer(Server.Core) { Username = username };
        MqttAttached attached = await Eventually.ComesAsync((await OpenAsync()).AttachAsync(clientId, clean, peer));
        (attached.Error, attached.IsPresent).ShouldBe((null, isPresent));
        peer.State = attached.Session.ShouldNotBeNull();
        (await Eventually.ComesAsync(peer.State.RestoreAsync())).ShouldBeNull();
        return peer;
    }

    /// <summary>Publishes as a connection does: retained first, then to who listens, then stored.</summary>
    public async Task PublishAsync(FakePeer peer, string topic, string payload, int qos = 1, bool retain = false)
    {
        byte[] name = Encoding.UTF8.GetBytes(topic);
        byte[] subject = MqttTopics.ToSubject(name, isFilter: false, out _).ShouldNotBeNull();
        byte[] body = Encoding.UTF8.GetBytes(payload);
        if (MqttSessionState.MustRetain(name, retain)) await Eventually.ComesAsync(peer.State!.RetainAsync(name, subject, body, qos, duplicate: false, retain));
        byte[] headers = new byte[MqttHeaderBlock.PublishLength];
        MqttHeaderBlock.WritePublish(headers, qos);
        DotNats.Server.InternalClients.InternalPublisher.Publish(Server.Core, Server.Core.Accounts.Global, subject, default, headers, body);
        if (qos > 0) (await Eventually.ComesAsync(peer.State!.StoreAsync(null, subject, headers, body))).ShouldBeNull();
    }

    /// <summary>Does something inside a batch of its own.</summary>
    public void InBatch(Action<DeliveryContext> work)
    {
        DeliveryContext context = Server.Core.Contexts.Rent();
        work(context);
        context.Flush();
        Server.Core.Contexts.Return(context);
    }

    public async ValueTask DisposeAsync()
    {
        Accounts.Dispose();
        await Server.DisposeAsync();
    }
}

/// <summary>Subscribing by topics.</summary>
internal static class Subscribing
{
    /// <summary>Codes granted, as text; retained messages are sent behind.</summary>
    public static async Task<string> SubscribeAsync(this FakePeer peer, params (string Filter, int Qos)[] filters)
    {
        MqttSubscribed subscribed = await Eventually.ComesAsync(peer.State!.SubscribeAsync([.. filters.Select(static filter => Filter(filter.Filter, filter.Qos))]));
        subscribed.Error.ShouldBeNull();
        foreach (MqttInterest interest in subscribed.Interests)
        {
            foreach (MqttRetainedDelivery delivery in interest.Retained ?? [])
                peer.Sent.Enqueue($"retained {Encoding.UTF8.GetString(delivery.Topic)} {Encoding.UTF8.GetString(delivery.Payload.Span)} qos={delivery.Qos} id={delivery.PacketId}");
            interest.Retained = null;
        }

        return Convert.ToHexString(subscribed.Codes);
    }

    public static async Task UnsubscribeAsync(this FakePeer peer, params string[] filters) =>
        (await Eventually.ComesAsync(peer.State!.UnsubscribeAsync([.. filters.Select(static filter => Filter(filter, 0))]))).ShouldBeNull();

    private static MqttFilter Filter(string topic, int qos)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(topic);
        byte[]? subject = MqttTopics.ToSubject(bytes, isFilter: true, out string? error);
        return new MqttFilter(bytes, subject is null ? "" : Encoding.UTF8.GetString(subject), qos, error);
    }
}
