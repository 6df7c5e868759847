using DotNats.Storage;
using TestSupport;

namespace Storage.Tests.Redo;

/// <summary>The machine's files, of which all can be synced at once, and which stay where they are: a redo journal's. Counts syncs of single files.</summary>
internal sealed class RedoStoreFiles : PassingFiles
{
    private int _blockSyncs;

    /// <summary>Whether everything can be synced at once.</summary>
    public bool WholeSyncWorks { get; set; } = true;

    /// <summary>The next sync of a block fails.</summary>
    public bool FailsNextBlockSync { get; set; }

    /// <summary>What writes to blocks fail with; null where they work.</summary>
    public IOException? BlockWriteFailure { get; set; }

    /// <summary>What writes to the redo journal fail with; null where they work.</summary>
    public IOException? RedoWriteFailure { get; set; }

    public int BlockSyncs => Volatile.Read(ref _blockSyncs);

    public override IStorageFile Open(string path, bool create) => new CountedFile(this, path, base.Open(path, create));

    public override IFileSystemSync OpenSync(string directory) => new Whole(this);

    private sealed class Whole(RedoStoreFiles files) : IFileSystemSync
    {
        public bool OverwritesInPlace => true;

        public bool Covers(string directory) => true;

        public bool TrySync() => files.WholeSyncWorks;

        public void Dispose()
        {
        }
    }

    private sealed class CountedFile(RedoStoreFiles files, string path, IStorageFile file) : PassingFile(file)
    {
        public override void Write(ReadOnlySpan<byte> bytes, long offset)
        {
            if (files.BlockWriteFailure is { } failure && path.EndsWith(".blk", StringComparison.Ordinal)) throw failure;
            if (files.RedoWriteFailure is { } refusal && path.EndsWith(".redo", StringComparison.Ordinal)) throw refusal;
            base.Write(bytes, offset);
        }

        public override void Sync()
        {
            if (!path.EndsWith(".blk", StringComparison.Ordinal)) return;
            Interlocked.Increment(ref files._blockSyncs);
            if (!files.FailsNextBlockSync) return;
            files.FailsNextBlockSync = false;
            throw new DiskFullException(path);
        }
    }
}
