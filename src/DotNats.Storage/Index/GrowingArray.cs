using System.Runtime.CompilerServices;

namespace DotNats.Storage;

/// <summary>An array that grows without being copied: in pages, of which only the first is ever less than whole.</summary>
// Owner: whoever made it. Lifetime: a place, once there, stays where it is but for those of the first page; Clear lets go of everything.
internal sealed class GrowingArray<T>
    where T : unmanaged
{
    public const int PageLog2 = 12;
    public const int PageSize = 1 << PageLog2;

    private const int SmallestSize = 4;

    private T[][] _pages = [];
    private int _pageCount;

    /// <summary>Bytes of all pages.</summary>
    public long HeldBytes => _pageCount == 0 ? 0 : (((_pageCount - 1L) * PageSize) + _pages[_pageCount - 1].Length) * Unsafe.SizeOf<T>();

    /// <param name="index">One there is room for.</param>
    public ref T this[uint index] => ref _pages[index >> PageLog2][index & (PageSize - 1)];

    /// <summary>A whole page, or as much of it as there is; empty where there is none.</summary>
    public Span<T> Page(int page) => page < _pageCount ? _pages[page] : default;

    /// <summary>Makes room for one place, and as many others as come with it. What is new is cleared.</summary>
    public void MakeRoom(uint index)
    {
        int page = (int)(index >> PageLog2);
        int at = (int)(index & (PageSize - 1));
        while (_pageCount <= page)
        {
            if (_pageCount > 0) Widen(PageSize);
            if (_pageCount == _pages.Length) Array.Resize(ref _pages, Math.Max(1, 2 * _pageCount));
            _pages[_pageCount] = new T[_pageCount > 0 ? PageSize : SmallestSize];
            _pageCount++;
        }

        int size = _pages[page].Length;
        if (at >= size) Widen(Math.Max(at + 1, 2 * size));
    }

    public void Clear() => (_pages, _pageCount) = ([], 0);

    private void Widen(int size)
    {
        ref T[] last = ref _pages[_pageCount - 1];
        if (last.Length < size) Array.Resize(ref last, Math.Min(size, PageSize));
    }
}
