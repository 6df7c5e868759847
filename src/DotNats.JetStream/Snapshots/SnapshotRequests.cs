using DotNats.Protocol.Text;

namespace DotNats.JetStream.Snapshots;

/// <summary>Body of a request for a backup of a stream.</summary>
internal sealed record SnapshotRequest
{
    // Compat: nats-server's numbers.
    private const long UsualChunkBytes = 128 * 1024;
    private const long UsualWindowBytes = 8 * 1024 * 1024;
    private const long LeastBytes = 1024;
    private const long MostChunkBytes = 1024 * 1024;
    private const long MostWindowBytes = 32 * 1024 * 1024;

    public static GoJsonStruct<SnapshotRequest> Body { get; } = new("server.JSApiStreamSnapshotRequest",
        ("deliver_subject", static (ref json, value) => value with { DeliverSubject = json.Text(value.DeliverSubject) }),
        ("no_consumers", static (ref json, value) => value with { NoConsumers = json.Flag(value.NoConsumers) }),
        ("chunk_size", static (ref json, value) => value with { ChunkSize = json.Whole(value.ChunkSize, "int") }),
        ("window_size", static (ref json, value) => value with { WindowSize = json.Whole(value.WindowSize, "int") }),
        ("jsck", static (ref json, value) => value with { Checks = json.Flag(value.Checks) }));

    public string DeliverSubject { get; init; } = "";

    public bool NoConsumers { get; init; }

    public long ChunkSize { get; init; }

    public long WindowSize { get; init; }

    /// <summary>Messages are to be checked. Compat: they always are, each when it is read.</summary>
    public bool Checks { get; init; }

    /// <summary>Bytes of a chunk.</summary>
    public int ChunkBytes => (int)Math.Clamp(ChunkSize == 0 ? UsualChunkBytes : ChunkSize, LeastBytes, MostChunkBytes);

    /// <summary>Chunks that may be on their way.</summary>
    public int MaxInFlight => (int)Math.Max(Math.Clamp(WindowSize == 0 ? UsualWindowBytes : WindowSize, LeastBytes, MostWindowBytes) / ChunkBytes, 1);
}

/// <summary>Body of a request to restore a stream.</summary>
internal sealed record RestoreRequest
{
    public static GoJsonStruct<RestoreRequest> Body { get; } = new("server.JSApiStreamRestoreRequest",
        ("config", static (ref json, value) => value with { Config = StreamConfigReader.Config.Read(ref json, value.Config) }),
        ("state", static (ref json, value) => value with { State = BackupState.Body.Read(ref json, value.State) }));

    public StreamConfig Config { get; init; } = new();

    public BackupState State { get; init; } = new();
}

/// <summary>What a stream had when it was backed up, as far as restoring it asks for it.</summary>
internal sealed record BackupState
{
    private static readonly GoJsonStruct<BackupState> Lost = new("server.LostStreamData",
        ("msgs", static (ref json, value) => Pass(ref json, value)),
        ("bytes", static (ref json, value) => Pass(ref json, value)));

    public static GoJsonStruct<BackupState> Body { get; } = new("server.StreamState",
        ("messages", static (ref json, value) => value with { Messages = json.Natural(value.Messages) }),
        ("bytes", static (ref json, value) => value with { Bytes = json.Natural(value.Bytes) }),
        ("first_seq", static (ref json, value) => value with { FirstSequence = json.Natural(value.FirstSequence) }),
        ("first_ts", static (ref json, value) => PassTime(ref json, value)),
        ("last_seq", static (ref json, value) => value with { LastSequence = json.Natural(value.LastSequence) }),
        ("last_ts", static (ref json, value) => PassTime(ref json, value)),
        ("num_subjects", static (ref json, value) => PassCount(ref json, value)),
        ("subjects", static (ref json, value) => Pass(ref json, value)),
        ("num_deleted", static (ref json, value) => PassCount(ref json, value)),
        ("deleted", static (ref json, value) => Pass(ref json, value)),
        ("lost", static (ref json, value) => json.IsNull ? value : Lost.Read(ref json, value)),
        ("consumer_count", static (ref json, value) => value with { Consumers = json.Whole(value.Consumers, "int") }));

    public ulong Messages { get; init; }

    public ulong Bytes { get; init; }

    public ulong FirstSequence { get; init; }

    public ulong LastSequence { get; init; }

    public long Consumers { get; init; }

    private static BackupState Pass(ref GoJsonReader json, BackupState value)
    {
        json.Raw();
        return value;
    }

    private static BackupState PassTime(ref GoJsonReader json, BackupState value)
    {
        json.Time(null);
        return value;
    }

    private static BackupState PassCount(ref GoJsonReader json, BackupState value)
    {
        json.Whole(0, "int");
        return value;
    }
}
