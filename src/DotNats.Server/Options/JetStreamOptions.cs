namespace DotNats;

/// <summary>Streams and consumers (<c>jetstream {}</c>).</summary>
public sealed record JetStreamOptions
{
    public bool Enabled { get; init; }

    /// <summary>Directory of the streams (<c>store_dir</c>); null for one below the system's temporary directory.</summary>
    public string? StoreDirectory { get; init; }

    /// <summary>Bytes of memory streams (<c>max_memory_store</c>); null takes three quarters of the machine's, 0 allows none.</summary>
    public long? MaxMemoryBytes { get; init; }

    /// <summary>Bytes of file streams (<c>max_file_store</c>); null takes what the disk allows, 0 allows none.</summary>
    public long? MaxStoreBytes { get; init; }

    /// <summary>Null for none (<c>domain</c>).</summary>
    public string? Domain { get; init; }

    /// <summary>Time between syncs to disk (<c>sync_interval</c>).</summary>
    public TimeSpan SyncInterval { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>Sync before each acknowledgement (<c>sync_interval: always</c>).</summary>
    public bool SyncAlways { get; init; }

    /// <summary>True once the file chose a sync interval.</summary>
    public bool SyncIsSet { get; init; }

    /// <summary>Refuse unknown fields in API requests (<c>strict</c>).</summary>
    public bool Strict { get; init; } = true;

    /// <summary>Encrypts what is stored. A secret.</summary>
    public string? EncryptionKey { get; init; }

    /// <summary>Reads what was stored with it. A secret.</summary>
    public string? PreviousEncryptionKey { get; init; }

    /// <summary>chacha or aes.</summary>
    public string Cipher { get; init; } = "chacha";

    /// <summary>will_extend, no_extend or empty.</summary>
    public string ExtensionHint { get; init; } = "";

    /// <summary>Tag in which replicas must differ; lower case.</summary>
    public string? UniqueTag { get; init; }

    /// <summary>Bytes on their way to followers, 0 for the default of 64 MiB.</summary>
    public long MaxOutstandingCatchupBytes { get; init; }

    /// <summary>Bytes waiting to be stored in one stream, 0 for the default of 128 MiB.</summary>
    public long MaxBufferedBytes { get; init; }

    /// <summary>Messages waiting to be stored in one stream, 0 for the default of 100,000.</summary>
    public int MaxBufferedMessages { get; init; }

    public long RequestQueueLimit { get; init; } = 10_000;

    /// <summary>Null takes <see cref="RequestQueueLimit"/>.</summary>
    public long? InfoQueueLimit { get; init; }

    public long MetaCompact { get; init; }

    public long MetaCompactBytes { get; init; }

    public bool MetaCompactSync { get; init; }

    /// <summary>Disk operations at once, 4 to 8192.</summary>
    public int MaxConcurrentIo { get; init; } = 4096;

    public JetStreamLimitOptions Limits { get; init; } = new();

    /// <summary>Key kept by a TPM (Windows).</summary>
    public JetStreamTpmOptions? Tpm { get; init; }

    /// <summary>JetStream domain by account, for accounts without JetStream of their own (<c>default_js_domain</c>).</summary>
    public IReadOnlyDictionary<string, string> DefaultDomains { get; init => field = OptionMap.Copy(value); } = new OptionMap<string>();
}

/// <summary>What streams and consumers of this server may ask for at most; 0 for no limit or the default.</summary>
public sealed record JetStreamLimitOptions
{
    private const int UsualMaxConsumers = 1000;

    public int MaxAckPending { get; init; }

    public int MaxHighlyAvailableAssets { get; init; }

    public int MaxRequestBatch { get; init; }

    /// <summary>Consumers of a stream that neither its configuration nor its account limits; negative for any number.</summary>
    /// <value>0 stands for 1,000, as in nats-server.</value>
    public int DefaultMaxConsumers { get; init => field = value == 0 ? UsualMaxConsumers : value; } = UsualMaxConsumers;

    public TimeSpan DuplicateWindow { get; init; }

    public int BatchMaxInflightPerStream { get; init; }

    public int BatchMaxInflightTotal { get; init; }

    public int BatchMaxMessages { get; init; }

    public TimeSpan BatchTimeout { get; init; }
}

/// <summary>Encryption key in a TPM (<c>tpm {}</c>).</summary>
public sealed record JetStreamTpmOptions
{
    public string? KeysFile { get; init; }

    public string? EncryptionPassword { get; init; }

    public string? SrkPassword { get; init; }

    public int Pcr { get; init; }
}

/// <summary>An account's share of JetStream; -1 for no limit.</summary>
public sealed record AccountJetStreamOptions
{
    public long MaxMemoryBytes { get; init; } = -1;

    public long MaxStoreBytes { get; init; } = -1;

    public long MaxStreams { get; init; } = -1;

    public long MaxConsumers { get; init; } = -1;

    /// <summary>Streams must name a size.</summary>
    public bool MaxBytesRequired { get; init; }

    public long MemoryMaxStreamBytes { get; init; } = -1;

    public long StoreMaxStreamBytes { get; init; } = -1;

    public long MaxAckPending { get; init; } = -1;

    /// <summary>True sends replication traffic in this account instead of the system's (<c>cluster_traffic: owner</c>).</summary>
    public bool ClusterTrafficInAccount { get; init; }
}
