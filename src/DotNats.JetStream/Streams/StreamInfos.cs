using System.Text.Json;
using DotNats.JetStream.Origins;
using DotNats.Protocol.Text;
using DotNats.Storage;

namespace DotNats.JetStream.Streams;

/// <summary>What answers and monitoring say of a stream.</summary>
internal static class StreamInfos
{
    public static byte[] WriteConfig(LiveStream stream) => StreamConfigJson.Write(stream.Config);

    public static byte[] WriteState(LiveStream stream) => ApiJson.Write(stream, static (json, stream) => WriteState(json, stream, new StateDetails()));

    public static byte[] WriteCluster(LiveStream stream) => ApiJson.Write(stream.ServerName, static (json, leader) => WriteCluster(json, leader));

    /// <summary>Members of a stream's description.</summary>
    /// <param name="shown">The configuration with what is only shown.</param>
    /// <param name="leader">Name of the server, for requests that tell who leads the stream.</param>
    public static void Write(Utf8JsonWriter json, LiveStream stream, StreamConfig shown, StateDetails details, string? domain, string? leader, DateTimeOffset now)
    {
        WriteStream(json, stream, shown, details);
        if (!string.IsNullOrEmpty(domain)) json.WriteString("domain"u8, domain);
        if (leader is not null)
        {
            json.WritePropertyName("cluster"u8);
            WriteCluster(json, leader);
        }

        WriteOrigins(json, stream);
        json.WriteString("ts"u8, GoTime.From(now).ToString());
    }

    /// <summary>The same of a stream that was just restored.</summary>
    // Compat: where it is and what it copies is not among it.
    public static void WriteRestored(Utf8JsonWriter json, LiveStream stream, StreamConfig shown, DateTimeOffset now)
    {
        WriteStream(json, stream, shown, default);
        json.WriteString("ts"u8, GoTime.From(now).ToString());
    }

    private static void WriteStream(Utf8JsonWriter json, LiveStream stream, StreamConfig shown, StateDetails details)
    {
        json.WritePropertyName("config"u8);
        StreamConfigJson.Write(json, shown);
        json.WriteString("created"u8, stream.Created.ToString());
        json.WritePropertyName("state"u8);
        WriteState(json, stream, details);
    }

    private static void WriteOrigins(Utf8JsonWriter json, LiveStream stream)
    {
        IReadOnlyList<OriginInfo> origins = stream.Origins.Describe();
        if (origins is [{ IsMirror: true } mirror])
        {
            json.WritePropertyName("mirror"u8);
            mirror.WriteTo(json);
        }
        else if (origins.Count > 0)
        {
            json.WriteStartArray("sources"u8);
            foreach (OriginInfo source in origins) source.WriteTo(json);
            json.WriteEndArray();
        }
    }

    // Compat: a server alone leads all its streams, and has no other member to name.
    private static void WriteCluster(Utf8JsonWriter json, string leader)
    {
        json.WriteStartObject();
        json.WriteString("leader"u8, leader);
        json.WriteEndObject();
    }

    private static void WriteState(Utf8JsonWriter json, LiveStream stream, StateDetails details) => WriteState(json, stream.Log.State, stream.Consumers.PublicCount, details);

    public static void WriteState(Utf8JsonWriter json, LogState state, int consumers, StateDetails details)
    {
        json.WriteStartObject();
        json.WriteNumber("messages"u8, state.Messages);
        json.WriteNumber("bytes"u8, state.Bytes);
        json.WriteNumber("first_seq"u8, state.FirstSequence);
        json.WriteString("first_ts"u8, TimeText(state.FirstTime));
        json.WriteNumber("last_seq"u8, state.LastSequence);
        json.WriteString("last_ts"u8, TimeText(state.LastTime));
        json.WriteUnlessZero("num_subjects"u8, state.Subjects);
        if (details.Subjects is { Count: > 0 } subjects) WriteSubjects(json, subjects);
        json.WriteUnlessZero("num_deleted"u8, details.Deleted is { } listed ? (ulong)listed.Count : state.Deleted);
        if (details.Deleted is { Count: > 0 } deleted) WriteNumbers(json, deleted);
        json.WriteNumber("consumer_count"u8, consumers);
        json.WriteEndObject();
    }

    private static string TimeText(long timestamp) => (timestamp == 0 ? default : GoTime.FromUnixNanoseconds(timestamp)).ToString();

    private static void WriteSubjects(Utf8JsonWriter json, IReadOnlyList<KeyValuePair<string, ulong>> subjects)
    {
        json.WriteStartObject("subjects"u8);
        foreach ((string subject, ulong count) in subjects) json.WriteNumber(subject, count);
        json.WriteEndObject();
    }

    private static void WriteNumbers(Utf8JsonWriter json, IReadOnlyList<ulong> deleted)
    {
        json.WriteStartArray("deleted"u8);
        foreach (ulong sequence in deleted) json.WriteNumberValue(sequence);
        json.WriteEndArray();
    }
}

/// <summary>What was asked for beside the counters.</summary>
internal readonly record struct StateDetails(IReadOnlyList<KeyValuePair<string, ulong>>? Subjects, IReadOnlyList<ulong>? Deleted);
