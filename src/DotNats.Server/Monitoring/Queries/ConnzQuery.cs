namespace DotNats.Server.Monitoring;

/// <summary>Which connections <c>/connz</c> lists.</summary>
public enum ConnectionState
{
    Open,
    Closed,
    Any,
}

/// <summary>How much of a connection's subscriptions is listed.</summary>
public enum SubscriptionListing
{
    None,
    Subjects,
    Detail,
}

/// <summary>Options of <c>/connz</c>.</summary>
public sealed record ConnzQuery
{
    /// <summary>Connections on a page unless asked otherwise.</summary>
    public const int DefaultLimit = 1024;

    private static readonly HashSet<string> SortNames =
    [
        "", "cid", "start", "subs", "pending", "msgs_to", "msgs_from", "bytes_to", "bytes_from", "last", "idle", "uptime", "stop", "reason", "rtt",
    ];

    /// <summary>cid, start, subs, pending, msgs_to, msgs_from, bytes_to, bytes_from, last, idle, uptime, stop, reason or rtt; empty takes cid.</summary>
    public string Sort { get; init; } = "";

    /// <summary>Show user, account, JWT and client certificates (<c>auth</c>).</summary>
    public bool ShowUser { get; init; }

    public SubscriptionListing Subscriptions { get; init; }

    /// <summary>Connections skipped; negative counts as 0.</summary>
    public long Offset { get; init; }

    /// <summary>Connections on the page; 0 and less take <see cref="DefaultLimit"/>.</summary>
    public long Limit { get; init; }

    /// <summary>The only connection wanted; 0 for all.</summary>
    public ulong ConnectionId { get; init; }

    /// <summary>MQTT client identifier; empty for all.</summary>
    public string MqttClient { get; init; } = "";

    public ConnectionState State { get; init; }

    /// <summary>User name or key; empty for all.</summary>
    public string User { get; init; } = "";

    /// <summary>Account name; empty for all.</summary>
    public string Account { get; init; } = "";

    /// <summary>Only connections with a subscription that overlaps this subject; needs <see cref="Account"/>.</summary>
    public string FilterSubject { get; init; } = "";

    /// <summary>Reads the options of an HTTP request; <paramref name="error"/> is nats-server's text for status 400.</summary>
    // Compat: nats-server takes filter_subject from system requests only, not over HTTP.
    public static ConnzQuery Read(QueryParameters parameters, out string? error)
    {
        QueryReader reader = new(parameters);
        ConnzQuery query = new()
        {
            Sort = reader.ReadText("sort"),
            ShowUser = reader.ReadFlag("auth"),
            Subscriptions = reader.ReadListing("subs"),
            Offset = reader.ReadNumber("offset"),
            Limit = reader.ReadNumber("limit"),
            ConnectionId = reader.ReadId("cid"),
            State = reader.ReadState("state"),
            User = reader.ReadText("user"),
            Account = reader.ReadText("acc"),
            MqttClient = reader.ReadText("mqtt_client"),
        };
        error = reader.Error;
        return query;
    }

    /// <summary>What is wrong with the options as a whole, in nats-server's words; null when they can be answered.</summary>
    public string? Validate()
    {
        if (!SortNames.Contains(Sort)) return $"invalid sorting option: {Sort}";
        if (Sort == "stop" && State != ConnectionState.Closed) return "sort by stop only valid on closed connections";
        if (Sort == "reason" && State != ConnectionState.Closed) return "sort by reason only valid on closed connections";
        if (FilterSubject.Length > 0 && FilterSubject != ">" && Account.Length == 0)
            return "filter by subject only valid with account filtering";
        return null;
    }
}
