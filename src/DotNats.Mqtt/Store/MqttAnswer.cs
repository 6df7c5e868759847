using System.Text;
using System.Text.Json;
using DotNats.JetStream;

namespace DotNats.Mqtt.Store;

/// <summary>What JetStream answered: the parts MQTT asks for.</summary>
internal sealed class MqttAnswer
{
    private static readonly ApiError InvalidJson = ApiErrors.InvalidJSON;

    /// <summary>Which error of JetStream it is; 0 where it is none of its errors.</summary>
    public int ErrorCode { get; private init; }

    /// <summary>What went wrong, in nats-server's words; null for nothing.</summary>
    public string? Error { get; private init; }

    /// <summary>Of the message that was stored or asked for; 0 where the answer names none.</summary>
    public ulong Sequence { get; private init; }

    /// <summary>Of a stream that was asked for or made: what it takes.</summary>
    public IReadOnlyList<string> Subjects { get; private init; } = [];

    /// <summary>Of such a stream: messages a subject may have.</summary>
    public long MaxMessagesPerSubject { get; private init; }

    /// <summary>Of such a stream: its configuration whole, as JSON.</summary>
    public byte[] Config { get; private init; } = [];

    /// <summary>Of such a stream: servers that have it.</summary>
    public int Replicas { get; private init; } = 1;

    /// <summary>Of a consumer that was made: messages it has to deliver.</summary>
    public ulong Pending { get; private init; }

    /// <summary>Names of streams that were asked for.</summary>
    public IReadOnlyList<string> Streams { get; private init; } = [];

    /// <summary>Of a message that was asked for.</summary>
    public string Subject { get; private init; } = "";

    /// <summary>Of a message that was asked for.</summary>
    public byte[] Headers { get; private init; } = [];

    /// <summary>Of a message that was asked for.</summary>
    public byte[] Payload { get; private init; } = [];

    /// <summary>It is that error.</summary>
    public bool Is(ApiError listed) => ErrorCode != 0 && ErrorCode == listed.ErrCode;

    /// <summary>It is an error, and another one than that.</summary>
    public bool IsOtherThan(ApiError listed) => Error is not null && !Is(listed);

    public static MqttAnswer Failed(string error) => new() { Error = error };

    /// <summary>Reads an answer; what cannot be read is an error.</summary>
    public static MqttAnswer Read(ReadOnlySpan<byte> json)
    {
        try
        {
            var reader = new Utf8JsonReader(json);
            using JsonDocument document = JsonDocument.ParseValue(ref reader);
            return Read(document.RootElement);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or FormatException)
        {
            return Failed(InvalidJson.With(("{err}", exception.Message)));
        }
    }

    private static MqttAnswer Failed(ApiError error) => new() { Error = error.ToString(), ErrorCode = error.ErrCode };

    private static MqttAnswer Read(JsonElement answer)
    {
        if (Find(answer, "error") is { } error) return Failed(new ApiError(Number(error, "code"), Number(error, "err_code"), Text(error, "description")));
        JsonElement? config = Find(answer, "config");
        JsonElement? message = Find(answer, "message");
        return new MqttAnswer
        {
            Sequence = Natural(message ?? answer, "seq"),
            Pending = Natural(answer, "num_pending"),
            Streams = Texts(answer, "streams"),
            Config = config is { } whole ? Encoding.UTF8.GetBytes(whole.GetRawText()) : [],
            Subjects = config is { } stream ? Texts(stream, "subjects") : [],
            MaxMessagesPerSubject = config is { } limits ? Number(limits, "max_msgs_per_subject") : 0,
            Replicas = Find(answer, "cluster") is { } cluster && cluster.TryGetProperty("replicas", out JsonElement replicas) && replicas.ValueKind == JsonValueKind.Array
                ? 1 + replicas.GetArrayLength()
                : 1,
            Subject = message is { } named ? Text(named, "subject") : "",
            Headers = message is { } headed ? Bytes(headed, "hdrs") : [],
            Payload = message is { } full ? Bytes(full, "data") : [],
        };
    }

    private static JsonElement? Find(JsonElement value, string name) =>
        value.ValueKind == JsonValueKind.Object && value.TryGetProperty(name, out JsonElement found) && found.ValueKind == JsonValueKind.Object ? found : null;

    private static int Number(JsonElement value, string name) => value.TryGetProperty(name, out JsonElement number) && number.TryGetInt32(out int read) ? read : 0;

    private static ulong Natural(JsonElement value, string name) => value.TryGetProperty(name, out JsonElement number) && number.TryGetUInt64(out ulong read) ? read : 0;

    private static string Text(JsonElement value, string name) => value.TryGetProperty(name, out JsonElement text) ? text.GetString() ?? "" : "";

    private static byte[] Bytes(JsonElement value, string name) => value.TryGetProperty(name, out JsonElement bytes) && bytes.ValueKind == JsonValueKind.String ? bytes.GetBytesFromBase64() : [];

    private static List<string> Texts(JsonElement value, string name)
    {
        var texts = new List<string>();
        if (!value.TryGetProperty(name, out JsonElement list) || list.ValueKind != JsonValueKind.Array) return texts;
        foreach (JsonElement item in list.EnumerateArray()) texts.Add(item.GetString() ?? "");
        return texts;
    }
}
