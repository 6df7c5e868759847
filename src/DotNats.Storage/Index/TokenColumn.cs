using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace DotNats.Storage;

/// <summary>A small number for each subject, by the subject's number: as many bytes for each as the greatest of its page needs, none where all of a page are the same.</summary>
// Owner: one SubjectColumns. Invariant: for a subject whose number was set, that number; of others it says nothing.
internal sealed class TokenColumn
{
    private const int PageLog2 = GrowingArray<byte>.PageLog2;
    private const int PageSize = GrowingArray<byte>.PageSize;

    private Page[] _pages = [];
    private int _count;

    public long HeldBytes { get; private set; }

    public uint this[uint subject]
    {
        get
        {
            ref Page page = ref _pages[subject >> PageLog2];
            int at = (int)(subject & (PageSize - 1));
            return page.Words?[at] ?? page.Shorts?[at] ?? page.Bytes?[at] ?? page.Only;
        }
    }

    public void Set(uint subject, uint value)
    {
        int number = (int)(subject >> PageLog2);
        if (number >= _count) AddPage(number);
        ref Page page = ref _pages[number];
        if (page.Only == 0 && page.IsPlain) page.Only = value;
        if (page.IsPlain && page.Only == value) return;
        int at = (int)(subject & (PageSize - 1));
        if (page.IsPlain || value > page.Most) Widen(ref page, value);
        if (page.Words is { } words) words[at] = value;
        else if (page.Shorts is { } shorts) shorts[at] = (ushort)value;
        else page.Bytes![at] = (byte)value;
    }

    /// <summary>Leaves of the bits of a page's subjects those whose number it is.</summary>
    /// <param name="bits">For each of a page's subjects.</param>
    public void Keep(int page, uint value, Span<ulong> bits)
    {
        if (page >= _count)
        {
            bits.Clear();
            return;
        }

        ref Page at = ref _pages[page];
        if (at.Words is { } words) Keep<uint>(words, value, bits);
        else if (value > at.Most) bits.Clear();
        else if (at.Shorts is { } shorts) Keep(shorts, (ushort)value, bits);
        else if (at.Bytes is { } bytes) Keep(bytes, (byte)value, bits);
        else if (at.Only != value) bits.Clear();
    }

    private static void Keep<T>(T[] values, T value, Span<ulong> bits)
        where T : unmanaged
    {
        ReadOnlySpan<Vector128<T>> vectors = MemoryMarshal.Cast<T, Vector128<T>>(values);
        Vector128<T> wanted = Vector128.Create(value);
        int perWord = 64 / Vector128<T>.Count;
        for (int word = 0; word < bits.Length; word++)
        {
            if (bits[word] == 0) continue;
            ulong found = 0;
            for (int i = perWord - 1; i >= 0; i--)
                found = (found << Vector128<T>.Count) | Vector128.Equals(vectors[(word * perWord) + i], wanted).ExtractMostSignificantBits();
            bits[word] &= found;
        }
    }

    private void AddPage(int number)
    {
        if (number >= _pages.Length) Array.Resize(ref _pages, Math.Max(number + 1, 2 * _pages.Length));
        _count = number + 1;
    }

    private void Widen(ref Page page, uint value)
    {
        Page before = page;
        page = default;
        if (value <= byte.MaxValue && before.Only <= byte.MaxValue && before.IsPlain) page.Bytes = new byte[PageSize];
        else if (value <= ushort.MaxValue && before.Only <= ushort.MaxValue) page.Shorts = new ushort[PageSize];
        else page.Words = new uint[PageSize];
        page.Bytes?.AsSpan().Fill((byte)before.Only);
        for (int i = 0; i < PageSize && page.Bytes is null; i++)
        {
            uint old = before.Shorts?[i] ?? before.Bytes?[i] ?? before.Only;
            if (page.Words is { } words) words[i] = old;
            else page.Shorts![i] = (ushort)old;
        }

        HeldBytes += page.HeldBytes - before.HeldBytes;
    }

    private struct Page
    {
        /// <summary>The number of all where there is no array; 0 where none was set.</summary>
        public uint Only;

        public byte[]? Bytes;
        public ushort[]? Shorts;
        public uint[]? Words;

        public readonly bool IsPlain => Bytes is null && Shorts is null && Words is null;

        /// <summary>The greatest that there is room for.</summary>
        public readonly uint Most => Words is not null ? uint.MaxValue : Shorts is not null ? ushort.MaxValue : Bytes is not null ? byte.MaxValue : Only;

        public readonly long HeldBytes => (Bytes?.Length ?? 0) + (2L * (Shorts?.Length ?? 0)) + (4L * (Words?.Length ?? 0));
    }
}
