using DotNats.JetStream;

namespace JetStream.Tests.Configuration;

/// <summary>The servers that cases are for: as the real one is configured, and as rules see it.</summary>
internal static class ConfigServers
{
    private static readonly ServerResources Large = new(1L << 40, 1L << 40);

    public static IReadOnlyList<string> Names { get; } = ["consumer-limits", "default", "limits", "none", "server-limits", "tiny", "window"];

    public static string ConfigurationOf(string server) => server switch
    {
        "consumer-limits" => Account("max_consumers: 2, max_ack_pending: 80"),
        "default" => "jetstream { store_dir: \"STORE_DIR\" }",
        "server-limits" => "jetstream { store_dir: \"STORE_DIR\", limits { max_ack_pending: 100, max_request_batch: 50 } }",
        "limits" => Account("max_mem: 30000, max_file: 100000, max_streams: 3, max_consumers: 10, max_bytes_required: true, mem_max_stream_bytes: 20000, disk_max_stream_bytes: 50000"),
        "none" => Account("max_mem: 0, max_file: 0"),
        "tiny" => "jetstream { store_dir: \"STORE_DIR\", max_mem: 50000, max_file: 100000 }",
        "window" => "jetstream { store_dir: \"STORE_DIR\", limits { duplicate_window: 30s } }",
        _ => throw new ArgumentOutOfRangeException(nameof(server), server, "is not known"),
    };

    public static StreamSurroundings SurroundingsOf(string server, IReadOnlyDictionary<string, StreamConfig> streams)
    {
        var around = new StreamSurroundings { Streams = streams, Server = Large };
        around = server switch
        {
            "limits" => around with
            {
                Limits = AccountLimits.Of(new TierLimits
                {
                    MaxMemoryBytes = 30_000,
                    MaxStoreBytes = 100_000,
                    MaxStreams = 3,
                    MaxConsumers = 10,
                    MaxBytesRequired = true,
                    MemoryMaxStreamBytes = 20_000,
                    StoreMaxStreamBytes = 50_000,
                }),
            },
            "consumer-limits" => around with { Limits = AccountLimits.Of(new TierLimits { MaxConsumers = 2, MaxAckPending = 80 }) },
            "none" => around with { Limits = AccountLimits.Of(new TierLimits { MaxMemoryBytes = 0, MaxStoreBytes = 0 }) },
            "tiny" => around with { Server = new ServerResources(50_000, 100_000) },
            "window" => around with { MaxDuplicateWindowNanoseconds = 30_000_000_000 },
            _ => around,
        };
        return around with
        {
            Server = around.Server with { ReservedMemoryBytes = Reserved(streams, StorageType.Memory), ReservedStoreBytes = Reserved(streams, StorageType.File) },
        };
    }

    public static ConsumerSurroundings SurroundingsOf(string server, StreamConfig stream, IReadOnlyDictionary<string, ConsumerConfig> consumers) => new()
    {
        Stream = stream,
        Consumers = consumers,
        Limits = SurroundingsOf(server, new Dictionary<string, StreamConfig>()).Limits,
        ServerMaxAckPending = server == "server-limits" ? 100 : 0,
        ServerMaxRequestBatch = server == "server-limits" ? 50 : 0,

        // What the recorder itself listens to.
        HasInterest = static subject => subject.StartsWith("_I.", StringComparison.Ordinal),
    };

    private static long Reserved(IReadOnlyDictionary<string, StreamConfig> streams, StorageType storage) =>
        streams.Values.Where(stream => stream.Storage == storage && stream.MaxBytes > 0).Sum(stream => stream.MaxBytes);

    private static string Account(string limits) => $$"""
        jetstream { store_dir: "STORE_DIR" }
        accounts { A { jetstream { {{limits}} }, users: [ { user: u, password: p } ] } }
        no_auth_user: u
        """;
}
