namespace DotNats.Server.Monitoring;

/// <summary>Options of <c>/jsz</c>.</summary>
public sealed record JszQuery
{
    public bool Accounts { get; init; }

    public bool Streams { get; init; }

    public bool Consumers { get; init; }

    public bool DirectConsumers { get; init; }

    public bool Config { get; init; }

    public long Offset { get; init; }

    public long Limit { get; init; }

    /// <summary>Answer only on the leader of the meta group.</summary>
    public bool LeaderOnly { get; init; }

    public bool Raft { get; init; }

    public bool StreamLeaderOnly { get; init; }

    public string Account { get; init; } = "";

    /// <summary>Reads the options of an HTTP request; <paramref name="error"/> is nats-server's text for status 400.</summary>
    public static JszQuery Read(QueryParameters parameters, out string? error)
    {
        QueryReader reader = new(parameters);
        JszQuery query = new()
        {
            Accounts = reader.ReadFlag("accounts"),
            Streams = reader.ReadFlag("streams"),
            Consumers = reader.ReadFlag("consumers"),
            DirectConsumers = reader.ReadFlag("direct-consumers"),
            Config = reader.ReadFlag("config"),
            Offset = reader.ReadNumber("offset"),
            Limit = reader.ReadNumber("limit"),
            LeaderOnly = reader.ReadFlag("leader-only"),
            Raft = reader.ReadFlag("raft"),
            StreamLeaderOnly = reader.ReadFlag("stream-leader-only"),
            Account = reader.ReadText("acc"),
        };
        error = reader.Error;
        return query;
    }
}
