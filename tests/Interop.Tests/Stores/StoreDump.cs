using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using DotNats.Client;

namespace Interop.Tests;

/// <summary>Everything that a server's streams hold, as text to be compared: one line for each stream and each message.</summary>
public static class StoreDump
{
    // Longer payloads are told by their hash.
    private const int MostBytes = 100;

    public static async Task<string> ReadAsync(NatsConnection connection)
    {
        var text = new StringBuilder();
        using JsonDocument names = await AskAsync(connection, "STREAM.NAMES", "");
        foreach (JsonElement name in names.RootElement.GetProperty("streams").EnumerateArray()) await ReadAsync(connection, name.GetString()!, text);
        return text.ToString();
    }

    private static async Task ReadAsync(NatsConnection connection, string name, StringBuilder text)
    {
        using JsonDocument info = await AskAsync(connection, "STREAM.INFO." + name, """{"deleted_details":true}""");
        JsonElement config = info.RootElement.GetProperty("config"), state = info.RootElement.GetProperty("state");
        text.Append(CultureInfo.InvariantCulture, $"{name} {config.GetProperty("subjects").GetRawText()} {Of(config, "max_msgs_per_subject")} {info.RootElement.GetProperty("created")}:");
        // nats-server counts sequence 0 among what is deleted where files never held a message; its earlier releases did not.
        string[] members = state.GetProperty("last_seq").GetUInt64() == 0 ? ["messages"] : ["messages", "bytes", "first_seq", "last_seq", "num_subjects", "num_deleted", "deleted"];
        foreach (string member in members) text.Append(CultureInfo.InvariantCulture, $" {member}={Of(state, member)}");
        text.Append('\n');
        for (ulong sequence = state.GetProperty("first_seq").GetUInt64(); sequence <= state.GetProperty("last_seq").GetUInt64(); sequence++)
        {
            using JsonDocument answer = await AskAsync(connection, "STREAM.MSG.GET." + name, string.Create(CultureInfo.InvariantCulture, $$"""{"seq":{{sequence}}}"""));
            text.Append(CultureInfo.InvariantCulture, $"  {sequence} {Describe(answer.RootElement)}\n");
        }
    }

    private static string Describe(JsonElement answer)
    {
        if (!answer.TryGetProperty("message", out JsonElement message)) return answer.GetProperty("error").GetProperty("err_code").GetRawText();
        string headers = message.TryGetProperty("hdrs", out JsonElement block) ? Encoding.UTF8.GetString(block.GetBytesFromBase64()).Replace("\r\n", "|", StringComparison.Ordinal) : "";
        byte[] data = message.TryGetProperty("data", out JsonElement payload) ? payload.GetBytesFromBase64() : [];
        string content = data.Length <= MostBytes ? Encoding.UTF8.GetString(data) : $"{data.Length} bytes {Convert.ToHexString(SHA256.HashData(data))}";
        return $"{message.GetProperty("subject").GetString()} {message.GetProperty("time").GetString()} {headers} {content}";
    }

    private static string Of(JsonElement json, string member) => json.TryGetProperty(member, out JsonElement value) ? value.GetRawText() : "0";

    private static async Task<JsonDocument> AskAsync(NatsConnection connection, string request, string body) =>
        JsonDocument.Parse((await connection.RequestAsync("$JS.API." + request, body)).Payload);
}
