using System.Globalization;

namespace DotNats.Storage;

/// <summary>Finds out from the files of a log what is in it: from its index and what was written behind it, or from all blocks.</summary>
// Lifetime: one opening. Nothing else touches the log meanwhile. Invariant: no file is deleted whose content is not known to be gone.
internal sealed class Recovery(IStorageFiles files, BlockLoader loader, LogOptions options, string directory, LogContents contents)
{
    private const string BlockSuffix = ".blk";

    // More without a seal was not written by us.
    private const int MostUnsealedBytes = 64 * 1024;

    // What nats-server derives from the blocks. It would believe an index that is no longer true, and makes all of them again.
    private static readonly string[] DerivedFiles = ["thw.db", "sched.db"];

    // The same of its releases up to 2.9, one for each block.
    private const string DerivedOfBlock = ".fss";

    // What was never finished: compactions and replacements, ours and nats-server's.
    private static readonly string[] UnfinishedSuffixes = [".tmp", ".new"];

    private readonly SortedSet<uint> _numbers = [];

    // Blocks that may have something in them that no index speaks of.
    private readonly List<uint> _unsettled = [];

    /// <summary>What is not as it was written.</summary>
    public List<LogDamage> Damage { get; } = [];

    /// <summary>Messages that tombstones say are deleted, and that are still counted.</summary>
    public SortedSet<ulong> Deleted { get; } = [];

    /// <summary>What only indexes of nats-server say, and the log still has to write down.</summary>
    public ForeignIndexes Foreign { get; } = new(files, loader.Coder, options.Name, directory);

    /// <summary>Blocks whose content was not looked at.</summary>
    public List<Block> Unverified { get; } = [];

    /// <summary>Puts into the log what is there.</summary>
    /// <param name="isNew">There was none before.</param>
    /// <exception cref="IOException">The directory or the end of the log cannot be read.</exception>
    public void Run(bool isNew)
    {
        isNew |= !files.DirectoryExists(directory);
        files.CreateDirectory(directory);
        LookAround();
        Foreign.Read();
        foreach (uint number in _numbers) Convert(number);
        bool hasIndex = TryIndex();
        if (hasIndex) Foreign.Discard();
        int next = hasIndex ? ReadFromIndex() : 0;
        uint[] numbers = [.. _numbers];
        for (; next < numbers.Length; next++) ReadBlock(numbers[next], isLast: next == numbers.Length - 1);
        Settle();
        if (Foreign.IsUnused && contents.Messages == 0 && contents.LastSequence + 1 == options.FirstSequence) ForgetUnused();
        if (contents.Messages > 0 || options.FirstSequence <= contents.LastSequence) return;
        // Compat: nats-server has written where the log starts, and reads that as a time unless it stopped in order.
        bool isMarked = !isNew && !hasIndex && !Foreign.IsUnused && options.FirstSequence > 1;
        contents.SkipTo(options.FirstSequence - 1, isMarked ? BlockFormat.NoTime : contents.LastTime);
    }

    // Where a log starts that nothing was stored in, its options say. Compat: what nats-server wrote of it tells a time to whoever has not its index, as it
    // itself when it gets the directory back.
    private void ForgetUnused()
    {
        for (int i = 0; i < contents.Blocks.Count; i++) loader.Coder.Delete(contents.Blocks[i].Number);
        contents.Clear();
        foreach (uint number in _numbers) contents.ReserveNumber(number);
    }

    // What cannot be converted cannot be read either, and is told when it is.
    private void Convert(uint number)
    {
        try
        {
            loader.Coder.Convert(number);
        }
        catch (IOException e) when (e is not DiskFullException)
        {
            // It is left as it is.
        }
    }

    private void LookAround()
    {
        var names = new List<string>(files.FileNames(directory));
        foreach (string file in names)
        {
            if (TryParse(file, BlockSuffix + UnfinishedSuffixes[0], out uint converted)) loader.Coder.FinishConversion(converted, BlockFormat.HashOfBlock(options.Name, converted));
        }

        foreach (string file in files.FileNames(directory))
        {
            Foreign.Note(file);
            if (Array.IndexOf(DerivedFiles, file) >= 0 || TryParse(file, DerivedOfBlock, out _) || Array.Exists(UnfinishedSuffixes, suffix => file.EndsWith(suffix, StringComparison.Ordinal)))
            {
                files.DeleteFile(Path.Combine(directory, file));
            }
            else if (TryParse(file, BlockSuffix, out uint number))
            {
                _numbers.Add(number);
                contents.ReserveNumber(number);
            }
        }
    }

    internal static bool TryParse(string file, string suffix, out uint number)
    {
        number = 0;
        return file.EndsWith(suffix, StringComparison.Ordinal) && uint.TryParse(file.AsSpan(0, file.Length - suffix.Length), NumberStyles.None, null, out number);
    }

    // ---- With an index ----

    private bool TryIndex()
    {
        string path = Path.Combine(directory, IndexFormat.FileName);
        if (SafeFiles.ReadAll(files, path) is not { } sealedFile) return false;
        if (loader.Coder.OpenIndex(sealedFile) is not { } file || !IndexFormat.IsSound(file, options.Name))
            Damage.Add(new LogDamage(path, "it is not as it was written, and was made anew from the blocks", 0, 0));
        else if (IndexFormat.TryRead(file, contents) && AreBlocksAsIndexed())
            return true;
        contents.Clear();
        Unverified.Clear();
        foreach (uint number in _numbers) contents.ReserveNumber(number);
        // Once more is written it could look true again.
        files.DeleteFile(path);
        files.SyncDirectory(directory);
        return false;
    }

    private bool AreBlocksAsIndexed()
    {
        for (int i = 0; i < contents.Blocks.Count; i++)
        {
            Block block = contents.Blocks[i];
            bool isLast = i == contents.Blocks.Count - 1;
            if (!_numbers.Contains(block.Number))
            {
                // One that was never written: nothing was in it.
                if (isLast && block.RawBytes == 0) continue;
                return false;
            }

            long length = loader.Coder.RecordsLength(block.Number, out bool isCompressed);
            block.IsCompressed = isCompressed;
            if (isLast ? length >= block.RawBytes : length == block.RawBytes) Unverified.Add(block);
            else if (isLast || !IsCompacted(block)) return false;
        }

        return true;
    }

    // A block that was compacted since has everything that is counted in it.
    private bool IsCompacted(Block block)
    {
        var damage = new List<LogDamage>();
        BlockContent content = loader.Load(block.Number, long.MaxValue, block.Version, messages: 0, damage);
        try
        {
            ulong present = 0;
            for (int i = 0; i < content.Index.Count; i++) present += block.Has(content.Index.SequenceAt(i)) ? 1UL : 0;
            if (damage.Count > 0 || present != block.Messages) return false;
            (block.RawBytes, block.WrittenBytes) = (content.Bytes.Length, content.Bytes.Length);
            return true;
        }
        finally
        {
            content.Release();
        }
    }

    // What lies before the last indexed block and is not in the index went before the index was written, and only its file is left.
    private int ReadFromIndex()
    {
        Block? last = contents.Blocks.Count == 0 ? null : contents.Blocks[contents.Blocks.Count - 1];
        var indexed = new HashSet<uint>();
        for (int i = 0; i < contents.Blocks.Count; i++) indexed.Add(contents.Blocks[i].Number);
        foreach (uint number in _numbers)
        {
            if (last is not null && number < last.Number && !indexed.Contains(number)) loader.Coder.Delete(number);
        }

        if (last is null) return 0;
        _numbers.RemoveWhere(number => number < last.Number);
        if (!_numbers.Contains(last.Number)) return 0;
        ReadBlock(last.Number, isLast: _numbers.Count == 1, last);
        return 1;
    }

    // ---- Blocks ----

    private void ReadBlock(uint number, bool isLast, Block? known = null)
    {
        Block block = known ?? new Block(number)
        {
            StartSequence = contents.LastSequence + 1, FirstSequence = contents.LastSequence + 1, LastSequence = contents.LastSequence, LastTime = contents.LastTime,
        };
        BlockBuffer buffer;
        int length;
        try
        {
            loader.Coder.RecordsLength(number, out bool isCompressed);
            block.IsCompressed = isCompressed;
            buffer = loader.Coder.Read(number, long.MaxValue, out length);
        }
        catch (IOException e) when (!isLast && known is null)
        {
            // Its sequences are not given away again: later blocks tell the last.
            Damage.Add(new LogDamage(loader.Coder.PathOf(number), e.Message, contents.LastSequence + 1, 0));
            contents.IsGuessed = true;
            return;
        }

        try
        {
            if (known is null) contents.AddBlock(block);
            ReadRecords(block, buffer.Bytes.AsSpan(0, length), isLast);
            Foreign.Apply(block);
        }
        finally
        {
            buffer.Release();
        }
    }

    private void ReadRecords(Block block, Span<byte> bytes, bool isLast)
    {
        int start = (int)block.RawBytes;
        int damages = Damage.Count;
        var index = new RecordIndex();
        _unsettled.Add(block.Number);
        var doubtful = new DoubtfulTombstones();
        var doubts = new DoubtfulDamage(Damage);
        var scanner = new BlockScanner(bytes[start..], BlockFormat.HashOfBlock(options.Name, block.Number));
        while (scanner.MoveNext())
        {
            RecordView record = scanner.Record;
            doubts.Reach(scanner.Batch);
            if (scanner.RepairedAt >= 0) Damage.Add(loader.RepairOf(block.Number, start + scanner.RepairedAt));
            if (scanner.DamagedFrom < scanner.Offset) Report(block.Number, start + scanner.DamagedFrom, start + scanner.Offset, record);
            if (isLast && doubtful.AreProvenBy(scanner)) Believe(block, doubtful);
            if (record.IsTombstone && isLast && scanner.IsBehindDamage && record.Sequence <= contents.LastSequence) doubtful.Add(scanner);
            else if (record.IsTombstone) Apply(block, record.Sequence, record.Timestamp);
            else if (record.Sequence <= contents.LastSequence) continue;
            else if (record.IsErased) Skip(block, record.Sequence, Math.Max(record.Timestamp, contents.LastTime));
            else Recover(block, record, index, start + scanner.Offset);
        }

        if (scanner.RepairedAt >= 0) Damage.Add(loader.RepairOf(block.Number, start + scanner.RepairedAt));
        if (scanner.DamagedFrom < scanner.SoundEnd) Report(block.Number, start + scanner.DamagedFrom, start + scanner.SoundEnd, default);
        if (isLast) doubts.Settle();
        Disbelieve(block, doubtful, bytes, start);
        int end = start + scanner.SoundEnd;
        bool isCut = isLast && end < bytes.Length && !block.IsCompressed;
        if (isCut) CutTail(block.Number, bytes[end..], end);
        else if (end < bytes.Length) Report(block.Number, end, bytes.Length, default);
        block.RawBytes = block.WrittenBytes = isCut ? end : bytes.Length;
        if (start == 0 && Damage.Count == damages) block.Map = BlockMap.Of(index, bytes);
        // A place of an encrypted block is not written twice, nor is anything appended to a compressed one or behind damage.
        if (!isLast || block.IsCompressed || (isCut && loader.Coder.IsEncrypted(block.Number))) return;
        int unsealed = start + scanner.SealEnd;
        if (!scanner.IsBehindDamage && end - unsealed is > 0 and < MostUnsealedBytes) SealTail(block, bytes[unsealed..end]);
        contents.OpenActive();
    }

    // The seal that a batch was to end with is not there; what lies before it gets one, as it is now.
    private void SealTail(Block block, ReadOnlySpan<byte> tail)
    {
        Span<byte> seal = stackalloc byte[SealFormat.RecordBytes];
        SealFormat.Write(seal, tail, endsBatch: true, BlockFormat.HashOfBlock(options.Name, block.Number));
        loader.Coder.Encrypt(block.Number, seal, block.RawBytes);
        using IStorageFile file = files.Open(loader.Coder.PathOf(block.Number), create: false);
        try
        {
            file.Write(seal, block.RawBytes);
            block.RawBytes = block.WrittenBytes = block.RawBytes + seal.Length;
        }
        catch (DiskFullException)
        {
            // It can be done without.
            file.SetLength(block.RawBytes);
        }
    }

    // What a process wrote that was killed, or cut off because it could not be written to the end, need not be so on the device. Whoever sees it
    // from now on must not see anything else when the power goes.
    private void Settle()
    {
        if (_unsettled.Count == 0 || options.Durability != LogDurability.Synced) return;
        foreach (uint number in _unsettled)
        {
            using IStorageFile file = files.Open(loader.Coder.PathOf(number), create: false);
            file.Sync();
        }

        files.SyncDirectory(directory);
    }

    private void Recover(Block block, in RecordView record, RecordIndex index, int offset)
    {
        index.Add(record.Sequence, offset, SubjectHash.Of(record.Subject));
        contents.Recover(block, record.Sequence, record.Timestamp, record.Bytes.Length, record.Subject);
        MessageFacts facts = record.HasHeaders && options.Inspector is { } inspector
            ? inspector.Inspect(record.Subject, record.Headers, record.Timestamp)
            : default;
        contents.Note(record.Sequence, facts, record.Timestamp);
    }

    private void Skip(Block block, ulong last, long time)
    {
        block.Skip(last, time);
        contents.SkipTo(last, time);
    }

    // A tombstone is about a message before it, or remembers the last sequence where no message does.
    private void Apply(Block block, ulong sequence, long time)
    {
        if (sequence > contents.LastSequence)
        {
            Skip(block, sequence, time);
            return;
        }

        if (contents.Blocks.Holder(sequence) is { } target) Deleted.Add(sequence);
        else target = contents.Blocks[contents.Blocks.Find(sequence)];
        if (!ReferenceEquals(target, block)) block.AddForeignTombstone(sequence);
    }

    private void Believe(Block block, DoubtfulTombstones doubtful)
    {
        foreach ((ulong sequence, _) in doubtful.All) Apply(block, sequence, contents.LastTime);
        doubtful.Clear();
    }

    // They become records of nothing, so that what is written behind them does not prove them one day.
    private void Disbelieve(Block block, DoubtfulTombstones doubtful, Span<byte> bytes, int start)
    {
        if (doubtful.All.Count == 0 || block.IsCompressed) return;
        using IStorageFile file = files.Open(loader.Coder.PathOf(block.Number), create: false);
        foreach ((_, int offset) in doubtful.All)
        {
            Span<byte> record = bytes.Slice(start + offset, BlockFormat.EmptyRecordBytes);
            BlockFormat.WriteEmpty(record, BlockFormat.ErasedBit, contents.LastTime, BlockFormat.HashOfBlock(options.Name, block.Number));
            loader.Coder.Encrypt(block.Number, record, start + offset);
            file.Write(record, start + offset);
        }

        file.Sync();
    }

    // Bytes at the end that are no records. They were not acknowledged: an acknowledgement follows a sync that covers the record's last byte, so
    // after a crash such a record is whole. Only damage done to the device itself can look the same, so they are kept aside and reported.
    private void CutTail(uint number, ReadOnlySpan<byte> tail, int from)
    {
        bool isKept = tail.ContainsAnyExcept((byte)0);
        Damage.Add(loader.TornEndOf(number, from, from + tail.Length, isKept, contents.LastSequence + 1));
        if (isKept) SafeFiles.Replace(files, Path.Combine(directory, string.Create(null, $"{number}.{from}.cut")), tail);
        using IStorageFile file = files.Open(loader.Coder.PathOf(number), create: false);
        file.SetLength(from);
        file.Sync();
    }

    private void Report(uint number, int from, int to, in RecordView next)
    {
        LogDamage damage = loader.DamageOf(number, from, to, contents.LastSequence + 1, next);
        if (!next.Bytes.IsEmpty && !next.IsTombstone) contents.Lost += damage.LastSequence - damage.FirstSequence + 1;
        Damage.Add(damage);
    }
}
