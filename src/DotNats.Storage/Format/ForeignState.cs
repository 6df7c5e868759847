using System.Buffers.Binary;
using System.Numerics;

namespace DotNats.Storage;

/// <summary>The bytes of index.db: what nats-server since 2.10 knew of a stream when it stopped. Limits leave no trace in blocks, and are remembered here.</summary>
/// <remarks>
/// <c>11</c>, version; as variable-length numbers, times zigzag: messages, bytes, first sequence, its time, last sequence, its time; subjects
/// (length, text, messages, first block, last block, before version 4 only for more than one message); blocks (number, bytes, first sequence,
/// time, last sequence, time, both less the stream's first, number of deleted ones, since version 2 of those with a time to live, since version
/// 3 of schedules, then the set of the deleted ones); last block; its last checksum. At the end the HighwayHash of all, keyed by the stream's
/// name. A set is <c>22</c>, version, number of nodes, size, and for each node: base, bits, height.
/// </remarks>
internal static class ForeignState
{
    private const byte Magic = 11;
    private const byte FirstVersion = 1;
    private const byte LastVersion = 4;
    private const int HeadBytes = 2;
    private const byte SetMagic = 22;
    private const int SetHeadBytes = 2 + sizeof(uint) + sizeof(uint);
    private const int BitsPerWord = 64;

    /// <summary>The file without its checksum; nothing where that is wrong.</summary>
    public static ReadOnlySpan<byte> Open(ReadOnlySpan<byte> file, string stream)
    {
        if (file.Length < HeadBytes + HighwayHash64.HashBytes) return default;
        ReadOnlySpan<byte> body = file[..^HighwayHash64.HashBytes];
        HighwayHash64 hash = BlockFormat.HashOf(stream);
        hash.Append(body);
        return hash.Finish() == BinaryPrimitives.ReadUInt64LittleEndian(file[^HighwayHash64.HashBytes..]) ? body : default;
    }

    /// <summary>Reads the blocks; none where it is not understood.</summary>
    /// <param name="isUnused">Nothing was ever stored.</param>
    public static Dictionary<uint, ForeignIndex> Read(ReadOnlySpan<byte> body, out bool isUnused)
    {
        isUnused = false;
        Dictionary<uint, ForeignIndex> blocks = [];
        if (body.Length < HeadBytes || body[0] != Magic || body[1] is < FirstVersion or > LastVersion) return blocks;
        byte version = body[1];
        var reader = new IndexReader(body[HeadBytes..]);
        bool isEmpty = reader.Number() == 0;
        reader.Number();
        reader.Number();
        long baseTime = reader.Signed();
        reader.Number();
        bool hasTime = reader.Signed() != 0;
        PassSubjects(ref reader, version);
        for (ulong left = reader.Number(); left > 0 && !reader.HasFailed; left--) ReadBlock(ref reader, version, baseTime, blocks);
        if (reader.HasFailed) blocks.Clear();
        isUnused = isEmpty && !hasTime && !reader.HasFailed;
        return blocks;
    }

    private static void PassSubjects(ref IndexReader reader, byte version)
    {
        for (ulong left = reader.Number(); left > 0 && !reader.HasFailed; left--)
        {
            if (reader.Bytes().IsEmpty) continue;
            ulong messages = reader.Number();
            reader.Number();
            if (messages > 1 || version >= LastVersion) reader.Number();
        }
    }

    private static void ReadBlock(ref IndexReader reader, byte version, long baseTime, Dictionary<uint, ForeignIndex> blocks)
    {
        ulong number = reader.Number();
        reader.Number();
        ulong first = reader.Number();
        reader.Number();
        ulong last = reader.Number();
        long lastTime = baseTime + reader.Signed();
        ulong deleted = reader.Number();
        for (int more = 2; more <= Math.Min(version, (byte)3); more++) reader.Number();
        var index = new ForeignIndex { FirstSequence = first, LastSequence = last, LastTime = lastTime };
        if (deleted > 0) ReadSet(ref reader, index.Deleted);
        if (!reader.HasFailed && number <= uint.MaxValue) blocks[(uint)number] = index;
    }

    private static void ReadSet(ref IndexReader reader, SequenceSet target)
    {
        ReadOnlySpan<byte> head = reader.Raw(SetHeadBytes);
        int words = reader.HasFailed || head[0] != SetMagic ? 0 : head[1] switch { 1 => 64, 2 => 32, _ => 0 };
        if (words == 0)
        {
            reader.Fail();
            return;
        }

        for (uint left = BinaryPrimitives.ReadUInt32LittleEndian(head[2..]); left > 0 && !reader.HasFailed; left--)
        {
            ReadOnlySpan<byte> node = reader.Raw(sizeof(ulong) + (words * sizeof(ulong)) + sizeof(ushort));
            if (!node.IsEmpty) ReadNode(node, words, target);
        }
    }

    private static void ReadNode(ReadOnlySpan<byte> node, int words, SequenceSet target)
    {
        ulong from = BinaryPrimitives.ReadUInt64LittleEndian(node);
        for (int i = 1; i <= words; i++, from += BitsPerWord)
        {
            for (ulong bits = BinaryPrimitives.ReadUInt64LittleEndian(node[(i * sizeof(ulong))..]); bits != 0; bits &= bits - 1)
                target.Add(from + (ulong)BitOperations.TrailingZeroCount(bits));
        }
    }
}
