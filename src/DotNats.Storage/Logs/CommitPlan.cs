using System.Buffers;

namespace DotNats.Storage;

/// <summary>A record to be overwritten.</summary>
internal readonly record struct Erasure(Block Block, ulong Sequence);

/// <summary>What one turn at the files has to do: filled under the log's gate, carried out outside it, used again and again.</summary>
// Owner: whoever has the turn (FileLog sees to it that there is one at a time). Invariant: leases are returned by Clear.
internal sealed class CommitPlan
{
    // An index of millions of subjects is written now and then: its memory is not kept for the next time.
    private const int MaxKeptIndex = 1024 * 1024;

    public List<BlockWrite> Writes { get; } = [];

    /// <summary>Messages whose bytes are to be overwritten once it is safe that they are deleted.</summary>
    public List<Erasure> Erasures { get; } = [];

    /// <summary>The log's index as of now; empty for none.</summary>
    public ArrayBufferWriter<byte> Index { get; private set; } = new();

    /// <summary>The index in the directory goes before anything is overwritten or deleted: it speaks of what no longer will be there.</summary>
    public bool DropsIndex { get; set; }

    /// <summary>Blocks whose files are to be deleted once everything else is safe.</summary>
    public List<Block> Deletions { get; } = [];

    /// <summary>Where the log's history stands when all this is done.</summary>
    public long Position { get; set; }

    /// <summary>What was written, now and before, is to be synced.</summary>
    public bool Sync { get; set; }

    /// <summary>There is an index, and it may be written later than the rest.</summary>
    public bool DefersIndex { get; set; }

    /// <summary>There is nothing to do but to write and to sync, and perhaps an index that may be written later.</summary>
    public bool IsPlain => ChangesNothing && (Index.WrittenCount == 0 || DefersIndex);

    /// <summary>Nothing is overwritten, deleted or dropped.</summary>
    public bool ChangesNothing => Erasures.Count == 0 && Deletions.Count == 0 && !DropsIndex;

    public void Clear()
    {
        foreach (BlockWrite write in Writes) write.Buffer.Release();
        Writes.Clear();
        Erasures.Clear();
        if (Index.Capacity > MaxKeptIndex) Index = new ArrayBufferWriter<byte>();
        else Index.ResetWrittenCount();
        DropsIndex = DefersIndex = false;
        Deletions.Clear();
    }
}
