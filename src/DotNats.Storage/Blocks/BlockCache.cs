using System.Collections.Concurrent;

namespace DotNats.Storage;

/// <summary>What of a block is wanted: all of it, or what some filters match.</summary>
/// <param name="Filters">Null for all.</param>
internal readonly record struct BlockPart(Block Block, SubjectFilters? Filters);

/// <summary>Keeps the blocks of all logs of a store that were read lately, or what of them was wanted, up to so many bytes.</summary>
// Owner: one store; any thread. Lifetime of what it keeps: until it is the one asked for longest ago, nobody asked for it between two housekeepings, or
// its block changes or goes; parts of one that went until then.
// Invariant: it has one lease on every content it lists, and a block's Content is one it lists.
internal sealed class BlockCache(long maxBytes)
{
    private readonly ConcurrentDictionary<BlockPart, BlockContent> _contents = new();
    private long _bytes;
    private long _clock;
    private long _agedTo;

    public long MaxBytes => maxBytes;

    public long HeldBytes => Volatile.Read(ref _bytes);

    /// <summary>A block's content with a lease for the caller; null where it is not here.</summary>
    public BlockContent? TryHold(Block block) => TryHold(block, block.Content);

    /// <summary>What of a block some filters match, with a lease for the caller; null where it is not here.</summary>
    public BlockContent? TryHold(Block block, SubjectFilters filters) => TryHold(block, _contents.GetValueOrDefault(new BlockPart(block, filters)));

    public bool Has(BlockPart part) => _contents.TryGetValue(part, out BlockContent? content) && content.Version == part.Block.Version;

    /// <summary>Takes a content over, with its one lease; what is too much goes.</summary>
    public void Add(BlockPart part, BlockContent content)
    {
        content.Touch(Interlocked.Increment(ref _clock));
        Remove(part);
        bool isWhole = part.Filters is null;
        if ((isWhole && !part.Block.TryExchange(null, content)) || !_contents.TryAdd(part, content))
        {
            // Somebody else loaded it at the same time.
            if (isWhole) part.Block.TryExchange(content, null);
            content.Release();
            return;
        }

        if (Interlocked.Add(ref _bytes, content.HeldBytes) > maxBytes) Evict(content);
    }

    /// <summary>Lets go of a block's content.</summary>
    public void Remove(Block block) => Remove(new BlockPart(block, null));

    /// <summary>Lets go of what nobody asked for since the last time.</summary>
    public void Age()
    {
        long before = _agedTo;
        _agedTo = Volatile.Read(ref _clock);
        foreach ((BlockPart part, BlockContent content) in _contents)
        {
            if (content.LastUse <= before || part.Block.IsGone) Remove(part);
        }
    }

    private BlockContent? TryHold(Block block, BlockContent? content)
    {
        if (content is null || content.Version != block.Version || !content.TryHold()) return null;
        content.Touch(Interlocked.Increment(ref _clock));
        return content;
    }

    private void Remove(BlockPart part)
    {
        if (!_contents.TryRemove(part, out BlockContent? content)) return;
        if (part.Filters is null) part.Block.TryExchange(content, null);
        Interlocked.Add(ref _bytes, -content.HeldBytes);
        content.Release();
    }

    private void Evict(BlockContent newest)
    {
        while (Volatile.Read(ref _bytes) > maxBytes)
        {
            BlockPart oldest = default;
            long lastUse = long.MaxValue;
            foreach ((BlockPart part, BlockContent content) in _contents)
            {
                if (content.LastUse >= lastUse || ReferenceEquals(content, newest)) continue;
                (oldest, lastUse) = (part, content.LastUse);
            }

            if (oldest.Block is null) return;
            Remove(oldest);
        }
    }
}
