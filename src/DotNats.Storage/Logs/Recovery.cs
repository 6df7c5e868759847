using System.Globalization;

namespace DotNats.Storage;

/// <summary>Finds out from the files of a log what is in it.</summary>
// Lifetime: one opening. Nothing else touches the log meanwhile.
internal sealed class Recovery(IStorageFiles files, LogOptions options, string directory, LogContents contents, BlockBuffers buffers)
{
    private const string BlockSuffix = ".blk";

    // What nats-server derives from the blocks. It would believe an index that is no longer true, and makes all of them again.
    private static readonly string[] DerivedFiles = ["index.db", "thw.db", "sched.db"];

    private readonly BlockLoader _loader = new(files, options.Name, directory, buffers);

    /// <summary>What is not as it was written.</summary>
    public List<LogDamage> Damage { get; } = [];

    /// <summary>Messages that tombstones say are deleted, and that are still counted.</summary>
    public SortedSet<ulong> Deleted { get; } = [];

    /// <summary>Reads all blocks.</summary>
    public void Run()
    {
        files.CreateDirectory(directory);
        foreach (string derived in DerivedFiles)
        {
            string path = Path.Combine(directory, derived);
            if (files.FileExists(path)) files.DeleteFile(path);
        }

        List<uint> numbers = BlockNumbers();
        for (int i = 0; i < numbers.Count; i++) ReadBlock(numbers[i], isLast: i == numbers.Count - 1);
        if (contents.Messages == 0 && contents.LastSequence + 1 < options.FirstSequence) contents.SkipTo(options.FirstSequence - 1, 0);
        if (contents.Blocks.Count > 0) contents.OpenActive();
    }

    private List<uint> BlockNumbers()
    {
        var numbers = new List<uint>();
        foreach (string file in files.FileNames(directory))
        {
            if (file.EndsWith(BlockSuffix, StringComparison.Ordinal)
                && uint.TryParse(file.AsSpan(0, file.Length - BlockSuffix.Length), NumberStyles.None, null, out uint number))
                numbers.Add(number);
        }

        numbers.Sort();
        return numbers;
    }

    private void ReadBlock(uint number, bool isLast)
    {
        BlockBuffer buffer = _loader.ReadFile(number, long.MaxValue, out int length);
        try
        {
            var block = new Block(number) { FirstSequence = contents.LastSequence + 1, LastSequence = contents.LastSequence, LastTime = contents.LastTime };
            contents.AddBlock(block);
            int sound = ReadRecords(block, buffer.Bytes.AsSpan(0, length));
            (block.RawBytes, block.WrittenBytes) = (sound, sound);
            if (sound == length) return;
            if (isLast) CutTail(number, buffer.Bytes.AsSpan(sound, length - sound), sound);
            else ReportDamage(number, sound, length, contents.LastSequence + 1, 0);
            if (!isLast) (block.RawBytes, block.WrittenBytes) = (length, length);
        }
        finally
        {
            buffer.Release();
        }
    }

    private int ReadRecords(Block block, ReadOnlySpan<byte> bytes)
    {
        var scanner = new BlockScanner(bytes, BlockFormat.HashOfBlock(options.Name, block.Number));
        while (scanner.MoveNext())
        {
            RecordView record = scanner.Record;
            if (scanner.DamagedFrom < scanner.Offset) ReportDamage(block.Number, scanner.DamagedFrom, scanner.Offset, contents.LastSequence + 1, record.IsTombstone ? 0 : record.Sequence - 1);
            if (record.IsTombstone) Apply(block, record);
            else if (record.Sequence <= contents.LastSequence) continue;
            else if (record.IsErased) Skip(block, record);
            else Recover(block, record);
        }

        return scanner.SoundEnd;
    }

    private void Recover(Block block, in RecordView record)
    {
        contents.Recover(block, record.Sequence, record.Timestamp, record.Bytes.Length, record.Subject);
        MessageFacts facts = record.HasHeaders && options.Inspector is { } inspector
            ? inspector.Inspect(record.Subject, record.Headers, record.Timestamp)
            : default;
        contents.Note(record.Sequence, facts);
    }

    private void Skip(Block block, in RecordView record)
    {
        long time = Math.Max(record.Timestamp, contents.LastTime);
        block.Skip(record.Sequence, time);
        contents.SkipTo(record.Sequence, time);
    }

    // A tombstone is about a message before it, or remembers the last sequence where no message does.
    private void Apply(Block block, in RecordView record)
    {
        if (record.Sequence > contents.LastSequence)
        {
            block.Skip(record.Sequence, record.Timestamp);
            contents.SkipTo(record.Sequence, record.Timestamp);
            return;
        }

        int at = contents.Blocks.Find(record.Sequence);
        Block target = contents.Blocks[at];
        if (!ReferenceEquals(target, block)) block.LastForeignTombstone = Math.Max(block.LastForeignTombstone, record.Sequence);
        if (target.Has(record.Sequence)) Deleted.Add(record.Sequence);
    }

    // Bytes at the end of the last block that are no record were not acknowledged unless somebody damaged them; they are kept aside.
    private void CutTail(uint number, ReadOnlySpan<byte> tail, int from)
    {
        using IStorageFile file = files.Open(_loader.PathOf(number), create: false);
        file.SetLength(from);
        file.Sync();
        Damage.Add(new LogDamage(_loader.PlaceOf(number, from), $"{tail.Length} bytes at the end are no records", contents.LastSequence + 1, 0));
    }

    private void ReportDamage(uint number, int from, int to, ulong first, ulong last)
    {
        if (last >= first) contents.Lost += last - first + 1;
        Damage.Add(new LogDamage(_loader.PlaceOf(number, from), $"{to - from} bytes are no records", first, last));
    }
}
