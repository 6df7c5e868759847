using System.Collections.Concurrent;

namespace DotNats.Storage;

/// <summary>Loads the blocks that readers miss, each by one thread at a time, and the next one ahead of who reads on.</summary>
// Owner: one FileLog; any thread, outside the log's gate.
internal sealed class BlockLoads(FileLog log, BlockCache cache, BlockLoader loader, bool readsAhead)
{
    private readonly ConcurrentDictionary<Block, BlockLoad> _running = new();
    private int _isAhead;

    /// <summary>Loads the block a scan is missing, if it is, or waits for whoever does.</summary>
    public void Load(ref Scan scan)
    {
        if (scan.Missing is not { } block) return;
        BlockLoad load = _running.GetOrAdd(block, static (block, wanted) => new BlockLoad(wanted.Loads, block, wanted.Scan.LoadableBytes, wanted.Scan.Version), (Loads: this, Scan: scan));
        if (!load.Run()) scan.Unreadable = block;
        scan.Missing = null;
    }

    /// <summary>Has another thread load the block behind the one a reader enters. What is too much for the cache is not loaded.</summary>
    public void LoadAhead(ref Scan scan)
    {
        Block next = scan.Ahead!;
        scan.Ahead = null;
        if (!readsAhead || 4 * next.RawBytes > cache.MaxBytes || Interlocked.Exchange(ref _isAhead, 1) != 0) return;
        var load = new BlockLoad(this, next, scan.AheadBytes, scan.AheadVersion, isAhead: true);
        if (_running.TryAdd(next, load)) ThreadPool.UnsafeQueueUserWorkItem(load, preferLocal: false);
        else Volatile.Write(ref _isAhead, 0);
    }

    /// <summary>Reads a block; null where that failed. Damage is told.</summary>
    /// <returns>Its records, with the caller's lease.</returns>
    public BlockContent? Read(Block block, long most, int version)
    {
        var damage = new List<LogDamage>();
        BlockContent? content = null;
        try
        {
            content = loader.Load(block.Number, most, version, block.Messages, damage);
            log.CountLost(block, content, most, damage);
        }
        catch (IOException e)
        {
            if (!block.IsGone) damage.Add(new LogDamage(loader.Coder.PathOf(block.Number), e.Message, block.FirstSequence, block.LastSequence));
        }

        log.Report(damage);
        return content;
    }

    private void Keep(Block block, BlockContent content) => cache.Add(block, content);

    private void End(Block block, bool isAhead)
    {
        _running.TryRemove(block, out _);
        if (isAhead) Volatile.Write(ref _isAhead, 0);
    }

    /// <summary>One load of one block, done by whoever comes first; the others wait.</summary>
    // Lifetime: from the first who misses the block until the cache has it.
    private sealed class BlockLoad : IThreadPoolWorkItem
    {
        private readonly BlockLoads _loads;
        private readonly Block _block;
        private readonly bool _isAhead;
        private readonly Lazy<bool> _isLoaded;

        public BlockLoad(BlockLoads loads, Block block, long most, int version, bool isAhead = false)
        {
            (_loads, _block, _isAhead) = (loads, block, isAhead);
            _isLoaded = new Lazy<bool>(() => Load(most, version));
        }

        /// <summary>False where the block cannot be read.</summary>
        public bool Run() => _isLoaded.Value;

        void IThreadPoolWorkItem.Execute()
        {
            try
            {
                Run();
            }
            catch (Exception)
            {
                // Nobody asked yet: who needs the block loads it again, and is told what is wrong. A thread of the pool must not end the process.
            }
        }

        private bool Load(long most, int version)
        {
            try
            {
                if (_loads.Read(_block, most, version) is not { } content) return false;
                _loads.Keep(_block, content);
                return true;
            }
            finally
            {
                _loads.End(_block, _isAhead);
            }
        }
    }
}
