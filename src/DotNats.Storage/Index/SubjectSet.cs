using System.Buffers;

namespace DotNats.Storage;

/// <summary>Subjects of an index by their numbers: a bit for each.</summary>
// Owner: who counts. Lifetime: until disposed. A number that is given to another subject meanwhile has no message among those that are counted.
internal sealed class SubjectSet(int numbers) : IDisposable
{
    private ulong[]? _bits = Rent((numbers >> 6) + 1);

    /// <summary>How many there are.</summary>
    public int Count { get; private set; }

    /// <summary>The one that was added last.</summary>
    public uint Last { get; private set; }

    /// <summary>A word for each 64 numbers, and room for more.</summary>
    public ReadOnlySpan<ulong> Words => _bits;

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
