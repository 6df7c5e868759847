using System.Text;
using DotNats.JetStream.Api;
using DotNats.Protocol.Text;
using DotNats.Server.SystemAccount;

namespace DotNats.JetStream.Origins;

/// <summary>Where a consumer of an origin is to begin; all empty for its first message.</summary>
internal readonly record struct OriginStart(ulong Sequence, GoTime? Time);

/// <summary>What an origin's server is asked: for a consumer that sends us its messages, or that one that is there begins again.</summary>
/// <remarks>Pure but for the names it draws. Compat: the consumer nats-server asks for, to the field.</remarks>
internal static class OriginRequest
{
    /// <summary>API levels that are tried one after the other: with detection of new origins of an old name, with consumers for copying, neither.</summary>
    public const int IdentityLevel = 5;
    public const int SourcingLevel = 4;

    private const string ApiPrefix = "$JS.API";

    // No message is sent again, however long it takes.
    private const long AckWaitHours = 22;

    /// <summary>The consumer that is asked for.</summary>
    /// <param name="unique">Part of the name where the other side does not add one itself; empty where it does.</param>
    public static ConsumerConfig ConsumerOf(OriginSpec origin, OriginStart start, string deliverSubject, string unique)
    {
        string kind = origin.IsMirror ? "mirror" : "src";
        var metadata = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            [$"_nats.{kind}.stream"] = origin.Owner.Stream,
            [$"_nats.{kind}.acc"] = origin.Owner.Account,
        };
        if (origin.Owner.Domain is { } domain) metadata[$"_nats.{kind}.domain"] = domain;
        string[] filters = [.. origin.Source.SubjectTransforms.Select(static transform => transform.Source)];
        string filter = origin.Source.FilterSubject.Length == 0 && filters.Length == 1 ? filters[0] : origin.Source.FilterSubject;
        return new ConsumerConfig
        {
            Name = unique.Length == 0 ? origin.ConsumerName : $"{origin.ConsumerName}_{unique}",
            DeliverSubject = deliverSubject,
            DeliverPolicy = start.Time is not null ? DeliverPolicy.ByStartTime : start.Sequence > 0 ? DeliverPolicy.ByStartSequence : DeliverPolicy.All,
            StartSequence = start.Time is null ? start.Sequence : 0,
            StartTime = start.Time,
            AckPolicy = AckPolicy.None,
            AckWaitNanoseconds = TimeSpan.FromHours(AckWaitHours).Ticks * TimeSpan.NanosecondsPerTick,
            MaxDeliver = 1,
            HeartbeatNanoseconds = OriginRetry.Heartbeat.Ticks * TimeSpan.NanosecondsPerTick,
            FlowControl = true,
            Direct = true,
            Sourcing = unique.Length == 0,
            InactiveThresholdNanoseconds = OriginRetry.Silence.Ticks * TimeSpan.NanosecondsPerTick,
            Metadata = metadata,
            FilterSubject = filter,
            FilterSubjects = filter.Length == 0 ? filters : [],
        };
    }

    /// <summary>The request's body.</summary>
    public static byte[] BodyOf(OriginSpec origin, ConsumerConfig consumer) => ApiJson.Write((origin.Name, consumer), static (json, request) =>
    {
        json.WriteStartObject();
        json.WriteString("stream_name"u8, request.Name);
        json.WritePropertyName("config"u8);
        ConsumerConfigJson.Write(json, request.consumer);
        json.WriteString("action"u8, "");
        json.WriteEndObject();
    });

    /// <summary>Where a request to create the consumer goes.</summary>
    public static string SubjectOf(OriginSpec origin, ConsumerConfig consumer) => Elsewhere(origin, consumer.FilterSubject.Length > 0
        ? $"{ApiPrefix}.CONSUMER.CREATE.{origin.Name}.{consumer.Name}.{consumer.FilterSubject}"
        : $"{ApiPrefix}.CONSUMER.CREATE.{origin.Name}");

    /// <summary>Where a request goes that lets a consumer begin again.</summary>
    public static string ResetSubjectOf(OriginSpec origin) => Elsewhere(origin, $"{ApiPrefix}.CONSUMER.RESET.{origin.Name}.{origin.Durable!.Name}");

    /// <summary>Where a request to delete a consumer goes.</summary>
    public static string DeleteSubjectOf(OriginSpec origin) => Elsewhere(origin, $"{ApiPrefix}.CONSUMER.DELETE.{origin.Name}.{origin.ConsumerName}");

    /// <summary>A subject of our own for messages to come to.</summary>
    /// <param name="id">A name nobody else has.</param>
    public static string DeliverSubjectOf(OriginSpec origin, string id)
    {
        string kind = origin.IsMirror ? "M" : "S";
        string prefix = origin.Source.External is { DeliverPrefix.Length: > 0 } external ? $"{external.DeliverPrefix}.{kind}" : $"$JS.{kind}";
        return WithoutEmptyTokens($"{prefix}.{ServerHash.Of(id)}");
    }

    /// <summary>Header block of a request.</summary>
    /// <param name="identity">What the origin was when it was copied last; empty where that is not known.</param>
    public static byte[] HeadersOf(int level, string identity)
    {
        if (level == 0) return [];
        string text = string.Create(null, $"NATS/1.0\r\nNats-Required-Api-Level: {level}\r\n");
        if (level >= IdentityLevel) text += $"Nats-Stream-Identity: {identity}\r\n";
        return Encoding.ASCII.GetBytes(text + "\r\n");
    }

    private static string Elsewhere(OriginSpec origin, string subject) =>
        origin.Source.External is { } external ? WithoutEmptyTokens(external.ApiPrefix + subject[ApiPrefix.Length..]) : subject;

    private static string WithoutEmptyTokens(string subject) => subject.Replace("..", ".", StringComparison.Ordinal);
}
