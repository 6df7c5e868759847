using System.Buffers;
using System.Buffers.Binary;

namespace DotNats.Storage;

/// <summary>The bytes of dotnats.idx: what a log knows in memory, so that it need not be read out of its blocks. Always rebuildable.</summary>
/// <remarks>
/// "DNIX", version, counters, blocks, subjects, deadlines, ageless, marked and unrecorded sequences; numbers as base-128 varints; at the end the
/// HighwayHash of all of it, keyed by "stream:index". It is true up to the RawBytes of its last block.
/// Compat: nats-server removes *.idx files from directories it opens, so an index never outlives changes it does not know of.
/// </remarks>
internal static class IndexFormat
{
    public const string FileName = "dotnats.idx";

    private const ulong Version = 2;

    private static ReadOnlySpan<byte> Magic => "DNIX"u8;

    /// <summary>Writes an index; false where it would be larger than is allowed.</summary>
    public static bool TryWrite(LogContents contents, string stream, ArrayBufferWriter<byte> target, int mostBytes)
    {
        var writer = new IndexWriter(target, mostBytes);
        target.Write(Magic);
        writer.Number(Version);
        WriteCounters(contents, writer);
        WriteBlocks(contents, writer);
        WriteSubjects(contents, writer);
        WriteFacts(contents.Facts, writer);
        if (writer.IsFull) return false;
        writer.Raw(HashOf(stream, target.WrittenSpan));
        return true;
    }

    /// <summary>An index, of any version, as it was written.</summary>
    public static bool IsSound(ReadOnlySpan<byte> file, string stream) =>
        file.Length >= Magic.Length + HighwayHash64.HashBytes && file.StartsWith(Magic)
        && HashOf(stream, file[..^HighwayHash64.HashBytes]) == BinaryPrimitives.ReadUInt64LittleEndian(file[^HighwayHash64.HashBytes..]);

    /// <summary>Reads a sound index into an empty log; false where it is of another version, and then something of it may be in the log.</summary>
    public static bool TryRead(ReadOnlySpan<byte> file, LogContents contents)
    {
        var reader = new IndexReader(file[Magic.Length..^HighwayHash64.HashBytes]);
        if (reader.Number() != Version) return false;
        var counters = new LogCounters(
            reader.Number(), reader.Number(), reader.Number(), reader.Time(), reader.Number(), reader.Time(), reader.Number(), reader.Number(), reader.Time());
        ReadBlocks(ref reader, contents);
        ReadSubjects(ref reader, contents);
        ReadFacts(ref reader, contents.Facts);
        if (!reader.IsAtEnd) return false;
        contents.Restore(counters);
        return true;
    }

    private static void WriteCounters(LogContents contents, IndexWriter writer)
    {
        writer.Number(contents.Messages);
        writer.Number(contents.Bytes);
        writer.Number(contents.FirstSequence);
        writer.Time(contents.FirstTime);
        writer.Number(contents.LastSequence);
        writer.Time(contents.LastTime);
        writer.Number(contents.Lost);
        writer.Number(contents.AgingSequence);
        writer.Time(contents.AgingTime);
    }

    // Blocks that are about to go are not mentioned; the one being written is, whatever is in it.
    private static void WriteBlocks(LogContents contents, IndexWriter writer)
    {
        int count = 0;
        for (int i = 0; i < contents.Blocks.Count; i++) count += contents.Blocks[i].IsGone ? 0 : 1;
        writer.Number((ulong)count);
        for (int i = 0; i < contents.Blocks.Count; i++)
        {
            Block block = contents.Blocks[i];
            if (block.IsGone) continue;
            writer.Number(block.Number);
            writer.Number(block.FirstSequence);
            writer.Number(block.LastSequence);
            writer.Time(block.LastTime);
            writer.Number(block.Messages);
            writer.Number(block.Bytes);
            writer.Number((ulong)block.RawBytes);
            writer.Number(block.StartSequence);
            writer.Number(block.FirstForeignTombstone);
            writer.Number(block.LastForeignTombstone);
            writer.Number(block.IsCompressed ? 1UL : 0);
            writer.Set(block.Deleted);
        }
    }

    private static void ReadBlocks(ref IndexReader reader, LogContents contents)
    {
        for (int left = reader.Count(leastBytes: 12); left > 0 && !reader.HasFailed; left--)
        {
            var block = new Block((uint)reader.Number())
            {
                FirstSequence = reader.Number(),
                LastSequence = reader.Number(),
                LastTime = reader.Time(),
                Messages = reader.Number(),
                Bytes = reader.Number(),
                RawBytes = (long)reader.Number(),
                StartSequence = reader.Number(),
                FirstForeignTombstone = reader.Number(),
                LastForeignTombstone = reader.Number(),
                IsCompressed = reader.Number() != 0,
                IsIndexed = true,
            };
            block.WrittenBytes = block.RawBytes;
            reader.Set(block.Deleted);
            contents.AddBlock(block);
        }
    }

    private static void WriteSubjects(LogContents contents, IndexWriter writer)
    {
        var walk = new SubjectWalk(contents.Subjects);
        walk.Start(default);
        writer.Number((ulong)contents.Subjects.Count);
        while (!writer.IsFull && walk.MoveNext())
        {
            ref SubjectEntry entry = ref walk.Entry;
            writer.Bytes(walk.Subject);
            writer.Number(entry.Count << 2 | (entry.IsFirstStale ? 1UL : 0) | (entry.IsLastStale ? 2UL : 0));
            writer.Number(entry.First);
            writer.Number(entry.Last - entry.First);
        }
    }

    private static void ReadSubjects(ref IndexReader reader, LogContents contents)
    {
        for (int left = reader.Count(leastBytes: 4); left > 0; left--)
        {
            ReadOnlySpan<byte> subject = reader.Bytes();
            ulong count = reader.Number();
            ulong first = reader.Number();
            ulong last = first + reader.Number();
            if (reader.HasFailed || count >> 2 == 0 || subject.Length > SubjectIndex.LongestSubject) return;
            contents.Subjects.Load(subject, count >> 2, first, last);
            if ((count & 3) != 0) contents.Subjects.Tree.Find(subject).MarkStale((count & 1) != 0, (count & 2) != 0);
        }
    }

    private static void WriteFacts(LogFacts facts, IndexWriter writer)
    {
        var deadlines = new List<KeyValuePair<ulong, long>>(facts.Expiries.Count);
        facts.Expiries.CopyTo(deadlines);
        writer.Number((ulong)deadlines.Count);
        foreach ((ulong sequence, long deadline) in deadlines)
        {
            writer.Number(sequence);
            writer.Time(deadline);
        }

        writer.Set(facts.Ageless);
        writer.Set(facts.Marked);
        writer.Set(facts.Unrecorded);
    }

    private static void ReadFacts(ref IndexReader reader, LogFacts facts)
    {
        for (int left = reader.Count(leastBytes: 2); left > 0; left--)
        {
            ulong sequence = reader.Number();
            long deadline = reader.Time();
            if (reader.HasFailed) return;
            facts.Expiries.Set(sequence, deadline);
        }

        reader.Set(facts.Ageless);
        reader.Set(facts.Marked);
        reader.Set(facts.Unrecorded);
    }

    private static ulong HashOf(string stream, ReadOnlySpan<byte> body)
    {
        HighwayHash64 hash = BlockFormat.HashOf(stream + ":index");
        hash.Append(body);
        return hash.Finish();
    }
}
