using System.Numerics;

namespace DotNats.Storage;

/// <summary>
/// What is remembered of a block that was read or written, when its records are not in memory any more: where a record is to be looked for, and which
/// subjects it cannot have. About three KiB for eight MiB; made anew whenever the block is read.
/// </summary>
// Owner: its block, under the log's gate. Lifetime: until the block is written anew or cut.
// Invariant: a message lies in the last piece that does not start behind it; a subject whose hash the filter refuses has no message here.
internal sealed class BlockMap
{
    // Read in about ten microseconds; a block has a hundred of them.
    private const int PieceBytes = 64 * 1024;

    // Whoever reads more of a block in single messages is better served with all of it.
    private const int MostReads = 32;

    // What holds the subjects of a block with a few thousand of them; with more it would say nothing, and is left out.
    private const int MostFilterBits = 16 * 1024;
    private const int BitsForMessage = 8;
    private const int Probes = 3;

    private readonly ulong[] _sequences;
    private readonly int[] _offsets;
    private readonly ulong[]? _filter;
    private int _lastPiece = -1;
    private int _reads;

    private BlockMap(ulong[] sequences, int[] offsets, ulong[]? filter, long bytes)
    {
        (_sequences, _offsets, _filter) = (sequences, offsets, filter);
        Bytes = bytes;
    }

    /// <summary>Bytes of records it speaks of.</summary>
    public long Bytes { get; }

    /// <summary>The map of some records; null where there are none.</summary>
    /// <param name="records">All the index is over, without damage.</param>
    public static BlockMap? Of(RecordIndex index, ReadOnlySpan<byte> records)
    {
        if (index.Count == 0) return null;
        var sequences = new List<ulong> { index.FirstSequence };
        var offsets = new List<int> { index.OffsetAt(0) };
        for (int i = 1; i < index.Count; i++)
        {
            int offset = index.OffsetAt(i);
            int behind = offset - offsets[^1];
            // A piece starts behind a seal, so that what vouches for its records lies in it; blocks of nats-server have none.
            if (behind < PieceBytes || (behind < 2 * PieceBytes && !IsBehindSeal(records[..offset]))) continue;
            sequences.Add(index.SequenceAt(i));
            offsets.Add(offset);
        }

        return new BlockMap([.. sequences], [.. offsets], FilterOf(index), records.Length);
    }

    /// <summary>Where a message is to be looked for; false where the whole block is to be read, because it would be soon.</summary>
    /// <param name="to">The end of the piece; <see cref="Bytes"/> for the last, or more where more was written since.</param>
    public bool TryChoose(ulong sequence, out int from, out long to)
    {
        int at = Array.BinarySearch(_sequences, sequence);
        int piece = Math.Max(0, at < 0 ? ~at - 1 : at);
        from = _offsets[piece];
        to = piece + 1 < _offsets.Length ? _offsets[piece + 1] : Bytes;
        // Two in one piece are somebody who reads on.
        bool isSingle = piece != _lastPiece && _reads < MostReads;
        (_lastPiece, _reads) = isSingle ? (piece, _reads + 1) : (-1, 0);
        return isSingle;
    }

    /// <summary>Some message may have a subject with this hash.</summary>
    public bool MayHave(uint hash)
    {
        if (_filter is null) return true;
        for (int i = 0; i < Probes; i++)
        {
            uint bit = Probe(hash, i) & (uint)((_filter.Length * 64) - 1);
            if ((_filter[bit >> 6] >> (int)(bit & 63) & 1) == 0) return false;
        }

        return true;
    }

    private static ulong[]? FilterOf(RecordIndex index)
    {
        uint bits = BitOperations.RoundUpToPowerOf2((uint)Math.Clamp((long)index.Count * BitsForMessage, 64, MostFilterBits));
        var filter = new ulong[bits >> 6];
        foreach (uint hash in index.Hashes)
        {
            for (int i = 0; i < Probes; i++)
            {
                uint bit = Probe(hash, i) & (bits - 1);
                filter[bit >> 6] |= 1UL << (int)(bit & 63);
            }
        }

        int set = 0;
        foreach (ulong word in filter) set += BitOperations.PopCount(word);
        return 2 * set > bits ? null : filter;
    }

    private static uint Probe(uint hash, int number) => hash + ((uint)number * (BitOperations.RotateLeft(hash, 15) | 1));

    private static bool IsBehindSeal(ReadOnlySpan<byte> before) =>
        before.Length >= SealFormat.RecordBytes
        && BlockFormat.TryRead(before[^SealFormat.RecordBytes..], out RecordView seal)
        && seal.IsSeal;
}
