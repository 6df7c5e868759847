using Microsoft.Extensions.Logging;

namespace DotNats.Storage;

/// <summary>How a file store is opened.</summary>
public sealed record FileStoreOptions
{
    /// <summary>The directory of the accounts' directories: <c>jetstream</c> beneath the server's store directory.</summary>
    public required string Directory { get; init; }

    public IStorageFiles Files { get; init; } = new DiskFiles();

    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>Threads that write and sync. Devices do more than one sync at a time; eight reach what most of them can.</summary>
    public int SyncThreads { get; init; } = 8;

    /// <summary>Bytes of blocks kept in memory for readers, of all logs together.</summary>
    public long CacheBytes { get; init; } = 96 * 1024 * 1024;

    public ILogger? Logger { get; init; }
}
