using System.Text.Json;
using DotNats.Security;

namespace DotNats.Server.Monitoring;

/// <summary>Claims as monitoring shows them.</summary>
internal static class ClaimsMonitor
{
    public static ClaimsDescription Describe(AccountClaims claims, DateTimeOffset now) => new(ToJson(claims), IssuesOf(claims, now));

    /// <summary>Claims of the trusted operators; null for none.</summary>
    public static IReadOnlyList<JsonElement>? DescribeOperators(NatsServerOptions options)
    {
        List<JsonElement> claims = [];
        foreach (OperatorOptions trusted in options.Operators)
        {
            if (JwtReader.TryReadOperator(trusted.Jwt, out OperatorClaims? read, out _)) claims.Add(ToJson(read));
        }

        return claims.Count > 0 ? claims : null;
    }

    /// <summary>Revoked user keys and since when; null for none.</summary>
    public static IReadOnlyDictionary<string, DateTime>? DescribeRevocations(AccountClaims? claims) => claims is not { Revocations.Count: > 0 }
        ? null
        : claims.Revocations.ToDictionary(
            pair => pair.Key,
            pair => DateTimeOffset.FromUnixTimeSeconds(long.Clamp(pair.Value, 0, DateTimeOffset.MaxValue.ToUnixTimeSeconds())).UtcDateTime,
            StringComparer.Ordinal);

    private static ClaimIssueInfo[] IssuesOf(AccountClaims claims, DateTimeOffset now) =>
    [
        .. ClaimsValidation.Check(claims, now).All
            .Select(issue => new ClaimIssueInfo(issue.Text, issue.Level == ClaimIssueLevel.Error, issue.Level == ClaimIssueLevel.Time)),
    ];

    private static JsonElement ToJson(JwtClaims claims)
    {
        Utf8JsonReader reader = new(JwtWriter.ToJson(claims));
        return JsonElement.ParseValue(ref reader);
    }
}

/// <param name="Json">All claims.</param>
/// <param name="Issues">What is wrong with them.</param>
internal sealed record ClaimsDescription(JsonElement Json, IReadOnlyList<ClaimIssueInfo> Issues);
