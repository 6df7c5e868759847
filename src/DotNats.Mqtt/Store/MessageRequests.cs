using System.Text.Json;
using DotNats.JetStream;

namespace DotNats.Mqtt.Store;

/// <summary>Loads and removes single messages of MQTT's streams.</summary>
internal static class MessageRequests
{
    /// <summary>The last message of a subject.</summary>
    public static Task<MqttAnswer> LoadLastAsync(this MqttApi api, string stream, string subject) => Load(api, stream, "last_by_subj", subject);

    /// <summary>The first message of a subject.</summary>
    public static Task<MqttAnswer> LoadNextAsync(this MqttApi api, string stream, string subject) => Load(api, stream, "next_by_subj", subject);

    /// <summary>The message of a sequence.</summary>
    public static Task<MqttAnswer> LoadAsync(this MqttApi api, string stream, ulong sequence) =>
        api.CallAsync("ML", $"STREAM.MSG.GET.{stream}", ApiJson.Write(sequence, static (json, sequence) => WriteSequence(json, sequence, noErase: false)));

    /// <summary>Removes a message.</summary>
    public static Task<MqttAnswer> DeleteAsync(this MqttApi api, string stream, ulong sequence) => api.CallAsync("MD", $"STREAM.MSG.DELETE.{stream}", Deletion(sequence));

    /// <summary>Removes a message and does not wait.</summary>
    public static void Delete(this MqttApi api, string stream, ulong sequence) => api.Tell($"STREAM.MSG.DELETE.{stream}", Deletion(sequence));

    private static Task<MqttAnswer> Load(MqttApi api, string stream, string by, string subject) =>
        api.CallAsync("ML", $"STREAM.MSG.GET.{stream}", ApiJson.Write((by, subject), static (json, request) =>
        {
            json.WriteStartObject();
            json.WriteString(request.by, request.subject);
            json.WriteEndObject();
        }));

    private static byte[] Deletion(ulong sequence) => ApiJson.Write(sequence, static (json, sequence) => WriteSequence(json, sequence, noErase: true));

    private static void WriteSequence(Utf8JsonWriter json, ulong sequence, bool noErase)
    {
        json.WriteStartObject();
        json.WriteNumber("seq"u8, sequence);
        json.WriteIfTrue("no_erase"u8, noErase);
        json.WriteEndObject();
    }
}
