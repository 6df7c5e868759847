using System.Buffers;
using DotNats.Mqtt.Store;
using DotNats.Primitives;
using DotNats.Protocol.Mqtt;
using DotNats.Server;
using DotNats.Server.Connections;
using DotNats.Server.Routing;

namespace DotNats.Mqtt.Connections;

/// <summary>What one client publishes: its PUBLISH packets, those of QoS 2 once they are released, and its will.</summary>
/// <remarks>QoS 0 that is not retained is routed in place and allocates nothing; what is stored is acknowledged behind that.</remarks>
// Owner: the session's receive side, or the operation that runs while that is suspended. Next stops: MessageRouter, MqttSessionState.
internal sealed class MqttPublications(MqttSession session)
{
    // Of a staged message, in nats-server's reckoning: flags, a header for the subject, one for the subject before a mapping.
    private const int StagedSubjectBytes = 1 + 13 + 1 + 2;
    private const int StagedMappedBytes = 12 + 1 + 2;

    // Compat: nats-server takes a line end off the size, which MQTT messages do not have.
    private const int UncountedBytes = 2;

    // What nothing has to be stored for.
    private static readonly Task<string?> Stored = Task.FromResult<string?>(null);

    private readonly ServerCore _server = session.Server;
    private readonly Connection _connection = session.Connection;
    private readonly AckPipeline _acks = new(session);

    /// <summary>So much is being stored that the client has to wait.</summary>
    public bool IsFull => _acks.IsFull;

    public void OnPublish(DeliveryContext context, in MqttPacket packet)
    {
        string? error = MqttPublish.Read(in packet, session.Service.Options.RejectQos2Publish, out MqttPublish publish);
        if (error is not null)
        {
            if (session.TraceEnabled) MqttTrace.Inbound(session, "PUBLISH", error);
            session.Fail(context, error);
            return;
        }

        int mark = context.Scratch.Mark;
        Span<byte> room = context.Scratch.Take(MqttTopics.MaxSubjectLength(publish.Topic.Length));
        int length = MqttTopics.ToSubject(publish.Topic, isFilter: false, room);
        if (length >= 0) Publish(context, in publish, room[..length]);
        else session.Fail(context, MqttTopics.Describe(publish.Topic, isFilter: false));
        context.Scratch.Release(mark);
    }

    private void Publish(DeliveryContext context, in MqttPublish publish, ReadOnlySpan<byte> subject)
    {
        ReadOnlySpan<byte> topic = publish.Topic;
        ReadOnlySpan<byte> mapped = default;
        if (session.Account.Mappings is not null && session.Account.TryMap(context, subject, out ReadOnlySpan<byte> target))
        {
            mapped = subject;
            subject = target;
            Span<byte> room = context.Scratch.Take(subject.Length);
            topic = room[..MqttTopics.ToTopic(subject, room)];
        }

        if (session.TraceEnabled) Trace(in publish, topic);
        int size = MqttHeaderBlock.PublishLength + publish.Payload.Length;
        if (publish.Qos == 2) size += StagedSubjectBytes + subject.Length + (mapped.IsEmpty ? 0 : StagedMappedBytes + mapped.Length);
        if (session.MaxPayloadBytes >= 0 && size > session.MaxPayloadBytes) session.RefusePayload(context, size, session.MaxPayloadBytes);
        else if (publish.Qos == 2) Stage(context, in publish, subject, mapped);
        else if (MqttSessionState.MustRetain(topic, publish.Retain)) PublishLater(context, in publish, topic, subject);
        else PublishNow(context, in publish, subject);
    }

    private void Trace(in MqttPublish publish, ReadOnlySpan<byte> topic)
    {
        MqttTrace.Inbound(session, "PUBLISH", MqttTrace.DescribePublish(topic, publish.Payload.Length, publish.Qos, publish.Retain, publish.Duplicate, publish.PacketId));
        MqttTrace.InboundPayload(session, publish.Payload);
    }

    private void PublishNow(DeliveryContext context, in MqttPublish publish, ReadOnlySpan<byte> subject)
    {
        bool isAdmitted = Admit(context, subject, publish.Payload.Length);
        if (isAdmitted) Route(context, subject, publish.Payload, publish.Qos);
        if (publish.Qos == 0) return;
        context.ReleaseHeld();
        // Compat: what the client may not publish is acknowledged all the same.
        Task<string?> storing = isAdmitted ? StoreAsync(context, subject, publish.Payload, publish.Qos) : Stored;
        context.ReleaseHeld();
        _acks.Push(storing, MqttPacketType.PubAck, publish.PacketId);
    }

    // The bytes are gone when the retained message has been stored.
    private void PublishLater(DeliveryContext context, in MqttPublish publish, ReadOnlySpan<byte> topic, ReadOnlySpan<byte> subject)
    {
        context.ReleaseHeld();
        var held = new HeldPublish(topic.ToArray(), subject.ToArray(), publish.Payload.ToArray(), publish.Qos, publish.Retain, publish.Duplicate);
        ushort id = publish.PacketId;
        session.RunElsewhere(async () =>
        {
            Task<string?> storing = await RouteAsync(held).ConfigureAwait(false);
            if (held.Qos > 0) _acks.Push(storing, MqttPacketType.PubAck, id);
        });
    }

    private void Stage(DeliveryContext context, in MqttPublish publish, ReadOnlySpan<byte> subject, ReadOnlySpan<byte> mapped)
    {
        context.ReleaseHeld();
        byte[] headers = ArrayPool<byte>.Shared.Rent(MqttHeaderBlock.MaxStagedLength(subject.Length, mapped.Length));
        int length = MqttHeaderBlock.WriteStaged(headers, subject, mapped, publish.Retain, publish.Duplicate);
        Task<string?> staging = session.State!.StageAsync(context, publish.PacketId, headers.AsSpan(0, length), publish.Payload);
        ArrayPool<byte>.Shared.Return(headers);
        context.ReleaseHeld();
        _acks.Push(staging, MqttPacketType.PubRec, publish.PacketId);
    }

    /// <summary>PUBREL: the message that waits for it is published. PUBCOMP goes out whatever comes of that.</summary>
    public async Task ReleaseAsync(ushort packetId)
    {
        MqttUnstaged staged = await session.State!.UnstageAsync(packetId).ConfigureAwait(false);
        if (staged.Error is { } error)
        {
            session.SendPacketId(MqttPacketType.PubComp, packetId);
            session.Fail(context: null, error);
            return;
        }

        Task<string?> storing = staged.Subject is { } subject
            ? await RouteAsync(new HeldPublish(MqttTopics.ToTopic(subject), subject, staged.Payload, Qos: 2, staged.Retain, Duplicate: false)).ConfigureAwait(false)
            : Stored;
        _acks.Push(storing, MqttPacketType.PubComp, packetId);
    }

    /// <summary>PUBREC: PUBREL is stored, and comes by the session's own consumer.</summary>
    public void OnPubRec(DeliveryContext context, ushort packetId)
    {
        Task<string?> storing = session.State!.OnPubRecAsync(context, packetId);
        context.ReleaseHeld();
        _acks.Push(storing, answer: null, packetId);
    }

    /// <summary>The client is lost: what it left is published.</summary>
    public Task PublishAsync(MqttWill will)
    {
        byte[] topic = will.Topic, subject = will.Subject;
        DeliveryContext context = _server.Contexts.Rent();
        int mark = context.Scratch.Mark;
        if (session.Account.Mappings is not null && session.Account.TryMap(context, subject, out ReadOnlySpan<byte> mapped))
        {
            subject = mapped.ToArray();
            topic = MqttTopics.ToTopic(subject);
        }

        context.Scratch.Release(mark);
        context.Flush();
        _server.Contexts.Return(context);
        return PublishAsync(new HeldPublish(topic, subject, will.Payload, will.Qos, will.Retain, Duplicate: false));
    }

    private async Task<string?> PublishAsync(HeldPublish held) => await (await RouteAsync(held).ConfigureAwait(false)).ConfigureAwait(false);

    // Outside of any batch. In nats-server's order: permission, retained message, everybody who listens; then it is being stored for durable consumers.
    private async Task<Task<string?>> RouteAsync(HeldPublish held)
    {
        if (!InBatch(held, static (publications, context, held) => publications.Admit(context, held.Subject, held.Payload.Length))) return Stored;
        if (MqttSessionState.MustRetain(held.Topic, held.Retain))
            await session.State!.RetainAsync(held.Topic, held.Subject, held.Payload.Span, held.Qos, held.Duplicate, held.Retain).ConfigureAwait(false);
        InBatch(held, static (publications, context, held) => publications.Route(context, held.Subject, held.Payload.Span, held.Qos));
        return held.Qos == 0 ? Stored : StoreAsync(context: null, held.Subject, held.Payload.Span, held.Qos);
    }

    private bool InBatch(HeldPublish held, Func<MqttPublications, DeliveryContext, HeldPublish, bool> action)
    {
        DeliveryContext context = _server.Contexts.Rent();
        try
        {
            return action(this, context, held);
        }
        finally
        {
            context.Flush();
            _server.Contexts.Return(context);
        }
    }

    private bool Admit(DeliveryContext context, ReadOnlySpan<byte> subject, int payloadLength)
    {
        _connection.InMessages++;
        _connection.InBytes += MqttHeaderBlock.PublishLength + payloadLength - UncountedBytes;
        if (session.MayPublish(context, subject)) return true;
        context.ReleaseHeld();
        session.TellError($"Permissions Violation for Publish to {GoQuote.Quote(subject)}");
        SessionLog.Violation(_server.Logger, session, $"Publish Violation - Subject {GoQuote.Quote(subject)}");
        return false;
    }

    // The header tells deliveries, and other servers, with which QoS it was published.
    private bool Route(DeliveryContext context, ReadOnlySpan<byte> subject, ReadOnlySpan<byte> payload, int qos)
    {
        MatchResult match = context.Matches.Find(context, session.Account, in subject);
        if (match.Count == 0) return false;
        int length = MqttHeaderBlock.PublishLength + payload.Length + 2;
        byte[] body = ArrayPool<byte>.Shared.Rent(length);
        MqttHeaderBlock.WritePublish(body, qos);
        payload.CopyTo(body.AsSpan(MqttHeaderBlock.PublishLength));
        "\r\n"u8.CopyTo(body.AsSpan(length - 2));
        var message = new Message { Subject = subject, HeaderLength = MqttHeaderBlock.PublishLength, Body = body.AsSpan(0, length), Origin = _connection };
        bool delivered = MessageRouter.Route(context, match, in message);
        ArrayPool<byte>.Shared.Return(body);
        return delivered;
    }

    private Task<string?> StoreAsync(DeliveryContext? context, ReadOnlySpan<byte> subject, ReadOnlySpan<byte> payload, int qos)
    {
        // Lost by a mapping: no consumer can ask for it.
        if (subject.IsEmpty) return Stored;
        Span<byte> headers = stackalloc byte[MqttHeaderBlock.PublishLength];
        MqttHeaderBlock.WritePublish(headers, qos);
        return session.State!.StoreAsync(context, subject, headers, payload);
    }

    /// <summary>A message that outlives the packet it came in.</summary>
    private sealed record HeldPublish(byte[] Topic, byte[] Subject, ReadOnlyMemory<byte> Payload, int Qos, bool Retain, bool Duplicate);
}
