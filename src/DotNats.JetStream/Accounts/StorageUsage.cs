namespace DotNats.JetStream.Accounts;

/// <summary>Bytes that streams hold, of a server or of one tier of an account.</summary>
// Owner: any stream's runner adds, anyone reads; each word by itself.
internal sealed class StorageUsage
{
    private long _memory;
    private long _store;

    public long Memory => Math.Max(0, Volatile.Read(ref _memory));

    public long Store => Math.Max(0, Volatile.Read(ref _store));

    public void Add(bool isMemory, long bytes)
    {
        if (isMemory) Interlocked.Add(ref _memory, bytes);
        else Interlocked.Add(ref _store, bytes);
    }

    public long Of(bool isMemory) => isMemory ? Memory : Store;
}
