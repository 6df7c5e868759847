using System.Numerics;
using System.Runtime.CompilerServices;

namespace DotNats.Storage;

/// <summary>Where the message of a sequence lies. Dense runs cost 8 bytes for each sequence, gaps cost nothing, few survivors in a wide range little.</summary>
// Owner: one log, under its gate. Invariant: pages ascend by number; none is empty.
internal sealed class SequenceMap
{
    private Page[] _pages = [];
    private int _head;
    private int _pageCount;
    private Page? _spare;

    /// <summary>Number of sequences.</summary>
    public ulong Count { get; private set; }

    /// <summary>The lowest sequence; 0 for none.</summary>
    public ulong First => _pageCount == 0 ? 0 : PageAt(0).First;

    /// <summary>The greatest sequence; 0 for none.</summary>
    public ulong Last => _pageCount == 0 ? 0 : PageAt(_pageCount - 1).Last;

    /// <param name="sequence">Greater than <see cref="Last"/>.</param>
    /// <param name="location">Not 0.</param>
    public void Add(ulong sequence, long location)
    {
        ulong number = Page.NumberOf(sequence);
        if (_pageCount == 0 || PageAt(_pageCount - 1).Number != number) AddPage(number);
        PageAt(_pageCount - 1).Add(Page.OffsetOf(sequence), location);
        Count++;
    }

    /// <summary>The location of a sequence; 0 for none.</summary>
    public long Find(ulong sequence)
    {
        int index = IndexOf(Page.NumberOf(sequence));
        return index < 0 ? 0 : PageAt(index).Find(Page.OffsetOf(sequence));
    }

    /// <summary>Changes the location of a sequence that is here.</summary>
    public void Move(ulong sequence, long location) => PageAt(IndexOf(Page.NumberOf(sequence))).Move(Page.OffsetOf(sequence), location);

    /// <summary>Takes out a sequence that is here.</summary>
    public void Remove(ulong sequence)
    {
        int index = IndexOf(Page.NumberOf(sequence));
        Page page = PageAt(index);
        // The first page is about to go and the last to be filled.
        page.Remove(Page.OffsetOf(sequence), isToPack: index > 0 && index < _pageCount - 1);
        Count--;
        if (page.Count == 0) RemovePage(index);
    }

    /// <summary>The first sequence from one on (included); 0 for none.</summary>
    public ulong NextFrom(ulong sequence)
    {
        int index = IndexOf(Page.NumberOf(sequence));
        if (index >= 0)
        {
            int offset = PageAt(index).NextFrom(Page.OffsetOf(sequence));
            if (offset >= 0) return PageAt(index).SequenceAt(offset);
            index++;
        }
        else
        {
            index = ~index;
        }

        return index < _pageCount ? PageAt(index).First : 0;
    }

    /// <summary>The last sequence up to one (included); 0 for none.</summary>
    public ulong PreviousFrom(ulong sequence)
    {
        int index = IndexOf(Page.NumberOf(sequence));
        if (index >= 0)
        {
            int offset = PageAt(index).PreviousFrom(Page.OffsetOf(sequence));
            if (offset >= 0) return PageAt(index).SequenceAt(offset);
        }
        else
        {
            index = ~index;
        }

        return index > 0 ? PageAt(index - 1).Last : 0;
    }

    /// <summary>Number of sequences from one on (included). Looks at the shorter side.</summary>
    public ulong CountFrom(ulong sequence)
    {
        int index = IndexOf(Page.NumberOf(sequence));
        int boundary = index < 0 ? ~index : index;
        ulong within = index < 0 ? 0 : (ulong)PageAt(index).CountFrom(Page.OffsetOf(sequence));
        ulong others = 0;
        if (boundary > _pageCount / 2)
        {
            for (int i = index < 0 ? boundary : boundary + 1; i < _pageCount; i++) others += (ulong)PageAt(i).Count;
            return within + others;
        }

        for (int i = 0; i < boundary; i++) others += (ulong)PageAt(i).Count;
        if (index >= 0) others += (ulong)PageAt(index).Count - within;
        return Count - others;
    }

    /// <summary>
    /// The first sequence whose message is said not to be before something; 0 for none. Those that are before come before those that are not.
    /// </summary>
    public ulong FindFirst<T>(T question)
        where T : struct, ISequenceQuestion
    {
        int low = 0;
        int high = _pageCount;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            if (question.IsBefore(PageAt(middle).First)) low = middle + 1;
            else high = middle;
        }

        if (low > 0)
        {
            Page page = PageAt(low - 1);
            for (int offset = page.NextFrom(0); offset >= 0; offset = page.NextFrom(offset + 1))
            {
                if (!question.IsBefore(page.SequenceAt(offset))) return page.SequenceAt(offset);
            }
        }

        return low < _pageCount ? PageAt(low).First : 0;
    }

    private Page PageAt(int index) => _pages[_head + index];

    /// <summary>Index of a page, or the complement of where it would be. At once where the pages have no gaps.</summary>
    private int IndexOf(ulong number)
    {
        if (_pageCount == 0 || number < PageAt(0).Number) return ~0;
        ulong last = PageAt(_pageCount - 1).Number;
        if (number > last) return ~_pageCount;
        int high = (int)Math.Min(number - PageAt(0).Number, (ulong)_pageCount - 1);
        ulong behind = last - number;
        int low = behind >= (ulong)_pageCount ? 0 : _pageCount - 1 - (int)behind;
        while (low <= high)
        {
            int middle = (low + high) >>> 1;
            ulong found = PageAt(middle).Number;
            if (found == number) return middle;
            if (found < number) low = middle + 1;
            else high = middle - 1;
        }

        return ~low;
    }

    private void AddPage(ulong number)
    {
        if (_head + _pageCount == _pages.Length)
        {
            Page[] target = _head > _pageCount ? _pages : new Page[Math.Max(4, _pageCount * 2)];
            Array.Copy(_pages, _head, target, 0, _pageCount);
            if (ReferenceEquals(target, _pages)) Array.Clear(_pages, _pageCount, _head);
            (_pages, _head) = (target, 0);
        }

        if (_pageCount > 0) PageAt(_pageCount - 1).Tighten();
        Page page = _spare ?? new Page();
        _spare = null;
        page.Number = number;
        _pages[_head + _pageCount++] = page;
    }

    private void RemovePage(int index)
    {
        // What comes in at one end while the other goes needs nothing new.
        _spare = PageAt(index);
        if (index == 0)
        {
            _pages[_head++] = null!;
        }
        else
        {
            Array.Copy(_pages, _head + index + 1, _pages, _head + index, _pageCount - index - 1);
            _pages[_head + _pageCount - 1] = null!;
        }

        _pageCount--;
        if (_pageCount == 0) _head = 0;
    }

    [InlineArray(Page.Words)]
    private struct PresenceBits
    {
        private ulong _first;
    }

    /// <summary>Sequences with the same upper bits: a bit for each that is present and the locations, by offset or, where few are left, side by side.</summary>
    private sealed class Page
    {
        public const int Words = Size / 64;

        private const int Size = 256;
        private const int SizeLog2 = 8;

        private PresenceBits _present;
        private long[] _locations = new long[4];

        public ulong Number { get; set; }

        public int Count { get; private set; }

        public ulong First => SequenceAt(NextFrom(0));

        public ulong Last => SequenceAt(PreviousFrom(Size - 1));

        private bool IsDirect => _locations.Length == Size;

        public static ulong NumberOf(ulong sequence) => sequence >> SizeLog2;

        public static int OffsetOf(ulong sequence) => (int)(sequence & (Size - 1));

        public ulong SequenceAt(int offset) => (Number << SizeLog2) + (ulong)offset;

        /// <param name="offset">Greater than those here.</param>
        public void Add(int offset, long location)
        {
            if (!IsDirect && Count == _locations.Length) Grow();
            _locations[IsDirect ? offset : Count] = location;
            _present[offset >> 6] |= 1UL << (offset & 63);
            Count++;
        }

        public long Find(int offset) => Has(offset) ? _locations[PlaceOf(offset)] : 0;

        public void Move(int offset, long location) => _locations[PlaceOf(offset)] = location;

        public void Remove(int offset, bool isToPack)
        {
            int place = PlaceOf(offset);
            if (!IsDirect) Array.Copy(_locations, place + 1, _locations, place, Count - place - 1);
            _present[offset >> 6] &= ~(1UL << (offset & 63));
            Count--;
            if (isToPack && Count <= _locations.Length / 4) Pack(Math.Max(1, Count));
        }

        /// <summary>Nothing more is added: what is not needed goes.</summary>
        public void Tighten()
        {
            if (Count <= Size / 2) Pack(Math.Max(1, Count));
        }

        public int NextFrom(int offset)
        {
            if (offset >= Size) return -1;
            int word = offset >> 6;
            ulong bits = _present[word] & (ulong.MaxValue << (offset & 63));
            while (bits == 0)
            {
                if (++word == Words) return -1;
                bits = _present[word];
            }

            return (word << 6) + BitOperations.TrailingZeroCount(bits);
        }

        public int PreviousFrom(int offset)
        {
            int word = offset >> 6;
            ulong bits = _present[word] & (ulong.MaxValue >> (63 - (offset & 63)));
            while (bits == 0)
            {
                if (--word < 0) return -1;
                bits = _present[word];
            }

            return (word << 6) + 63 - BitOperations.LeadingZeroCount(bits);
        }

        public int CountFrom(int offset) => Count - RankOf(offset);

        private bool Has(int offset) => (_present[offset >> 6] & (1UL << (offset & 63))) != 0;

        private int PlaceOf(int offset) => IsDirect ? offset : RankOf(offset);

        /// <summary>How many lie before an offset.</summary>
        private int RankOf(int offset)
        {
            int word = offset >> 6;
            int rank = BitOperations.PopCount(_present[word] & ((1UL << (offset & 63)) - 1));
            while (--word >= 0) rank += BitOperations.PopCount(_present[word]);
            return rank;
        }

        private void Grow()
        {
            if (Count * 4 < Size)
            {
                Array.Resize(ref _locations, Count * 4);
                return;
            }

            long[] direct = new long[Size];
            int place = 0;
            for (int offset = NextFrom(0); offset >= 0; offset = NextFrom(offset + 1)) direct[offset] = _locations[place++];
            _locations = direct;
        }

        private void Pack(int capacity)
        {
            long[] packed = new long[capacity];
            int place = 0;
            for (int offset = NextFrom(0); offset >= 0; offset = NextFrom(offset + 1)) packed[place++] = _locations[PlaceOf(offset)];
            _locations = packed;
        }
    }
}

/// <summary>A property of sequences that the lower ones have and the higher ones have not.</summary>
internal interface ISequenceQuestion
{
    bool IsBefore(ulong sequence);
}
