using System.Collections.Concurrent;

namespace DotNats.Storage;

/// <summary>Loads the blocks that readers miss, each by one thread at a time, and the next one ahead of who reads on.</summary>
// Owner: one FileLog; any thread, outside the log's gate.
internal sealed class BlockLoads(FileLog log, BlockCache cache, BlockLoader loader, bool readsAhead)
{
    private readonly ConcurrentDictionary<BlockPart, BlockLoad> _running = new();
    private int _isAhead;

    // Those that wanted too much of a block lately: they would again.
    private volatile SubjectFilters? _dense;

    /// <summary>Loads the block a scan is missing, if it is, or waits for whoever does.</summary>
    public void Load(ref Scan scan)
    {
        if (scan.Missing is not { } block) return;
        if (!Load(scan.Wanted)) scan.Unreadable = block;
        scan.Missing = null;
    }

    /// <summary>Has another thread load the block behind the one a reader enters. What is too much for the cache is not loaded.</summary>
    public void LoadAhead(ref Scan scan)
    {
        WantedBlock wanted = scan.Ahead!.Value;
        scan.Ahead = null;
        if (!readsAhead || 4 * wanted.Length > cache.MaxBytes || Interlocked.Exchange(ref _isAhead, 1) != 0) return;
        wanted = Judge(wanted);
        var load = new BlockLoad(this, wanted, isAhead: true);
        if (_running.TryAdd(wanted.Part, load)) ThreadPool.UnsafeQueueUserWorkItem(load, preferLocal: false);
        else Volatile.Write(ref _isAhead, 0);
    }

    /// <summary>Reads a block; null where that failed. Damage is told.</summary>
    /// <returns>Its records, with the caller's lease.</returns>
    public BlockContent? Read(in WantedBlock wanted)
    {
        var damage = new List<LogDamage>();
        BlockContent? content = null;
        Block block = wanted.Block;
        try
        {
            content = loader.Load(block.Number, wanted.Most, wanted.Version, block.Messages, damage);
            log.CountLost(block, content, wanted.Most, damage);
        }
        catch (IOException e)
        {
            if (!block.IsGone) damage.Add(new LogDamage(loader.Coder.PathOf(block.Number), e.Message, block.FirstSequence, block.LastSequence));
        }

        log.Report(damage);
        return content;
    }

    private bool Load(WantedBlock wanted)
    {
        wanted = Judge(wanted);
        return _running.GetOrAdd(wanted.Part, static (_, wanted) => new BlockLoad(wanted.Loads, wanted.Block), (Loads: this, Block: wanted)).Run();
    }

    private WantedBlock Judge(in WantedBlock wanted) => wanted.Part.Filters is { } filters && filters.Equals(_dense) ? WholeOf(wanted) : wanted;

    private static WantedBlock WholeOf(in WantedBlock wanted) => wanted with { Part = new BlockPart(wanted.Block, null) };

    // What cannot be read is told by who reads all of the block.
    private BlockContent? ReadFiltered(in WantedBlock wanted, SubjectFilters filters)
    {
        try
        {
            BlockContent? content = loader.LoadFiltered(wanted.Block.Number, wanted.Length, wanted.Version, filters, out bool isDense);
            if (isDense) _dense = filters;
            return content;
        }
        catch (IOException)
        {
            return null;
        }
    }

    private bool Has(BlockPart part) => cache.Has(part);

    private void Keep(BlockPart part, BlockContent content) => cache.Add(part, content);

    private void End(BlockPart part, bool isAhead)
    {
        _running.TryRemove(part, out _);
        if (isAhead) Volatile.Write(ref _isAhead, 0);
    }

    /// <summary>One load of one block, done by whoever comes first; the others wait.</summary>
    // Lifetime: from the first who misses the block until the cache has it.
    private sealed class BlockLoad : IThreadPoolWorkItem
    {
        private readonly BlockLoads _loads;
        private readonly BlockPart _part;
        private readonly bool _isAhead;
        private readonly Lazy<bool> _isLoaded;

        public BlockLoad(BlockLoads loads, WantedBlock wanted, bool isAhead = false)
        {
            (_loads, _part, _isAhead) = (loads, wanted.Part, isAhead);
            _isLoaded = new Lazy<bool>(() => Load(wanted));
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

        private bool Load(in WantedBlock wanted)
        {
            try
            {
                // Who looked for it before it came wants it though it is there.
                if (_loads.Has(_part)) return true;
                BlockContent? content = _part.Filters is { } filters ? _loads.ReadFiltered(wanted, filters) : _loads.Read(wanted);
                if (content is null) return _part.Filters is not null && _loads.Load(WholeOf(wanted));
                _loads.Keep(_part, content);
                return true;
            }
            finally
            {
                _loads.End(_part, _isAhead);
            }
        }
    }
}
