using System.Collections.Concurrent;

namespace DotNats.Storage;

/// <summary>Keeps the blocks of all logs of a store that were read lately, up to so many bytes.</summary>
// Owner: one store; any thread. Lifetime of what it keeps: until it is the one asked for longest ago, nobody asked for it between two housekeepings, or
// its block changes or goes.
// Invariant: it has one lease on every content it lists, and a block's Content is one it lists.
internal sealed class BlockCache(long maxBytes)
{
    private readonly ConcurrentDictionary<Block, BlockContent> _contents = new();
    private long _bytes;
    private long _clock;
    private long _agedTo;

    public long MaxBytes => maxBytes;

    public long HeldBytes => Volatile.Read(ref _bytes);

    /// <summary>A block's content with a lease for the caller; null where it is not here.</summary>
    public BlockContent? TryHold(Block block)
    {
        BlockContent? content = block.Content;
        if (content is null || content.Version != block.Version || !content.TryHold()) return null;
        content.Touch(Interlocked.Increment(ref _clock));
        return content;
    }

    /// <summary>Takes a content over, with its one lease; what is too much goes.</summary>
    public void Add(Block block, BlockContent content)
    {
        content.Touch(Interlocked.Increment(ref _clock));
        Remove(block);
        if (!block.TryExchange(null, content) || !_contents.TryAdd(block, content))
        {
            // Somebody else loaded it at the same time.
            block.TryExchange(content, null);
            content.Release();
            return;
        }

        if (Interlocked.Add(ref _bytes, content.HeldBytes) > maxBytes) Evict(content);
    }

    /// <summary>Lets go of a block's content.</summary>
    public void Remove(Block block)
    {
        if (!_contents.TryRemove(block, out BlockContent? content)) return;
        block.TryExchange(content, null);
        Interlocked.Add(ref _bytes, -content.HeldBytes);
        content.Release();
    }

    /// <summary>Lets go of what nobody asked for since the last time.</summary>
    public void Age()
    {
        long before = _agedTo;
        _agedTo = Volatile.Read(ref _clock);
        foreach ((Block block, BlockContent content) in _contents)
        {
            if (content.LastUse <= before) Remove(block);
        }
    }

    private void Evict(BlockContent newest)
    {
        while (Volatile.Read(ref _bytes) > maxBytes)
        {
            Block? oldest = null;
            long lastUse = long.MaxValue;
            foreach ((Block block, BlockContent content) in _contents)
            {
                if (content.LastUse >= lastUse || ReferenceEquals(content, newest)) continue;
                (oldest, lastUse) = (block, content.LastUse);
            }

            if (oldest is null) return;
            Remove(oldest);
        }
    }
}
