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

    private long _notedEnd;

    public List<BlockWrite> Writes { get; } = [];

    /// <summary>Messages whose bytes are to be overwritten once it is safe that they are deleted.</summary>
    public List<Erasure> Erasures { get; } = [];

    /// <summary>The log's index as of now; empty for none.</summary>
    public ArrayBufferWriter<byte> Index { get; private set; } = new();

    /// <summary>The index in the directory goes before anything is overwritten or deleted: it speaks of what no longer will be there.</summary>
    public bool DropsIndex { get; set; }

    /// <summary>Blocks whose files are to be deleted once everything else is safe.</summary>
    public List<Block> Deletions { get; } = [];

    /// <summary>The block and the offset in it up to which writes are in the redo journal already, and told as safe; null for none.</summary>
    public Block? NotedBlock { get; private set; }

    /// <summary>Nothing is to be done but to write what is in the redo journal already.</summary>
    public bool IsNoted => NotedBlock is not null && IsPlain && Index.WrittenCount == 0 && Writes is [var write] && NotNoted(write) == 0;

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

    /// <summary>Bytes at the end of a write that are not in the redo journal yet.</summary>
    public int NotNoted(in BlockWrite write) =>
        ReferenceEquals(write.Block, NotedBlock) ? (int)Math.Clamp(write.Offset + write.Length - _notedEnd, 0, write.Length) : write.Length;

    /// <summary>All writes are in the redo journal; they are of one block.</summary>
    public void IsInRedo()
    {
        BlockWrite last = Writes[^1];
        (NotedBlock, _notedEnd) = (last.Block, last.Offset + last.Length);
    }

    /// <summary>Makes one write of what lies together in memory and in a file: a buffer that another took the place of has nothing that this has not.</summary>
    public void Join()
    {
        for (int i = Writes.Count - 1; i > 0; i--)
        {
            (BlockWrite before, BlockWrite after) = (Writes[i - 1], Writes[i]);
            if (!ReferenceEquals(before.Block, after.Block) || before.From + before.Length != after.From || before.Offset + before.Length != after.Offset) continue;
            before.Buffer.Release();
            Writes[i - 1] = new BlockWrite(after.Block, after.Buffer, before.From, before.Length + after.Length, before.Offset);
            Writes.RemoveAt(i);
        }
    }

    public void Clear()
    {
        foreach (BlockWrite write in Writes) write.Buffer.Release();
        Writes.Clear();
        NotedBlock = null;
        Erasures.Clear();
        if (Index.Capacity > MaxKeptIndex) Index = new ArrayBufferWriter<byte>();
        else Index.ResetWrittenCount();
        DropsIndex = DefersIndex = false;
        Deletions.Clear();
    }
}
