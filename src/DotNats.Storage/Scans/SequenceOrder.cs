using System.Buffers;
using System.Numerics;
using System.Runtime.InteropServices;

namespace DotNats.Storage;

/// <summary>Brings sequences in order: with a bit for each between the least and the greatest, where they lie close enough for it.</summary>
internal static class SequenceOrder
{
    // So many sequences for each that is there: looking at a word of bits costs less than comparing a dozen times.
    private const ulong MostSpread = 256;
    private const int FewSequences = 1024;

    // 8 MiB: what a pool keeps of it need not be given back.
    private const ulong MostWords = 1 << 20;

    /// <param name="sequences">Each but once.</param>
    public static void Sort(List<ulong> sequences) => Sort(CollectionsMarshal.AsSpan(sequences));

    /// <param name="all">Each but once.</param>
    public static void Sort(Span<ulong> all)
    {
        (ulong least, ulong greatest) = (ulong.MaxValue, 0);
        foreach (ulong sequence in all) (least, greatest) = (Math.Min(least, sequence), Math.Max(greatest, sequence));
        if (all.Length < FewSequences || (greatest - least) / MostSpread > (ulong)all.Length || (greatest - least) >> 6 >= MostWords)
        {
            all.Sort();
            return;
        }

        ulong first = least & ~63UL;
        int words = (int)((greatest - first) >> 6) + 1;
        ulong[] bits = ArrayPool<ulong>.Shared.Rent(words);
        bits.AsSpan(0, words).Clear();
        foreach (ulong sequence in all) bits[(sequence - first) >> 6] |= 1UL << (int)(sequence & 63);
        int count = 0;
        for (int word = 0; word < words; word++)
        {
            for (ulong left = bits[word]; left != 0; left &= left - 1) all[count++] = first + ((ulong)word << 6) + (ulong)BitOperations.TrailingZeroCount(left);
        }

        ArrayPool<ulong>.Shared.Return(bits);
    }
}
