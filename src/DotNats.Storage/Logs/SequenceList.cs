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

    private readonly SequenceList.Page[] _pages;
    private readonly ulong _firstPage;
    private int _count;

    /// <param name="least">None is less.</param>
    /// <param name="greatest">None is greater.</param>
    public SequenceListBuilder(ulong least, ulong greatest)
    {
        _firstPage = least >> SequenceList.PageLog2;
        _pages = new SequenceList.Page[(greatest >> SequenceList.PageLog2) - _firstPage + 1];
    }

    /// <param name="sequence">One that was not added yet.</param>
    public void Add(ulong sequence)
    {
        ref SequenceList.Page page = ref _pages[(sequence >> SequenceList.PageLog2) - _firstPage];
        _count++;
        if (page.Bits is null && page.Count == (page.Ends?.Length ?? 0)) MakeRoom(ref page);
        if (page.Bits is { } bits) Set(bits, (ushort)sequence);
        else page.Ends![page.Count] = (ushort)sequence;
        page.Count++;
    }

    public readonly SequenceList Build()
    {
        if (_count == 0) return SequenceList.Empty;
        foreach (ref SequenceList.Page page in _pages.AsSpan())
        {
            if (page.Ends is null) continue;
            if (page.Count < page.Ends.Length) page.Ends = page.Ends[..page.Count];
            page.Ends.AsSpan().Sort();
        }

        return new SequenceList(_pages, _firstPage, _count);
    }

    private static void MakeRoom(ref SequenceList.Page page)
    {
        if (page.Count < SequenceList.MostEnds)
        {
            Array.Resize(ref page.Ends, Math.Max(FewEnds, 2 * page.Count));
            return;
        }

        ulong[] bits = new ulong[1 << (SequenceList.PageLog2 - 6)];
        foreach (ushort end in page.Ends!) Set(bits, end);
        (page.Bits, page.Ends) = (bits, null);
    }

    private static void Set(ulong[] bits, ushort end) => bits[end >> 6] |= 1UL << (end & 63);
}
