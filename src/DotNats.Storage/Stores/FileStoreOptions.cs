using Microsoft.Extensions.Logging;

namespace DotNats.Storage;

/// <summary>How a store is encrypted.</summary>
/// <param name="Key">As configured, in UTF-8.</param>
/// <param name="PreviousKey">The key it was encrypted with before; empty for none.</param>
public sealed record StoreEncryption(StoreCipherKind Kind, ReadOnlyMemory<byte> Key, ReadOnlyMemory<byte> PreviousKey)
{
    /// <summary>Not what is secret.</summary>
    public override string ToString() => Kind.ToString();

    internal StoreCipher CipherOf(string account) => new(Kind, Key.Span, PreviousKey.Span, account);
}

/// <summary>How a file store is opened.</summary>
public sealed record FileStoreOptions
{
    /// <summary>The directory of the accounts' directories: <c>jetstream</c> beneath the server's store directory.</summary>
    public required string Directory { get; init; }

    public IStorageFiles Files { get; init; } = new DiskFiles();

    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>
    /// Threads that write and sync. Devices do more than one sync at a time; eight reach what most of them can. With 0 nothing happens by itself:
    /// <see cref="FileStore.Services"/> gives the turns, as tests need it that repeat a history.
    /// </summary>
    public int SyncThreads { get; init; } = 8;

    /// <summary>Bytes of blocks kept in memory for readers, of all logs together: five of the largest. Who reads one message needs none of it.</summary>
    public long CacheBytes { get; init; } = 48 * 1024 * 1024;

    /// <summary>
    /// Bytes of blocks that are being written kept in memory, of all logs together: thirty of the largest. Where many logs are written to, each keeps less: what it needs of the rest is read
    /// from its file.
    /// </summary>
    public long ActiveBytes { get; init; } = 256 * 1024 * 1024;

    /// <summary>
    /// Bytes of subjects' numbers kept in memory, of all logs together: one, two or four for each message, so that of 16 million any part is counted in some
    /// milliseconds, whatever the filter. Beyond that blocks are read for it.
    /// </summary>
    public long NumbersBytes { get; init; } = 64 * 1024 * 1024;

    /// <summary>
    /// Room on disk for the redo journal, which makes small writes to many files safe with one sync of one file; 0 for none. It is taken when some have been synced.
    /// Half of it is what a start after a crash may have to compare.
    /// </summary>
    public long RedoBytes { get; init; } = 16 * 1024 * 1024;

    // Of so many logs that are made safe together what is in the redo journal is written to their files later: one write for what came in that time. Few are written at once: after a
    // kill their files are as a nats-server wants them.
    internal int OwingLogs { get; init; } = 64;

    // So long at most, or as long as a disk is full.
    internal TimeSpan OwingTime { get; init; } = TimeSpan.FromMilliseconds(100);

    // As many syncs of small writes say that there will be more.
    internal int RedoAfterSyncs { get; init; } = 64;

    // Twice as much fits no array. About thirty million subjects.
    internal int MostIndexBytes { get; init; } = 1 << 30;

    /// <summary>Null where nothing is encrypted.</summary>
    public StoreEncryption? Encryption { get; init; }

    /// <summary>
    /// Called behind <see cref="ILogListener.OnCommitted"/>, on the same thread: once for all logs that one sync made safe, so that what their
    /// listeners set free can leave together.
    /// </summary>
    public Action? CommitsTold { get; init; }

    public ILogger? Logger { get; init; }
}
