using System.Text.Json;

namespace DotNats.Security;

internal static class UserClaimsWriter
{
    public static void Write(Utf8JsonWriter json, UserClaims claims)
    {
        WriteLimits(json, claims.Limits);
        json.TextUnlessEmpty("issuer_account"u8, claims.IssuerAccount);
    }

    public static void WriteLimits(Utf8JsonWriter json, UserLimitsClaim limits)
    {
        WritePermissions(json, limits.Permissions);
        json.TextsUnlessEmpty("src"u8, limits.Sources);
        WriteTimes(json, limits.Times ?? []);
        json.TextUnlessEmpty("times_location"u8, limits.Locale);
        json.NumberUnlessZero("subs"u8, limits.Subscriptions);
        json.NumberUnlessZero("data"u8, limits.DataBytes);
        json.NumberUnlessZero("payload"u8, limits.PayloadBytes);
        json.FlagUnlessFalse("bearer_token"u8, limits.BearerToken);
        json.FlagUnlessFalse("proxy_required"u8, limits.ProxyRequired);
        json.TextsUnlessEmpty("allowed_connection_types"u8, limits.AllowedConnectionTypes);
    }

    public static void WritePermissions(Utf8JsonWriter json, PermissionSet permissions)
    {
        WriteSubjects(json, "pub"u8, permissions.Publish);
        WriteSubjects(json, "sub"u8, permissions.Subscribe);
        if (permissions.Responses is not { } responses)
            return;
        json.WriteStartObject("resp"u8);
        json.WriteNumber("max"u8, responses.MaxMessages);
        json.WriteNumber("ttl"u8, ClaimsJson.Nanoseconds(responses.Expires));
        json.WriteEndObject();
    }

    private static void WriteSubjects(Utf8JsonWriter json, ReadOnlySpan<byte> name, SubjectPermission? subjects)
    {
        json.WriteStartObject(name);
        json.TextsUnlessEmpty("allow"u8, subjects?.Allow);
        json.TextsUnlessEmpty("deny"u8, subjects?.Deny);
        json.WriteEndObject();
    }

    private static void WriteTimes(Utf8JsonWriter json, IReadOnlyList<TimeRangeClaim> times)
    {
        if (times.Count == 0)
            return;
        json.WriteStartArray("times"u8);
        foreach (TimeRangeClaim range in times)
        {
            json.WriteStartObject();
            json.TextUnlessEmpty("start"u8, range.Start);
            json.TextUnlessEmpty("end"u8, range.End);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
