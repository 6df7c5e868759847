using DotNats.JetStream;
using DotNats.Server;

namespace DotNats.Mqtt.Store;

/// <summary>The consumers by which messages leave the streams.</summary>
/// <remarks>Compat: the configurations nats-server asks for, to the field; those of sessions are kept in their records.</remarks>
internal sealed class MqttConsumers(ServerCore server, MqttApi api)
{
    private static readonly TimeSpan DefaultAckWait = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan RetainedThreshold = TimeSpan.FromMinutes(5);

    /// <summary>Messages that may wait for one client, or of one consumer. Options may change it.</summary>
    public int MaxAckPending => server.Options.Mqtt is { MaxAckPending: > 0 and var most } ? most : 1024;

    /// <summary>What delivers the messages of a subscription.</summary>
    public ConsumerConfig ForFilter(string filter, string hash) => OfSession() with
    {
        DeliverSubject = MqttSubjects.DeliverPrefix + api.NextId(),
        Durable = $"{hash}_{api.NextId()}",
        FilterSubject = MqttSubjects.MessagePrefix + filter,
    };

    /// <summary>What delivers a session's PUBREL packets.</summary>
    public ConsumerConfig ForReleases(string hash) => OfSession() with
    {
        DeliverSubject = MqttSubjects.ReleaseDelivery(hash),
        Durable = MqttSubjects.ReleaseConsumer(hash),
        FilterSubject = MqttSubjects.ReleaseSubject(hash),
    };

    /// <summary>Makes a durable consumer.</summary>
    public Task<MqttAnswer> MakeAsync(string stream, ConsumerConfig config) =>
        api.CallAsync("CC", $"CONSUMER.DURABLE.CREATE.{stream}.{config.Durable}", Request(stream, config));

    /// <summary>Has all retained messages sent, and those to come.</summary>
    public Task<MqttAnswer> FollowRetainedAsync(string deliverSubject) => api.CallAsync("CC", $"CONSUMER.CREATE.{MqttSubjects.Retained}", Request(MqttSubjects.Retained, new ConsumerConfig
    {
        Name = $"{MqttSubjects.Retained}_{api.NextId()}",
        FilterSubject = MqttSubjects.RetainedPrefix + ">",
        DeliverSubject = deliverSubject,
        ReplayPolicy = ReplayPolicy.Instant,
        AckPolicy = AckPolicy.None,
        InactiveThresholdNanoseconds = Nanoseconds(RetainedThreshold),
    }));

    /// <summary>Deletes a consumer and does not wait.</summary>
    public void Delete(string stream, string name) => api.Tell($"CONSUMER.DELETE.{stream}.{name}", default);

    /// <summary>Deletes a consumer.</summary>
    public Task<MqttAnswer> DeleteAsync(string stream, string name) => api.CallAsync("CD", $"CONSUMER.DELETE.{stream}.{name}", default);

    private ConsumerConfig OfSession()
    {
        MqttOptions options = server.Options.Mqtt ?? new MqttOptions();
        return new ConsumerConfig
        {
            AckPolicy = AckPolicy.Explicit,
            DeliverPolicy = DeliverPolicy.New,
            AckWaitNanoseconds = Nanoseconds(options.AckWait > TimeSpan.Zero ? options.AckWait : DefaultAckWait),
            MaxAckPending = MaxAckPending,
            MemoryStorage = options.ConsumerMemoryStorage,
            InactiveThresholdNanoseconds = Math.Max(0, Nanoseconds(options.ConsumerInactiveThreshold)),
        };
    }

    private static long Nanoseconds(TimeSpan time) => time.Ticks * TimeSpan.NanosecondsPerTick;

    private static byte[] Request(string stream, ConsumerConfig config) => ApiJson.Write((stream, config), static (json, request) =>
    {
        json.WriteStartObject();
        json.WriteString("stream_name"u8, request.stream);
        json.WritePropertyName("config"u8);
        ConsumerConfigJson.Write(json, request.config);
        json.WriteString("action"u8, "");
        json.WriteEndObject();
    });
}
