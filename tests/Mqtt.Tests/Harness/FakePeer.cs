using System.Collections.Concurrent;
using System.Text;
using DotNats.Mqtt.Store;
using DotNats.Protocol.Mqtt;
using DotNats.Server;
using DotNats.Server.Connections;
using DotNats.Server.Routing;

namespace Mqtt.Tests.Harness;

/// <summary>A connection that speaks no MQTT: what would be sent is a line of text in <see cref="Sent"/>.</summary>
internal sealed class FakePeer : IMqttPeer, ISubscriber
{
    private readonly ConcurrentDictionary<Subscription, MqttInterest> _interests = new(ReferenceEqualityComparer.Instance);
    private readonly ServerCore _core;

    public FakePeer(ServerCore core)
    {
        _core = core;
        Connection = core.Attach(new SwallowingEndpoint(), "127.0.0.1", 1, peer => new ClientSession(peer, core, "STANDARD"));
        Connection.Session.Start();
    }

    public Connection Connection { get; }

    public string Username { get; init; } = "";

    public string LogName => $"cid:{Connection.Id}";

    public MqttSessionState? State { get; set; }

    /// <summary>Subjects it may not have.</summary>
    public HashSet<string> Denied { get; } = [];

    /// <summary>Filters it may not subscribe to.</summary>
    public HashSet<string> Refused { get; } = [];

    public bool IsReplaced { get; private set; }

    public ConcurrentQueue<string> Sent { get; } = new();

    /// <summary>What it listens to.</summary>
    public IEnumerable<string> Listened => _interests.Values.Select(static interest => interest.Sid).Order(StringComparer.Ordinal);

    public bool TryListen(MqttInterest interest)
    {
        if (Refused.Contains(interest.Subject)) return false;
        interest.Entry = new Subscription(this, Encoding.UTF8.GetBytes(interest.Subject), null, new SubscriptionId(Encoding.UTF8.GetBytes(interest.Sid)));
        _interests[interest.Entry] = interest;
        _core.Accounts.Global.AddInterest(interest.Entry);
        return true;
    }

    public void Unlisten(MqttInterest interest)
    {
        interest.Entry!.IsClosed = true;
        _interests.TryRemove(interest.Entry, out _);
        _core.Accounts.Global.RemoveInterest(interest.Entry);
    }

    public bool MayReceive(ReadOnlySpan<byte> subject) => !Denied.Contains(Encoding.UTF8.GetString(subject));

    public void OnReplaced() => IsReplaced = true;

    public bool Deliver(DeliveryContext context, Subscription subscription, in Message message, ReadOnlySpan<byte> subject)
    {
        if (subscription.IsClosed || !_interests.TryGetValue(subscription, out MqttInterest? interest)) return false;
        ReadOnlySpan<byte> headers = message.Body[..Math.Max(0, message.HeaderLength)];
        string payload = Encoding.UTF8.GetString(message.Body[headers.Length..message.Size]);
        context.Hold(Connection);
        if (interest.Kind == MqttInterestKind.Topic)
        {
            if (!(interest.Qos > 0 && MqttHeaderBlock.ReadQos(headers) > 0) && !interest.MustIgnore(subject)) Sent.Enqueue($"{Topic(subject)} {payload}");
            return true;
        }

        if (interest.Kind == MqttInterestKind.Release)
        {
            Sent.Enqueue($"release {State!.TrackRelease(this, headers, message.Reply)}");
            return true;
        }

        MqttDelivery delivery = State!.Track(this, interest, subject, headers, message.Reply);
        if (delivery.Verdict == MqttVerdict.Send) Sent.Enqueue($"{Topic(MqttSessionState.TopicSubject(subject))} {payload} qos={delivery.Qos} id={delivery.PacketId}{(delivery.Duplicate ? " dup" : "")}");
        context.ReleaseHeld();
        if (delivery.Verdict == MqttVerdict.Acknowledge) State.AcknowledgeUnsent(context, message.Reply);
        return true;
    }

    /// <summary>The next thing that would be sent.</summary>
    public async Task ExpectAsync(string expected)
    {
        string? next = null;
        await Eventually.HoldsAsync(() => Sent.TryDequeue(out next), $"'{expected}' is sent");
        Shouldly.ShouldBeStringTestExtensions.ShouldBe(next, expected);
    }

    /// <summary>The connection ends.</summary>
    public async Task<bool> CloseAsync()
    {
        foreach (MqttInterest interest in _interests.Values) Unlisten(interest);
        return State is null || await Eventually.ComesAsync(State.DetachAsync(this));
    }

    private static string Topic(ReadOnlySpan<byte> subject) => Encoding.UTF8.GetString(MqttTopics.ToTopic(subject));
}
