using System.Text;
using DotNats.Mqtt.Store;
using DotNats.Primitives;
using DotNats.Protocol;
using DotNats.Protocol.Mqtt;
using DotNats.Security;
using DotNats.Server;
using DotNats.Server.Connections;
using DotNats.Server.Routing;

namespace DotNats.Mqtt.Connections;

/// <summary>What a connection listens to for its session: SUBSCRIBE, UNSUBSCRIBE, and the subscriptions in its account's table.</summary>
// Owner: the connection's operations, one at a time; OnReplaced comes from another connection's.
internal sealed class MqttListening(MqttSession session) : IMqttPeer
{
    private readonly ServerCore _server = session.Server;

    public Connection Connection => session.Connection;

    public string Username => session.Options.User ?? "";

    public string LogName => session.LogName;

    /// <summary>Subjects the server itself has consumers deliver to.</summary>
    public static bool IsServersOwn(ReadOnlySpan<byte> subject) => subject.StartsWith("$MQTT.sub."u8) || subject.StartsWith("$MQTT.deliver.pubrel."u8);

    public async Task SubscribeAsync(ushort packetId, MqttFilter[] filters)
    {
        MqttSubscribed result = await session.State!.SubscribeAsync(filters).ConfigureAwait(false);
        if (result.Error is { } error)
        {
            session.Fail(context: null, error);
            return;
        }

        if (session.TraceEnabled) MqttTrace.Outbound(session, "SUBACK", MqttTrace.PacketId(packetId));
        byte[] packet = new byte[MqttPacketWriter.MaxSubAckLength(result.Codes.Length)];
        session.SendOutside(packet.AsSpan(0, MqttPacketWriter.WriteSubAck(packet, packetId, result.Codes)));
        SendRetained(result.Interests);
    }

    public async Task UnsubscribeAsync(ushort packetId, MqttFilter[] filters)
    {
        if (await session.State!.UnsubscribeAsync(filters).ConfigureAwait(false) is { } error) session.Fail(context: null, error);
        else session.SendPacketId(MqttPacketType.UnsubAck, packetId);
    }

    // What a message that came in between has not taken along.
    private void SendRetained(IReadOnlyList<MqttInterest> interests)
    {
        DeliveryContext context = _server.Contexts.Rent();
        foreach (MqttInterest interest in interests)
        {
            context.Hold(session.Connection);
            AppendResult result = PublishWriter.WriteRetained(session, interest);
            context.PromiseFlush(session.Connection);
            if (result != AppendResult.Closed) session.OnAppended(context, result);
        }

        context.Flush();
        _server.Contexts.Return(context);
    }

    public bool TryListen(MqttInterest interest)
    {
        byte[] subject = Encoding.UTF8.GetBytes(interest.Subject);
        if (!Admits(interest, subject, out bool filter)) return false;
        if (!Subjects.IsWellFormedFilter(subject))
        {
            session.TellError(ErrorTexts.InvalidSubject);
            return false;
        }

        ISubscriber subscriber = interest.Kind switch
        {
            MqttInterestKind.Durable => new DurableDelivery(session, interest),
            MqttInterestKind.Release => new ReleaseDelivery(session),
            _ => new TopicDelivery(session, interest),
        };
        var subscription = new Subscription(subscriber, subject, queue: null, new SubscriptionId(Encoding.UTF8.GetBytes(interest.Sid))) { FilterDeliveries = filter };
        interest.Entry = subscription;
        return session.TryAddSubscription(subscription);
    }

    public void Unlisten(MqttInterest interest)
    {
        if (interest.Entry is not { } subscription) return;
        session.Subscriptions.Remove(subscription);
        session.Account.RemoveInterest(subscription);
    }

    public bool MayReceive(ReadOnlySpan<byte> subject) => session.Permissions?.CanDeliver(subject) != false;

    public void OnReplaced() => session.OnReplaced();

    private bool Admits(MqttInterest interest, byte[] subject, out bool filter)
    {
        SubscribeDecision decision = session.DecideSubscribe(subject, default);
        filter = decision.FilterDeliveries;
        string name = GoQuote.Quote(subject);
        if (!decision.Allowed)
        {
            Report($"Permissions Violation for Subscription to {name}", $"Subscription Violation - Subject {name}, SID {interest.Sid}");
            return false;
        }

        int tokens = _server.Options.Limits.MaxSubscriptionTokens;
        if (tokens > 0 && subject.AsSpan().Count((byte)'.') + 1 > tokens)
        {
            Report($"Permissions Violation for Subscription to {name}, too many tokens", $"Subscription Violation Too Many Tokens - Subject {name}, SID {interest.Sid}");
            return false;
        }

        if (!session.IsAtLimit) return true;
        SessionLog.MaxSubscriptions(_server.Logger, session);
        session.TellError(ErrorTexts.MaxSubscriptionsExceeded);
        return false;
    }

    private void Report(string error, string log)
    {
        session.TellError(error);
        SessionLog.Violation(_server.Logger, session, log);
    }
}
