using System.Text.Json;

namespace DotNats.JetStream.Api;

/// <summary>Writes answers.</summary>
internal static class ApiAnswers
{
    /// <summary>Prefix of every <c>type</c>.</summary>
    public const string TypePrefix = "io.nats.jetstream.api.v1.";

    /// <summary>A refusal.</summary>
    /// <param name="isPaged">Compat: answers that are pages have the members of a page also without one.</param>
    public static ApiAnswer Error(string type, ApiError error, bool isPaged = false) => new(
        ApiJson.Write((type, error, isPaged), static (json, answer) =>
        {
            json.WriteStartObject();
            json.WriteString("type"u8, answer.type);
            json.WritePropertyName("error"u8);
            answer.error.WriteTo(json);
            if (answer.isPaged) WritePage(json, 0, 0, 0);
            json.WriteEndObject();
        }),
        IsError: true);

    /// <summary>A refusal with all that refusals of a route have.</summary>
    public static ApiAnswer Error(ApiRoute route, ApiError error) => new(
        ApiJson.Write((route, error), static (json, answer) =>
        {
            json.WriteStartObject();
            json.WriteString("type"u8, answer.route.Type);
            json.WritePropertyName("error"u8);
            answer.error.WriteTo(json);
            if (answer.route.IsPaged) WritePage(json, 0, 0, 0);
            answer.route.RefusalMembers?.Invoke(json);
            json.WriteEndObject();
        }),
        IsError: true);

    /// <summary>Success with these members behind <c>type</c>.</summary>
    public static ApiAnswer Success(string type, Action<Utf8JsonWriter> write, bool isCounted = true) => new(
        ApiJson.Write((type, write), static (json, answer) =>
        {
            json.WriteStartObject();
            json.WriteString("type"u8, answer.type);
            answer.write(json);
            json.WriteEndObject();
        }),
        IsCounted: isCounted);

    /// <summary>An error among answers that nats-server counts as no error.</summary>
    public static ApiAnswer Failure(string type, ApiError error) => Error(type, error) with { IsError = false };

    /// <summary><c>{"type":…,"success":true}</c></summary>
    public static ApiAnswer Done(string type) => Success(type, static json => json.WriteBoolean("success"u8, true));

    public static void WritePage(Utf8JsonWriter json, long total, long offset, long limit)
    {
        json.WriteNumber("total"u8, total);
        json.WriteNumber("offset"u8, offset);
        json.WriteNumber("limit"u8, limit);
    }
}
