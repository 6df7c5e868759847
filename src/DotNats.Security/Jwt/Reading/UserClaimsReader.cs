using System.Text.Json;

namespace DotNats.Security;

internal static class UserClaimsReader
{
    public static UserClaims Read(ClaimObject nats, ClaimObject shared, bool old)
    {
        // Compat: in the old form an absent limit is none; in the new one it is zero.
        UserLimitsClaim limits = ReadLimits(nats, old ? AccountLimitsClaim.NoLimit : 0);
        return new UserClaims
        {
            IssuerAccount = shared.Text("issuer_account"),
            Limits = old ? limits with { ProxyRequired = false, AllowedConnectionTypes = null } : limits,
        };
    }

    public static UserLimitsClaim ReadLimits(ClaimObject json, long absentLimit) => new()
    {
        Permissions = ReadPermissions(json),
        Sources = ReadSources(json.Find("src")),
        Times = json.List("times", ReadTimes),
        Locale = json.Text("times_location"),
        Subscriptions = json.Number("subs", absentLimit),
        DataBytes = json.Number("data", absentLimit),
        PayloadBytes = json.Number("payload", absentLimit),
        BearerToken = json.Flag("bearer_token"),
        ProxyRequired = json.Flag("proxy_required"),
        AllowedConnectionTypes = json.TextsOrNull("allowed_connection_types"),
    };

    public static PermissionSet ReadPermissions(ClaimObject json) => new()
    {
        Publish = ReadSubjects(json.Object("pub")),
        Subscribe = ReadSubjects(json.Object("sub")),
        Responses = json.Object("resp") is { Exists: true } response
            ? new ResponsePermission { MaxMessages = SaturatedInt(response.Number("max")), Expires = response.Duration("ttl") }
            : null,
    };

    private static SubjectPermission? ReadSubjects(ClaimObject json)
    {
        string[]? allow = json.TextsOrNull("allow");
        string[]? deny = json.TextsOrNull("deny");
        return allow is null && deny is null ? null : new SubjectPermission { Allow = allow, Deny = deny };
    }

    // Compat: a list, or one text with commas, whose parts lose blanks and case and are kept once.
    private static string[]? ReadSources(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Undefined => null,
        JsonValueKind.String => [.. ClaimObject.TextOf(element).ToLowerInvariant().Split(',').Select(part => part.Trim()).Where(part => part.Length > 0).Distinct()],
        JsonValueKind.Array => [.. element.EnumerateArray().Select(item => item.ValueKind == JsonValueKind.Null ? "" : ClaimObject.TextOf(item))],
        _ => throw ClaimObject.WrongType("a list of networks"),
    };

    private static TimeRangeClaim ReadTimes(JsonElement element)
    {
        ClaimObject range = ClaimObject.Of(element);
        return new TimeRangeClaim(range.Text("start"), range.Text("end"));
    }

    private static int SaturatedInt(long value) => (int)Math.Clamp(value, int.MinValue, int.MaxValue);
}
