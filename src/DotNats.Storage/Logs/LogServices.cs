namespace DotNats.Storage;

/// <summary>What the logs of one store share.</summary>
// Owner: the store. Lifetime: from its opening until its last log is closed.
internal sealed class LogServices(IStorageFiles files, TimeProvider clock, int syncThreads, long cacheBytes) : IDisposable
{
    public IStorageFiles Files => files;

    public BlockBuffers Buffers { get; } = new();

    public BlockCache Cache { get; } = new(cacheBytes);

    public SyncLoop Loop { get; } = new(syncThreads, clock);

    public void Dispose() => Loop.Dispose();
}
