namespace DotNats.Storage;

/// <summary>The block files of one log that are open for writing.</summary>
// Owner: whoever has the turn at the log's files. Lifetime: a file stays open while it is the newest or has something to be synced.
internal sealed class LogFiles(IStorageFiles files, string name, string directory)
{
    private readonly List<OpenFile> _open = [];
    private bool _hasNewNames;

    public string Directory => directory;

    /// <summary>Something was written that is not synced yet.</summary>
    public bool IsDirty { get; private set; }

    public string PathOf(uint block) => Path.Combine(directory, string.Create(null, $"{block}.blk"));

    /// <summary>Carries a plan out. Throws <see cref="IOException"/>; then it can be carried out again, as if for the first time.</summary>
    public void Execute(CommitPlan plan)
    {
        foreach (BlockWrite write in plan.Writes) Write(write);
        if (plan.Sync && IsDirty) Sync();
        if (plan.Erasures.Count > 0) Erase(plan.Erasures);
        if (plan.Deletions.Count == 0) return;
        foreach (Block block in plan.Deletions) Delete(block.Number);
        files.SyncDirectory(directory);
    }

    /// <summary>Puts other bytes in the place of all of a block's; after a crash it is the old ones or these.</summary>
    public void Rewrite(uint block, ReadOnlySpan<byte> bytes)
    {
        Forget(block);
        SafeFiles.Replace(files, PathOf(block), bytes);
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
        open.File.Write(write.Bytes, write.Offset);
        open.IsDirty = IsDirty = true;
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
        string path = PathOf(block);
        if (!files.FileExists(path)) _hasNewNames = true;
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

    // Where it is safe that messages are deleted, their bytes go; a crash in the middle leaves what nobody misses.
    private void Erase(List<Erasure> erasures)
    {
        Sync();
        foreach (Erasure erasure in erasures)
        {
            byte[] record = new byte[erasure.Length];
            BlockFormat.Erase(record, erasure.Sequence, BlockFormat.HashOfBlock(name, erasure.Block.Number));
            OpenFile open = Find(erasure.Block.Number) ?? Open(erasure.Block.Number);
            open.File.Write(record, erasure.Offset);
            open.IsDirty = IsDirty = true;
        }

        Sync();
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
        if (files.FileExists(PathOf(block))) files.DeleteFile(PathOf(block));
    }

    private sealed class OpenFile(uint block, IStorageFile file)
    {
        public uint Block => block;

        public IStorageFile File => file;

        public bool IsDirty { get; set; }
    }
}
