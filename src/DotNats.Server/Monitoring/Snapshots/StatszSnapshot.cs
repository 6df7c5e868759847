using System.Text.Json.Serialization;
using static System.Text.Json.Serialization.JsonIgnoreCondition;

namespace DotNats.Server.Monitoring;

/// <summary>Sums of one server, as its heartbeat tells them (<c>$SYS.SERVER.&lt;id&gt;.STATSZ</c>).</summary>
public sealed record StatszSnapshot
{
    public DateTime Start { get; init; }

    /// <summary>Resident bytes of the process.</summary>
    public long Mem { get; init; }

    public int Cores { get; init; }

    /// <summary>Percent of one core.</summary>
    public double Cpu { get; init; }

    public int Connections { get; init; }

    public long TotalConnections { get; init; }

    /// <summary>Accounts with connections.</summary>
    public int ActiveAccounts { get; init; }

    public long Subscriptions { get; init; }

    public MessageCount Sent { get; init; }

    public MessageCount SentToClients { get; init; }

    public MessageCount Received { get; init; }

    public MessageCount ReceivedFromClients { get; init; }

    public long SlowConsumers { get; init; }

    /// <summary>Null while there were none.</summary>
    public KindCounts? SlowConsumerStats { get; init; }

    [JsonIgnore(Condition = WhenWritingDefault)]
    public long StaleConnections { get; init; }

    /// <summary>Null while there were none.</summary>
    public KindCounts? StaleConnectionStats { get; init; }

    [JsonIgnore(Condition = WhenWritingDefault)]
    public long StalledClients { get; init; }

    [JsonIgnore(Condition = WhenWritingDefault)]
    public int ActiveServers { get; init; }

    public JetStreamFacts? Jetstream { get; init; }

    /// <summary>Compat: threads that may run at once.</summary>
    public int Gomaxprocs { get; init; }
}
