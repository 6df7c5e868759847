using System.Collections.Concurrent;
using DotNats.Storage;

namespace Storage.Tests.Harness;

/// <summary>Files whose syncs wait for word once they are held; remembers who synced.</summary>
internal sealed class HeldFiles : PassingFiles
{
    private readonly SemaphoreSlim _allowed = new(0);

    public volatile bool IsHeld;

    public ConcurrentQueue<int> Syncs { get; } = new();

    public void LetOne() => _allowed.Release();

    public void LetAll()
    {
        IsHeld = false;
        _allowed.Release(1000);
    }

    public override IStorageFile Open(string path, bool create) => new HeldFile(this, base.Open(path, create));

    private sealed class HeldFile(HeldFiles files, IStorageFile file) : PassingFile(file)
    {
        public override void Sync()
        {
            files.Syncs.Enqueue(Environment.CurrentManagedThreadId);
            if (files.IsHeld) files._allowed.Wait();
        }
    }
}
