using System.Text;
using System.Text.Json;
using DotNats.JetStream.Publishing.Headers;

namespace DotNats.JetStream.Origins;

/// <summary>What an origin's server says of the consumer it was asked for.</summary>
/// <param name="Error">Null where there is a consumer.</param>
/// <param name="Delivered">Stream sequence up to which the consumer will send nothing.</param>
/// <param name="Identity">Of the origin; empty from servers that do not tell.</param>
internal sealed record OriginAnswer(ApiError? Error, string Consumer, string DeliverSubject, bool AcksByFlowControl, ulong Delivered, string Identity)
{
    /// <summary>Reads an answer; null for what is no JSON.</summary>
    public static OriginAnswer? Read(ReadOnlySpan<byte> headers, ReadOnlySpan<byte> payload, bool isMirror)
    {
        // Nobody there.
        if (payload.IsEmpty) return null;
        try
        {
            var reader = new Utf8JsonReader(payload);
            using JsonDocument document = JsonDocument.ParseValue(ref reader);
            return Read(document.RootElement, Encoding.UTF8.GetString(HeaderLookup.Find(headers, "Nats-Stream-Identity"u8)), isMirror);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or FormatException)
        {
            return null;
        }
    }

    private static OriginAnswer Read(JsonElement answer, string identity, bool isMirror)
    {
        if (answer.TryGetProperty("error", out JsonElement error) && error.ValueKind == JsonValueKind.Object) return Failed(ReadError(error));
        if (!answer.TryGetProperty("config", out JsonElement config) || config.ValueKind != JsonValueKind.Object || !answer.TryGetProperty("name", out JsonElement name))
            return Failed((isMirror ? ApiErrors.MirrorConsumerSetupFailed : ApiErrors.SourceConsumerSetupFailed).With(("{err}", "invalid consumer create response")));
        ulong delivered = answer.TryGetProperty("delivered", out JsonElement place) && place.TryGetProperty("stream_seq", out JsonElement sequence) ? sequence.GetUInt64() : 0;
        return new OriginAnswer(null, name.GetString() ?? "", Text(config, "deliver_subject"), Text(config, "ack_policy") == "flow_control", delivered, identity);
    }

    private static OriginAnswer Failed(ApiError error) => new(error, "", "", false, 0, "");

    private static ApiError ReadError(JsonElement error) => new(Number(error, "code"), Number(error, "err_code"), Text(error, "description"));

    private static int Number(JsonElement value, string name) => value.TryGetProperty(name, out JsonElement number) && number.TryGetInt32(out int read) ? read : 0;

    private static string Text(JsonElement value, string name) => value.TryGetProperty(name, out JsonElement text) ? text.GetString() ?? "" : "";
}
