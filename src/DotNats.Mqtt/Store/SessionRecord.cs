using System.Text;
using System.Text.Json;
using DotNats.JetStream;

namespace DotNats.Mqtt.Store;

/// <summary>What is stored of a session: nats-server's record, to the byte.</summary>
/// <param name="Origin">Server that stored it.</param>
/// <param name="ClientId">Whose session it is.</param>
/// <param name="IsClean">It ends with its connection.</param>
/// <param name="Subscriptions">QoS granted, by filter as a subject.</param>
/// <param name="Consumers">Durable consumers by sid: the filter, or that of its parent.</param>
/// <param name="Releases">The consumer of its PUBREL packets.</param>
internal sealed record SessionRecord(
    string Origin, string ClientId, bool IsClean, SortedDictionary<string, byte> Subscriptions, SortedDictionary<string, ConsumerConfig> Consumers, ConsumerConfig? Releases)
{
    /// <summary>Of a session that begins.</summary>
    public static SessionRecord New => new("", "", false, new(StringComparer.Ordinal), new(StringComparer.Ordinal), null);

    /// <summary>Reads a record; null where it is none.</summary>
    public static SessionRecord? Read(ReadOnlySpan<byte> json, out string? error)
    {
        error = null;
        try
        {
            var reader = new Utf8JsonReader(json);
            using JsonDocument document = JsonDocument.ParseValue(ref reader);
            return Read(document.RootElement);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or FormatException)
        {
            error = exception.Message;
            return null;
        }
    }

    public byte[] Write() => ApiJson.Write(this, static (json, record) => record.Write(json));

    private static SessionRecord Read(JsonElement record)
    {
        var subscriptions = new SortedDictionary<string, byte>(StringComparer.Ordinal);
        var consumers = new SortedDictionary<string, ConsumerConfig>(StringComparer.Ordinal);
        ConsumerConfig? releases = null;
        if (Object(record, "subs") is { } subs)
        {
            foreach (JsonProperty item in subs.EnumerateObject()) subscriptions[item.Name] = item.Value.GetByte();
        }

        if (Object(record, "cons") is { } cons)
        {
            foreach (JsonProperty item in cons.EnumerateObject())
            {
                if (item.Value.ValueKind != JsonValueKind.Null) consumers[item.Name] = Consumer(item.Value);
            }
        }

        if (Object(record, "pubrel") is { } pubRel) releases = Consumer(pubRel);
        return new SessionRecord(Text(record, "origin"), Text(record, "id"), record.TryGetProperty("clean", out JsonElement clean) && clean.GetBoolean(), subscriptions, consumers, releases);
    }

    private static ConsumerConfig Consumer(JsonElement json)
    {
        ConsumerConfig consumer = ConsumerConfigReader.Config.ReadWhole(Encoding.UTF8.GetBytes(json.GetRawText()), new ConsumerConfig(), out string? error);
        return error is null ? consumer : throw new FormatException(error);
    }

    private static JsonElement? Object(JsonElement record, string name) =>
        record.TryGetProperty(name, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? value : null;

    private static string Text(JsonElement record, string name) => record.TryGetProperty(name, out JsonElement value) ? value.GetString() ?? "" : "";

    private void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteUnlessEmpty("origin"u8, Origin);
        json.WriteUnlessEmpty("id"u8, ClientId);
        json.WriteIfTrue("clean"u8, IsClean);
        if (Subscriptions.Count > 0)
        {
            json.WriteStartObject("subs"u8);
            foreach ((string filter, byte qos) in Subscriptions) json.WriteNumber(filter, qos);
            json.WriteEndObject();
        }

        if (Consumers.Count > 0)
        {
            json.WriteStartObject("cons"u8);
            foreach ((string sid, ConsumerConfig consumer) in Consumers)
            {
                json.WritePropertyName(sid);
                ConsumerConfigJson.Write(json, consumer);
            }

            json.WriteEndObject();
        }

        if (Releases is not null)
        {
            json.WritePropertyName("pubrel"u8);
            ConsumerConfigJson.Write(json, Releases);
        }

        json.WriteEndObject();
    }
}
