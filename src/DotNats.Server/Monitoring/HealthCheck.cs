namespace DotNats.Server.Monitoring;

/// <summary>Answers <c>/healthz</c>. Without JetStream a server is healthy when it takes connections.</summary>
internal static class HealthCheck
{
    public static HealthSnapshot Check(IMonitoringSource source, HealthzQuery query)
    {
        if (query.Account.Length == 0 && query.Stream.Length > 0)
            return Failed(query, 400, "BAD_REQUEST", "\"account\" must not be empty when checking stream health");
        if (query.Stream.Length == 0 && query.Consumer.Length > 0)
            return Failed(query, 400, "BAD_REQUEST", "\"stream\" must not be empty when checking consumer health");
        if (source.NotReadyReason is string reason)
            return Failed(query, 500, "CONNECTION", reason);
        return new HealthSnapshot { Status = "ok" };
    }

    private static HealthSnapshot Failed(HealthzQuery query, int statusCode, string type, string error) => new()
    {
        Status = "error",
        StatusCode = statusCode,
        Error = query.Details ? null : error,
        Errors = query.Details ? [new HealthError { Type = type, Error = error }] : null,
    };
}
