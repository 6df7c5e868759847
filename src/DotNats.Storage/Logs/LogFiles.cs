using System.Buffers;

namespace DotNats.Storage;

/// <summary>The block files of one log that are open for writing.</summary>
// Owner: whoever has the turn at the log's files. Lifetime: a file stays open while it is the newest or has something to be synced.
internal sealed class LogFiles(IStorageFiles files, BlockCoder coder, string name, string directory)
{
    private readonly List<OpenFile> _open = [];
    private bool _hasNewNames;

    /// <summary>Something was written that is not synced yet.</summary>
    public bool IsDirty { get; private set; }

    /// <summary>Writes what a plan has. Throws <see cref="IOException"/>; then it can be carried out again, as if for the first time.</summary>
    public void Write(CommitPlan plan)
    {
        foreach (BlockWrite write in plan.Writes) Write(write);
    }

    /// <summary>Does the rest of a plan. Throws as <see cref="Write(CommitPlan)"/> does.</summary>
    /// <param name="isSynced">The whole file system was synced since the plan was written.</param>
    public void Finish(CommitPlan plan, bool isSynced)
    {
        if (isSynced) IsSynced();
        else if ((plan.Sync || plan.Erasures.Count > 0) && IsDirty) Sync();
        if (plan.Index.WrittenCount > 0) SafeFiles.Replace(files, Path.Combine(directory, IndexFormat.FileName), coder.SealIndex(plan.Index.WrittenSpan));
        else if (plan.DropsIndex) DropIndex();
        if (plan.Erasures.Count > 0) Erase(plan.Erasures);
        if (plan.Deletions.Count == 0) return;
        for (int i = 0; i < plan.Deletions.Count; i++)
        {
            // Its tombstones are needed until what they speak of is gone for sure.
            if (i > 0 && plan.Deletions[i].LastForeignTombstone > 0) files.SyncDirectory(directory);
            Delete(plan.Deletions[i].Number);
        }

        files.SyncDirectory(directory);
    }

    /// <summary>Puts other records in the place of all of a block's; after a crash it is the old ones or these.</summary>
    public void Rewrite(uint block, ReadOnlySpan<byte> records)
    {
        Replace(block, coder.Encode(block, records, compresses: false).Span);
    }

    /// <summary>Puts another file in the place of a block's.</summary>
    public void Replace(uint block, ReadOnlySpan<byte> file)
    {
        Forget(block);
        SafeFiles.Replace(files, coder.PathOf(block), file);
    }

    /// <summary>Makes it safe which files there are.</summary>
    public void SyncNames() => files.SyncDirectory(directory);

    /// <summary>Cuts files back to where a plan that failed started, so that nothing half-written remains.</summary>
    public void TakeBack(CommitPlan plan)
    {
        foreach (BlockWrite write in plan.Writes)
        {
            if (Find(write.Block.Number) is { } open && open.File.Length > write.Offset) open.File.SetLength(write.Offset);
        }
    }

    public void Close()
    {
        foreach (OpenFile open in _open) open.File.Dispose();
        _open.Clear();
    }

    private void Write(in BlockWrite write)
    {
        OpenFile open = Find(write.Block.Number) ?? Open(write.Block.Number);
        if (coder.IsEncrypted(write.Block.Number)) WriteEncrypted(open, write.Bytes, write.Offset);
        else open.File.Write(write.Bytes, write.Offset);
        open.IsDirty = IsDirty = true;
    }

    private void WriteEncrypted(OpenFile open, ReadOnlySpan<byte> bytes, long offset)
    {
        byte[] encrypted = ArrayPool<byte>.Shared.Rent(bytes.Length);
        try
        {
            Span<byte> target = encrypted.AsSpan(0, bytes.Length);
            bytes.CopyTo(target);
            coder.Encrypt(open.Block, target, offset);
            open.File.Write(target, offset);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(encrypted);
        }
    }

    private void Sync()
    {
        foreach (OpenFile open in _open)
        {
            if (open.IsDirty) open.File.Sync();
            open.IsDirty = false;
        }

        // A file that cannot be found after a crash has lost everything in it.
        if (_hasNewNames) files.SyncDirectory(directory);
        IsSynced();
    }

    private void IsSynced()
    {
        foreach (OpenFile open in _open) open.IsDirty = false;
        _hasNewNames = IsDirty = false;
        CloseAllButNewest();
    }

    private OpenFile? Find(uint block)
    {
        foreach (OpenFile open in _open)
        {
            if (open.Block == block) return open;
        }

        return null;
    }

    private OpenFile Open(uint block)
    {
        string path = coder.PathOf(block);
        if (!files.FileExists(path))
        {
            coder.CreateKey(block);
            _hasNewNames = true;
        }

        var open = new OpenFile(block, files.Open(path, create: true));
        _open.Add(open);
        return open;
    }

    private void CloseAllButNewest()
    {
        _open.Sort(static (one, other) => one.Block.CompareTo(other.Block));
        while (_open.Count > 1)
        {
            _open[0].File.Dispose();
            _open.RemoveAt(0);
        }
    }

    private void DropIndex()
    {
        string path = Path.Combine(directory, IndexFormat.FileName);
        if (files.FileExists(path)) files.DeleteFile(path);
        files.SyncDirectory(directory);
    }

    // Where it is safe that messages are deleted, their bytes go; a crash in the middle leaves what nobody misses.
    private void Erase(List<Erasure> erasures)
    {
        foreach (Erasure erasure in erasures) Erase(erasure);
        Sync();
    }

    private void Erase(in Erasure erasure)
    {
        uint block = erasure.Block.Number;
        BlockBuffer buffer = coder.Read(block, long.MaxValue, out int length);
        try
        {
            Span<byte> records = buffer.Bytes.AsSpan(0, length);
            if (!TryFind(records, block, erasure.Sequence, out int offset, out int size)) return;
            Span<byte> record = records.Slice(offset, size);
            BlockFormat.Erase(record, erasure.Sequence, BlockFormat.HashOfBlock(name, block));
            if (erasure.Block.IsCompressed)
            {
                EraseByReplacing(block, records);
                return;
            }

            coder.Encrypt(block, record, offset);
            OpenFile open = Find(block) ?? Open(block);
            open.File.Write(record, offset);
            open.IsDirty = IsDirty = true;
        }
        finally
        {
            buffer.Release();
        }
    }

    private bool TryFind(ReadOnlySpan<byte> records, uint block, ulong sequence, out int offset, out int size)
    {
        var scanner = new BlockScanner(records, BlockFormat.HashOfBlock(name, block));
        (offset, size) = (0, 0);
        while (scanner.MoveNext())
        {
            if (scanner.Record.IsTombstone || scanner.Record.IsErased || scanner.Record.Sequence != sequence) continue;
            (offset, size) = (scanner.Offset, scanner.Record.Bytes.Length);
            return true;
        }

        return false;
    }

    // What the old file held is overwritten once nobody needs it.
    private void EraseByReplacing(uint block, ReadOnlySpan<byte> records)
    {
        using IStorageFile old = files.Open(coder.PathOf(block), create: false);
        Replace(block, coder.Encode(block, records, compresses: true).Span);
        byte[] nothing = new byte[64 * 1024];
        long size = old.Length;
        for (long at = 0; at < size; at += nothing.Length) old.Write(nothing.AsSpan(0, (int)Math.Min(nothing.Length, size - at)), at);
        old.Sync();
    }

    private void Forget(uint block)
    {
        if (Find(block) is not { } open) return;
        open.File.Dispose();
        _open.Remove(open);
    }

    /// <summary>Deletes the file of a block.</summary>
    public void Delete(uint block)
    {
        Forget(block);
        coder.Delete(block);
    }

    private sealed class OpenFile(uint block, IStorageFile file)
    {
        public uint Block => block;

        public IStorageFile File => file;

        public bool IsDirty { get; set; }
    }
}
