using System.Buffers;
using System.Numerics;

namespace DotNats.Storage;

/// <summary>Sequences that ascend, each but once: by pages of 65,536, of which each has a bit for each or, where few are in it, the ends of those that are.</summary>
/// <remarks>Two bytes for each sequence at most, and less where they lie close; no array is so large that it is more than others to the collector.</remarks>
// Owner: whoever asked for it. Immutable. Invariant: a page has bits, or ends that ascend, or none of it is in the list.
public sealed class SequenceList
{
    internal const int PageLog2 = 16;

    // Where more are in it, bits take less.
    internal const int MostEnds = 1 << (PageLog2 - 4);

    private readonly Page[] _pages;

    // The number of the first page: sequences of a page have all but their last bits in common.
    private readonly ulong _firstPage;

    internal SequenceList(Page[] pages, ulong firstPage, int count)
    {
        (_pages, _firstPage, Count) = (pages, firstPage, count);
        if (count == 0) return;
        First = NextFrom(0);
        int last = pages.Length - 1;
        while (pages[last].Count == 0) last--;
        Last = ((firstPage + (ulong)last) << PageLog2) + (uint)pages[last].Last;
    }

    /// <summary>Without any.</summary>
    public static SequenceList Empty { get; } = new([], 0, 0);

    /// <summary>How many there are.</summary>
    public int Count { get; }

    /// <summary>The first; 0 for none.</summary>
    public ulong First { get; }

    /// <summary>The last; 0 for none.</summary>
    public ulong Last { get; }

    /// <summary>Takes a copy of sequences, each but once.</summary>
    public static SequenceList Of(ReadOnlySpan<ulong> sequences)
    {
        if (sequences.IsEmpty) return Empty;
        (ulong least, ulong greatest) = (ulong.MaxValue, 0);
        foreach (ulong sequence in sequences) (least, greatest) = (Math.Min(least, sequence), Math.Max(greatest, sequence));
        var builder = new SequenceListBuilder(least, greatest);
        foreach (ulong sequence in sequences) builder.Add(sequence);
        return builder.Build();
    }

    /// <summary>The first from a sequence on (included); 0 for none.</summary>
    public ulong NextFrom(ulong sequence)
    {
        ulong page = sequence >> PageLog2;
        int end = page < _firstPage ? 0 : (int)(sequence & ((1 << PageLog2) - 1));
        for (ulong at = page < _firstPage ? 0 : page - _firstPage; at < (ulong)_pages.Length; at++, end = 0)
        {
            int next = _pages[at].NextFrom(end);
            if (next >= 0) return ((_firstPage + at) << PageLog2) + (uint)next;
        }

        return 0;
    }

    public bool Contains(ulong sequence) => sequence > 0 && NextFrom(sequence) == sequence;

    internal struct Page
    {
        public ulong[]? Bits;
        public ushort[]? Ends;

        /// <summary>How many are in it.</summary>
        public int Count;

        public readonly int Last
        {
            get
            {
                if (Bits is null) return Ends![^1];
                int word = Bits.AsSpan().LastIndexOfAnyExcept(0UL);
                return (word << 6) + BitOperations.Log2(Bits[word]);
            }
        }

        /// <summary>The first end from one on (included); negative for none.</summary>
        public readonly int NextFrom(int end)
        {
            if (Count == 0) return -1;
            if (Ends is not null)
            {
                int at = end == 0 ? 0 : Ends.AsSpan().BinarySearch((ushort)end);
                if (at < 0) at = ~at;
                return at < Ends.Length ? Ends[at] : -1;
            }

            int word = end >> 6;
            ulong left = Bits![word] & (ulong.MaxValue << (end & 63));
            if (left == 0)
            {
                int next = Bits.AsSpan(word + 1).IndexOfAnyExcept(0UL);
                if (next < 0) return -1;
                word += next + 1;
                left = Bits[word];
            }

            return (word << 6) + BitOperations.TrailingZeroCount(left);
        }
    }
}

/// <summary>Makes a list of sequences that come in any order.</summary>
internal ref struct SequenceListBuilder
{
    private const int FewEnds = 16;

    // Bits for more than these, as long as a page may still grow: what it has in the end takes a quarter of that at least, and next to nothing is allocated in vain.
    private const int MostGrowingEnds = FewEnds << 6;
    private const int WordsOfPage = 1 << (SequenceList.PageLog2 - 6);

    private readonly SequenceList.Page[] _pages;
    private readonly ulong _firstPage;

    /// <param name="least">None is less.</param>
    /// <param name="greatest">None is greater.</param>
    public SequenceListBuilder(ulong least, ulong greatest)
    {
        _firstPage = least >> SequenceList.PageLog2;
        _pages = new SequenceList.Page[(greatest >> SequenceList.PageLog2) - _firstPage + 1];
    }

    /// <param name="sequence">One that was not added yet.</param>
    public readonly void Add(ulong sequence) => AddWord(sequence >> 6, 1UL << (int)(sequence & 63));

    /// <summary>Adds some of 64 sequences.</summary>
    /// <param name="word">What the sequences are but for their last six bits.</param>
    /// <param name="bits">One for each; none that was added yet.</param>
    public readonly void AddWord(ulong word, ulong bits)
    {
        ref SequenceList.Page page = ref _pages[(word >> (SequenceList.PageLog2 - 6)) - _firstPage];
        if (page.Bits is { } all) all[word % WordsOfPage] |= bits;
        else AddEnds(ref page, (int)(word % WordsOfPage), bits);
    }

    public readonly SequenceList Build()
    {
        int count = 0;
        foreach (ref SequenceList.Page page in _pages.AsSpan())
        {
            if (page.Bits is { } bits) Settle(ref page, bits);
            else if (page.Count > 0) (page.Ends = page.Ends![..page.Count]).AsSpan().Sort();
            count += page.Count;
        }

        return count == 0 ? SequenceList.Empty : new SequenceList(_pages, _firstPage, count);
    }

    private static void AddEnds(ref SequenceList.Page page, int word, ulong bits)
    {
        for (; bits != 0; bits &= bits - 1)
        {
            if (page.Count == (page.Ends?.Length ?? 0))
            {
                if (page.Count == MostGrowingEnds) break;
                Array.Resize(ref page.Ends, Math.Max(FewEnds, 4 * page.Count));
            }

            page.Ends![page.Count++] = (ushort)((word << 6) + BitOperations.TrailingZeroCount(bits));
        }

        if (bits == 0) return;
        ulong[] all = ArrayPool<ulong>.Shared.Rent(WordsOfPage);
        all.AsSpan().Clear();
        foreach (ushort end in page.Ends!) all[end >> 6] |= 1UL << (end & 63);
        all[word] |= bits;
        (page.Bits, page.Ends) = (all, null);
    }

    // A page of many keeps its bits.
    private static void Settle(ref SequenceList.Page page, ulong[] bits)
    {
        page.Count = 0;
        foreach (ulong word in bits) page.Count += BitOperations.PopCount(word);
        if (page.Count >= SequenceList.MostEnds) return;
        ushort[] ends = new ushort[page.Count];
        int count = 0;
        for (int word = 0; count < ends.Length; word++)
        {
            for (ulong left = bits[word]; left != 0; left &= left - 1) ends[count++] = (ushort)((word << 6) + BitOperations.TrailingZeroCount(left));
        }

        ArrayPool<ulong>.Shared.Return(bits);
        (page.Bits, page.Ends) = (null, ends);
    }
}
