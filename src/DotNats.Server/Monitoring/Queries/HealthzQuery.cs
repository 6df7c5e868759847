namespace DotNats.Server.Monitoring;

/// <summary>Options of <c>/healthz</c>.</summary>
public sealed record HealthzQuery
{
    /// <summary>Old name of <see cref="JetStreamEnabledOnly"/> (<c>js-enabled</c>).</summary>
    public bool JetStreamEnabled { get; init; }

    /// <summary>Look no further than whether JetStream runs (<c>js-enabled-only</c>).</summary>
    public bool JetStreamEnabledOnly { get; init; }

    /// <summary>Look no further than the server (<c>js-server-only</c>).</summary>
    public bool ServerOnly { get; init; }

    /// <summary>Look no further than the meta group (<c>js-meta-only</c>).</summary>
    public bool MetaOnly { get; init; }

    public string Account { get; init; } = "";

    public string Stream { get; init; } = "";

    public string Consumer { get; init; } = "";

    /// <summary>List every error instead of the first.</summary>
    public bool Details { get; init; }

    /// <summary>Reads the options of an HTTP request; <paramref name="error"/> is nats-server's text for status 400.</summary>
    public static HealthzQuery Read(QueryParameters parameters, out string? error)
    {
        QueryReader reader = new(parameters);
        HealthzQuery query = new()
        {
            JetStreamEnabled = reader.ReadFlag("js-enabled"),
            JetStreamEnabledOnly = reader.ReadFlag("js-enabled-only"),
            ServerOnly = reader.ReadFlag("js-server-only"),
            MetaOnly = reader.ReadFlag("js-meta-only"),
            Details = reader.ReadFlag("details"),
            Account = reader.ReadText("account"),
            Stream = reader.ReadText("stream"),
            Consumer = reader.ReadText("consumer"),
        };
        error = reader.Error;
        return query;
    }
}
