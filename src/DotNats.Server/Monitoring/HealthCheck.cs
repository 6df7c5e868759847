namespace DotNats.Server.Monitoring;

/// <summary>Answers <c>/healthz</c>. A server is healthy when it takes connections; JetStream, where it is wanted, is asked then.</summary>
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
        if (query.ServerOnly || !source.Options.JetStream.Enabled) return new HealthSnapshot { Status = "ok" };
        return source.JetStream is { } jetStream ? jetStream.Check(query) : JetStreamDown(query);
    }

    private static HealthSnapshot JetStreamDown(HealthzQuery query)
    {
        HealthSnapshot failed = Failed(query, 503, "JETSTREAM", "jetstream not enabled");
        return query.Details ? failed : failed with { Status = "unavailable" };
    }

    private static HealthSnapshot Failed(HealthzQuery query, int statusCode, string type, string error) => new()
    {
        Status = "error",
        StatusCode = statusCode,
        Error = query.Details ? null : error,
        Errors = query.Details ? [new HealthError { Type = type, Error = error }] : null,
    };
}
