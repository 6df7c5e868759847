using System.Numerics;
using System.Runtime.InteropServices;

namespace DotNats.Storage;

/// <summary>Sequences that ascend, each but once: a bit for each where they lie close, an array where they do not.</summary>
// Owner: whoever asked for it. Immutable. Invariant: _pages or _sequences, never both.
public sealed class SequenceList
{
    /// <summary>Bits of a page: 8 KiB, which is nothing to the collector. A page without any is not there.</summary>
    internal const int PageLog2 = 16;

    internal const int WordsOfPage = 1 << (PageLog2 - 6);

    // For a bit of each sequence in between, where one in so many is there: not more than the array would take.
    internal const ulong MostSpread = 64;

    private readonly ulong[]?[]? _pages;
    private readonly ulong[] _sequences;

    // The number of the first page: sequences of a page have all but their last bits in common.
    private readonly ulong _firstPage;

    /// <param name="sequences">Ascending, and never changed.</param>
    internal SequenceList(ulong[] sequences)
    {
        _sequences = sequences;
        if (sequences.Length == 0) return;
        (Count, First, Last) = (sequences.Length, sequences[0], sequences[^1]);
    }

    internal SequenceList(ulong[]?[] pages, ulong firstPage, int count, ulong last)
    {
        (_pages, _sequences, _firstPage, Count, Last) = (pages, [], firstPage, count, last);
        First = NextFrom(0);
    }

    /// <summary>Without any.</summary>
    public static SequenceList Empty { get; } = new([]);

    /// <summary>How many there are.</summary>
    public int Count { get; }

    /// <summary>The first; 0 for none.</summary>
    public ulong First { get; }

    /// <summary>The last; 0 for none.</summary>
    public ulong Last { get; }

    /// <summary>Takes a copy of sequences that ascend.</summary>
    public static SequenceList Of(List<ulong> sequences)
    {
        if (sequences.Count == 0) return Empty;
        var builder = new SequenceListBuilder(sequences[0], sequences[^1], sequences.Count);
        foreach (ulong sequence in CollectionsMarshal.AsSpan(sequences)) builder.Add(sequence);
        return builder.Build();
    }

    /// <summary>The first from a sequence on (included); 0 for none.</summary>
    public ulong NextFrom(ulong sequence)
    {
        if (_pages is null) return NextOfArray(sequence);
        ulong page = sequence >> PageLog2;
        int at = page < _firstPage ? 0 : (int)Math.Min(page - _firstPage, (ulong)_pages.Length);
        int word = page < _firstPage ? 0 : (int)(sequence >> 6) & (WordsOfPage - 1);
        ulong mask = page < _firstPage ? ulong.MaxValue : ulong.MaxValue << (int)(sequence & 63);
        for (; at < _pages.Length; (at, word, mask) = (at + 1, 0, ulong.MaxValue))
        {
            if (_pages[at] is not { } words) continue;
            ulong left = words[word] & mask;
            if (left == 0)
            {
                int next = words.AsSpan(word + 1).IndexOfAnyExcept(0UL);
                if (next < 0) continue;
                word += next + 1;
                left = words[word];
            }

            return ((_firstPage + (ulong)at) << PageLog2) + ((ulong)word << 6) + (ulong)BitOperations.TrailingZeroCount(left);
        }

        return 0;
    }

    public bool Contains(ulong sequence) => sequence > 0 && NextFrom(sequence) == sequence;

    private ulong NextOfArray(ulong sequence)
    {
        int at = Array.BinarySearch(_sequences, sequence);
        if (at < 0) at = ~at;
        return at < _sequences.Length ? _sequences[at] : 0;
    }
}

/// <summary>Collects sequences in any order.</summary>
internal ref struct SequenceListBuilder
{
    private readonly ulong[]?[] _pages = [];
    private readonly ulong[] _sequences = [];
    private readonly ulong _firstPage;
    private ulong _last;
    private int _count;

    /// <param name="least">None is less.</param>
    /// <param name="greatest">None is greater.</param>
    /// <param name="most">So many at most.</param>
    public SequenceListBuilder(ulong least, ulong greatest, int most)
    {
        if (most == 0) return;
        _firstPage = least >> SequenceList.PageLog2;
        if ((greatest - least) / SequenceList.MostSpread >= (ulong)most) _sequences = new ulong[most];
        else _pages = new ulong[]?[(greatest >> SequenceList.PageLog2) - _firstPage + 1];
    }

    /// <param name="sequence">One that was not added yet.</param>
    public void Add(ulong sequence)
    {
        _last = Math.Max(_last, sequence);
        if (_pages.Length == 0)
        {
            _sequences[_count++] = sequence;
            return;
        }

        ulong[] words = _pages[(sequence >> SequenceList.PageLog2) - _firstPage] ??= new ulong[SequenceList.WordsOfPage];
        words[(sequence >> 6) & (SequenceList.WordsOfPage - 1)] |= 1UL << (int)(sequence & 63);
        _count++;
    }

    public readonly SequenceList Build()
    {
        if (_count == 0) return SequenceList.Empty;
        if (_pages.Length > 0) return new SequenceList(_pages, _firstPage, _count, _last);
        ulong[] sequences = _count == _sequences.Length ? _sequences : _sequences[.._count];
        SequenceOrder.Sort(sequences);
        return new SequenceList(sequences);
    }
}
