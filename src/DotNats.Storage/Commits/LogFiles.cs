using System.Buffers;

namespace DotNats.Storage;

/// <summary>The block files of one log that are open for writing.</summary>
// Owner: whoever has the turn at the log's files. Lifetime: a file stays open while it is the newest or has something to be synced.
internal sealed class LogFiles(IStorageFiles files, RedoJournal redo, BlockCoder coder, string name, string directory)
{
    // A log that writes so much at once gets room ahead: syncs then need not wait for blocks to be found (64 KiB: 283 µs instead of 425).
    private const int BusyBytes = 16 * 1024;
    private const int ReservedBytes = 2 * 1024 * 1024;

    // A log that writes more between two times has its writes made one by one: there is nothing to be won.
    private const int MostNotedBytes = 64 * 1024;

    // Less than a millisecond of a device. All at once, when a half of the redo journal is worked off, it would hold up syncs for ten.
    private const int PieceBytes = 256 * 1024;

    private readonly List<OpenFile> _open = [];
    private bool _hasNewNames;

    // Names that are safe only in the redo journal, and the fill it was told to have of this log.
    private bool _hasNamesInRedo;
    private ulong _fill;
    private bool _isPlanWritten;
    private uint _lastWritten;

    public string Directory => directory;

    /// <summary>Something was written that is not safe yet.</summary>
    public bool IsDirty { get; private set; }

    /// <summary>Writes what a plan has. Throws <see cref="IOException"/>; then it can be carried out again, as if for the first time.</summary>
    /// <param name="batch">Gets what is written; null where nobody wants it.</param>
    public void Write(CommitPlan plan, RedoBatch? batch)
    {
        _isPlanWritten = false;
        // What was written before and is not safe has to be synced in any case.
        if (IsDirty) batch?.Spoil();
        foreach (BlockWrite write in plan.Writes)
        {
            // Of two blocks that are written at once the later one is never there without the earlier.
            if (plan.Sync && IsDirty && write.Block.Number != _lastWritten) Sync();
            OpenFile open = Find(write.Block.Number) ?? Open(write.Block.Number);
            if (plan.Sync && write.Length >= BusyBytes) open.Reserve(write.Offset + write.Length, ReservedBytes);
            Write(open, write, plan.NotNoted(write), batch);
            _lastWritten = write.Block.Number;
        }
    }

    /// <summary>Leaves what a plan writes to the redo journal for now: a part of a block whose file is there. False where it has to be written.</summary>
    public bool TryNote(CommitPlan plan, RedoBatch batch)
    {
        if (IsDirty || _hasNewNames || plan.Writes is not [var write] || Find(write.Block.Number) is not { IsEncrypted: false } open) return false;
        int left = plan.NotNoted(write);
        if (left == 0 || write.Length > MostNotedBytes) return false;
        batch.Add(NameOf(open), write.Offset + write.Length - left, write.Bytes[^left..]);
        return batch.IsWhole;
    }

    /// <summary>What a plan writes is in the redo journal.</summary>
    public void IsNoted(ulong fill)
    {
        if (_fill != fill) redo.Note(_fill = fill, directory);
    }

    /// <summary>Does the rest of a plan. Throws as <see cref="Write(CommitPlan, RedoBatch)"/> does.</summary>
    /// <param name="mark">What was done for all that the plan wrote.</param>
    public void Finish(CommitPlan plan, SyncMark mark)
    {
        if (mark.IsSynced) IsSynced();
        else if (mark.IsInRedo) IsInRedo(mark.Fill);
        else if ((plan.Sync || plan.Erasures.Count > 0) && IsDirty) Sync();
        _isPlanWritten = true;
        if (plan.Index.WrittenCount > 0 && !plan.DefersIndex) SafeFiles.Replace(files, Path.Combine(directory, IndexFormat.FileName), coder.SealIndex(plan.Index.WrittenSpan));
        else if (plan.DropsIndex) DropIndex();
        if (plan.Erasures.Count > 0) Erase(plan.Erasures);
        if (plan.Deletions.Count == 0) return;
        LeaveRedo();
        for (int i = 0; i < plan.Deletions.Count; i++)
        {
            // Its tombstones are needed until what they speak of is gone for sure.
            if (i > 0 && plan.Deletions[i].LastForeignTombstone > 0) files.SyncDirectory(directory);
            Delete(plan.Deletions[i].Number);
        }

        files.SyncDirectory(directory);
    }

    /// <summary>An index as it lies in its file.</summary>
    public byte[] Seal(ReadOnlySpan<byte> index) => coder.SealIndex(index).ToArray();

    /// <summary>Lends the files that are not synced to somebody who syncs them beside the turns: they stay open until they are taken back.</summary>
    public void Lend(List<IStorageFile> target)
    {
        // What a sync of these loses is known only to the redo journal.
        if (_open.Exists(static open => open is { IsDirty: true, IsSafe: false })) Sync();
        foreach (OpenFile open in _open)
        {
            if (!open.IsDirty) continue;
            open.Lend();
            target.Add(open.File);
        }
    }

    /// <summary>Takes them back; where they were synced, those that nobody wrote to meanwhile need no other sync.</summary>
    public void TakeBackLent(bool areSynced)
    {
        foreach (OpenFile open in _open) open.TakeBack(areSynced);
        IsDirty = _open.Exists(static open => open.IsDirty);
        CloseAllButNewest();
    }

    /// <summary>Puts other records in the place of all of a block's; after a crash it is the old ones or these.</summary>
    public void Rewrite(uint block, ReadOnlySpan<byte> records)
    {
        Replace(block, coder.Encode(block, records, compresses: false).Span);
    }

    /// <summary>Makes a block with some records.</summary>
    public void Create(uint block, ReadOnlySpan<byte> records)
    {
        coder.CreateKey(block);
        Rewrite(block, records);
    }

    /// <summary>Puts another file in the place of a block's.</summary>
    public void Replace(uint block, ReadOnlySpan<byte> file)
    {
        LeaveRedo();
        Forget(block);
        SafeFiles.Replace(files, coder.PathOf(block), file);
    }

    /// <summary>Makes it safe which files there are.</summary>
    public void SyncNames() => files.SyncDirectory(directory);

    /// <summary>Cuts files back to where a plan that failed while it was written started, so that nothing half-written remains.</summary>
    // What was written to the end stays: erased messages and deleted blocks may depend on it already.
    public void TakeBack(CommitPlan plan)
    {
        if (_isPlanWritten) return;
        foreach (BlockWrite write in plan.Writes)
        {
            // What was told as safe stays.
            long end = write.Offset + write.Length - plan.NotNoted(write);
            if (Find(write.Block.Number) is { IsDirty: true } open && open.File.Length > end) open.File.SetLength(end);
        }
    }

    public void Close()
    {
        foreach (OpenFile open in _open) open.Close();
        _open.Clear();
    }

    private void Write(OpenFile open, in BlockWrite write, int notNoted, RedoBatch? batch)
    {
        open.IsDirty = IsDirty = true;
        // Until the file is synced it is the journal that has what was noted.
        if (notNoted < write.Length) open.Cover(_fill);
        if (open.IsEncrypted) WriteEncrypted(open, write.Bytes, write.Offset, batch);
        else Write(open, write.Bytes, write.Offset, notNoted, batch);
    }

    private void Write(OpenFile open, ReadOnlySpan<byte> bytes, long offset, int notNoted, RedoBatch? batch)
    {
        open.File.Write(bytes, offset);
        open.Writes++;
        if (batch is null) return;
        open.BeginSync(offset, bytes.Length);
        if (notNoted > 0) batch.Add(NameOf(open), offset + bytes.Length - notNoted, bytes[^notNoted..]);
    }

    private byte[] NameOf(OpenFile open) => open.RedoName ??= redo.NameOf(coder.PathOf(open.Block));

    private void WriteEncrypted(OpenFile open, ReadOnlySpan<byte> bytes, long offset, RedoBatch? batch)
    {
        byte[] encrypted = ArrayPool<byte>.Shared.Rent(bytes.Length);
        try
        {
            Span<byte> target = encrypted.AsSpan(0, bytes.Length);
            bytes.CopyTo(target);
            coder.Encrypt(open.Block, target, offset);
            Write(open, target, offset, target.Length, batch);
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
            if (open.IsDirty || !open.IsSafe) open.Sync(coder.PathOf(open.Block));
            open.IsDirty = false;
        }

        // A file that cannot be found after a crash has lost everything in it.
        if (_hasNewNames || _hasNamesInRedo) files.SyncDirectory(directory);
        IsSynced();
    }

    private void IsSynced()
    {
        foreach (OpenFile open in _open)
        {
            open.IsDirty = false;
            open.EndCover();
        }

        _hasNewNames = _hasNamesInRedo = IsDirty = false;
        CloseAllButNewest();
    }

    private void IsInRedo(ulong fill)
    {
        foreach (OpenFile open in _open)
        {
            if (open.IsDirty) open.Cover(fill);
            open.IsDirty = false;
        }

        _hasNamesInRedo |= _hasNewNames;
        _hasNewNames = IsDirty = false;
        IsNoted(fill);
        CloseAllButNewest();
    }

    // What the redo journal has of this log is made safe where it belongs, and does not count any more: files are going to change in ways it does not know of.
    private void LeaveRedo()
    {
        if (_hasNamesInRedo || _open.Exists(static open => !open.IsSafe)) Sync();
        redo.Forget(directory);
        _fill = 0;
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
        bool isNew = !files.FileExists(path);
        if (isNew)
        {
            coder.CreateKey(block);
            _hasNewNames = true;
        }

        var open = new OpenFile(redo, block, files.Open(path, create: true), coder.IsEncrypted(block));
        _open.Add(open);
        // A process that was killed gave nothing back.
        if (!isNew) open.GiveBack();
        return open;
    }

    private void CloseAllButNewest()
    {
        _open.Sort(static (one, other) => one.Block.CompareTo(other.Block));
        // Who closes a file is not told any more of what could not be written to it.
        while (_open.Count > 1 && _open[0] is { IsDirty: false, IsSafe: true, IsLent: false })
        {
            _open[0].Close();
            _open.RemoveAt(0);
        }
    }

    private void DropIndex()
    {
        string path = Path.Combine(directory, IndexFormat.FileName);
        if (files.FileExists(path)) files.DeleteFile(path);
        files.SyncDirectory(directory);
    }

    // Where it is safe that messages are deleted, their bytes go; a crash in the middle leaves what nobody misses. A seal is made anew only
    // when it is safe that what it vouches for is erased: over records that are all sound it would say that none can be believed.
    private void Erase(List<Erasure> erasures)
    {
        LeaveRedo();
        redo.Scrub();
        var seals = new List<(OpenFile Open, byte[] Seal, long Offset)>();
        var blocks = new SortedDictionary<uint, HashSet<ulong>>();
        foreach (Erasure erasure in erasures)
        {
            if (!blocks.TryGetValue(erasure.Block.Number, out HashSet<ulong>? sequences)) blocks.Add(erasure.Block.Number, sequences = []);
            sequences.Add(erasure.Sequence);
        }

        foreach ((uint block, HashSet<ulong> sequences) in blocks) Erase(block, sequences, seals);
        foreach ((OpenFile open, _, _) in seals) open.File.Sync();
        foreach ((OpenFile open, byte[] seal, long offset) in seals)
        {
            open.File.Write(seal, offset);
            open.IsDirty = IsDirty = true;
        }

        Sync();
    }

    private void Erase(uint block, HashSet<ulong> sequences, List<(OpenFile Open, byte[] Seal, long Offset)> newSeals)
    {
        BlockBuffer buffer = coder.Read(block, out int length, out bool isCompressed);
        try
        {
            Span<byte> records = buffer.Bytes.AsSpan(0, length);
            var erased = new List<Range>();
            var seals = new List<Range>();
            BlockEraser.Erase(records, sequences, BlockFormat.HashOfBlock(name, block), erased, seals);
            if (erased.Count == 0) return;
            if (isCompressed)
            {
                EraseByReplacing(block, records);
                return;
            }

            OpenFile open = Find(block) ?? Open(block);
            open.IsDirty = IsDirty = true;
            foreach (Range record in erased) open.File.Write(Encrypted(block, records, record), record.Start.Value);
            foreach (Range seal in seals) newSeals.Add((open, Encrypted(block, records, seal).ToArray(), seal.Start.Value));
        }
        finally
        {
            buffer.Release();
        }
    }

    private Span<byte> Encrypted(uint block, Span<byte> records, Range range)
    {
        Span<byte> bytes = records[range];
        coder.Encrypt(block, bytes, range.Start.Value);
        return bytes;
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
        LeaveRedo();
        Forget(block);
        coder.Delete(block);
    }

    private sealed class OpenFile(RedoJournal redo, uint block, IStorageFile file, bool isEncrypted)
    {
        private long _reserved;
        private long _writtenFrom;
        private long _writtenBytes;
        private long _writesWhenLent;
        private RedoCover _cover;

        public uint Block => block;

        public IStorageFile File => file;

        public bool IsEncrypted => isEncrypted;

        public bool IsDirty { get; set; }

        /// <summary>What was told as safe is on the device, not in the redo journal alone.</summary>
        public bool IsSafe => _cover.IsOver(redo);

        public byte[]? RedoName { get; set; }

        public long Writes { get; set; }

        /// <summary>Somebody syncs it beside the turns.</summary>
        public bool IsLent { get; private set; }

        public void Lend() => (IsLent, _writesWhenLent) = (true, Writes);

        public void TakeBack(bool isSynced)
        {
            if (!IsLent) return;
            IsLent = false;
            if (isSynced && Writes == _writesWhenLent) IsDirty = false;
        }

        public void Sync(string path) => _cover.Sync(redo, file, path);

        public void Cover(ulong fill) => _cover.Add(fill);

        public void EndCover() => _cover.End();

        /// <summary>Has room for bytes up to an offset, and for so many behind it; writing tells where there is none.</summary>
        public void Reserve(long end, long ahead)
        {
            if (end <= _reserved) return;
            _reserved = end + ahead;
            try
            {
                file.Preallocate(_reserved);
            }
            catch (DiskFullException)
            {
                GiveBack();
                _reserved = long.MaxValue;
            }
        }

        /// <summary>Has the device work off what only the redo journal has, a piece at a time.</summary>
        public void BeginSync(long offset, int bytes)
        {
            if (offset != _writtenFrom + _writtenBytes) (_writtenFrom, _writtenBytes) = (offset, 0);
            _writtenBytes += bytes;
            if (_writtenBytes < PieceBytes) return;
            file.BeginSync(_writtenFrom, _writtenBytes);
            (_writtenFrom, _writtenBytes) = (offset + bytes, 0);
        }

        /// <summary>Gives room behind the end back.</summary>
        public void GiveBack() => file.SetLength(file.Length);

        public void Close()
        {
            if (_reserved > 0) TryGiveBack();
            file.Dispose();
        }

        private void TryGiveBack()
        {
            try
            {
                GiveBack();
            }
            catch (IOException)
            {
                // It is given back when the file is opened the next time.
            }
        }
    }
}
