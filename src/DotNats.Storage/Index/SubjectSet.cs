using System.Buffers;
using System.Numerics;

namespace DotNats.Storage;

/// <summary>Subjects of an index by their numbers: a bit for each.</summary>
// Owner: who counts. Lifetime: until disposed. A number that is given to another subject meanwhile has no message among those that are counted.
internal sealed class SubjectSet(int numbers) : IDisposable
{
    /// <summary>Words for the subjects whose entries and tokens lie together.</summary>
    public const int WordsOfPage = 1 << (GrowingArray<byte>.PageLog2 - 6);

    private readonly int _words = (numbers + 63) >> 6;
    private ulong[]? _bits = Rent(((numbers + 63) >> 6) + WordsOfPage);

    /// <summary>How many there are.</summary>
    public int Count { get; private set; }

    /// <summary>The one that was added last; of some that were added together, one of them.</summary>
    public uint Last { get; private set; }

    /// <summary>A word for each 64 numbers, and room for more.</summary>
    public ReadOnlySpan<ulong> Words => _bits;

    /// <summary>The words that have something, or may have.</summary>
    public ReadOnlySpan<ulong> UsedWords => _bits.AsSpan(0, _words);

    /// <summary>False where it is in already.</summary>
    public bool Add(uint number)
    {
        ref ulong word = ref _bits![number >> 6];
        ulong bit = 1UL << (int)(number & 63);
        if ((word & bit) != 0) return false;
        word |= bit;
        Last = number;
        Count++;
        return true;
    }

    /// <summary>Adds subjects of a page, a bit for each.</summary>
    public void AddPage(int page, ReadOnlySpan<ulong> bits)
    {
        for (int i = 0; i < bits.Length; i++)
        {
            if (bits[i] != 0) AddWord((page * WordsOfPage) + i, bits[i]);
        }
    }

    /// <summary>Adds subjects whose numbers have one word.</summary>
    public void AddWord(int word, ulong bits)
    {
        ulong added = bits & ~_bits![word];
        if (added == 0) return;
        _bits[word] |= added;
        Count += BitOperations.PopCount(added);
        Last = ((uint)word << 6) + (uint)BitOperations.TrailingZeroCount(added);
    }

    public bool Contains(uint number) => number >> 6 < (uint)_bits!.Length && (_bits[number >> 6] >> (int)(number & 63) & 1) != 0;

    public void Dispose()
    {
        if (_bits is { } bits) ArrayPool<ulong>.Shared.Return(bits);
        _bits = null;
    }

    private static ulong[] Rent(int words)
    {
        ulong[] bits = ArrayPool<ulong>.Shared.Rent(words);
        Array.Clear(bits);
        return bits;
    }
}
