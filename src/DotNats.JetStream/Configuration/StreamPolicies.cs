namespace DotNats.JetStream;

/// <summary>What keeps a message in a stream.</summary>
internal enum RetentionPolicy
{
    /// <summary>The limits of the stream.</summary>
    Limits,

    /// <summary>The limits, as long as a consumer wants it.</summary>
    Interest,

    /// <summary>The limits, until one consumer has had it.</summary>
    WorkQueue,
}

/// <summary>What gives way when a stream is full.</summary>
internal enum DiscardPolicy
{
    Old,
    New,
}

internal enum StorageType
{
    /// <summary>Nothing was said: files.</summary>
    Unset,
    Memory,
    File,
}

internal enum StoreCompression
{
    None,
    S2,
}

/// <summary>When a stream's publishers are answered.</summary>
internal enum PersistMode
{
    /// <summary>After what they wrote is as safe as the server is configured to make it.</summary>
    Default,

    /// <summary>Before.</summary>
    Async,
}
