using System.Buffers;
using System.Buffers.Binary;
using System.Numerics;

namespace DotNats.Primitives;

/// <summary>Finds what came before: greedily, with a table of the last place each four bytes were seen at.</summary>
// Owner: one call on one thread. Invariant: everything before LiteralStart is written, nothing behind it.
internal ref struct BlockEncoder
{
    // A table as large as the source needs, within the first two levels of cache.
    private const int LeastTableBits = 6;
    private const int MostTableBits = 15;

    private const int MaxStep = 16;

    private readonly ReadOnlySpan<byte> _source;
    private readonly Span<byte> _target;
    private readonly bool _repeats;
    private int _written;
    private int _literalStart;
    private int _lastOffset;

    private BlockEncoder(ReadOnlySpan<byte> source, Span<byte> target, bool repeats)
    {
        _source = source;
        _target = target;
        _repeats = repeats;
        _written = BlockElements.WriteVarint(target, (uint)source.Length);
    }

    /// <param name="repeats">Uses what S2 has over Snappy.</param>
    public static int Encode(ReadOnlySpan<byte> source, Span<byte> target, bool repeats)
    {
        int bits = Math.Clamp(BitOperations.Log2((uint)source.Length | 1), LeastTableBits, MostTableBits);
        int[] rented = ArrayPool<int>.Shared.Rent(1 << bits);
        Span<int> places = rented.AsSpan(0, 1 << bits);
        places.Fill(-1);
        var encoder = new BlockEncoder(source, target, repeats);
        encoder.Run(places, 32 - bits);
        ArrayPool<int>.Shared.Return(rented);
        return encoder._written;
    }

    private void Run(Span<int> places, int shift)
    {
        int at = 0;
        while (at + BlockElements.MinMatch <= _source.Length)
        {
            uint four = FourAt(at);
            ref int place = ref places[Slot(four, shift)];
            int candidate = place;
            place = at;
            if (_lastOffset > 0 && FourAt(at - _lastOffset) == four) candidate = at - _lastOffset;
            else if (candidate < 0 || FourAt(candidate) != four)
            {
                // The longer nothing is found, the larger the steps: noise is passed over fast.
                at += 1 + Math.Min((at - _literalStart) >> 5, MaxStep);
                continue;
            }

            at = WriteMatch(at, candidate);
            if (at + 2 < _source.Length) places[Slot(FourAt(at - 2), shift)] = at - 2;
        }

        _written += BlockElements.WriteLiteral(_target[_written..], _source[_literalStart..]);
    }

    // Returns the place behind the match.
    private int WriteMatch(int at, int candidate)
    {
        int end = at + BlockElements.MinMatch;
        end += _source[(candidate + BlockElements.MinMatch)..].CommonPrefixLength(_source[end..]);
        int offset = at - candidate;
        // Steps may have passed over its beginning.
        while (at > _literalStart && at > offset && _source[at - 1] == _source[at - offset - 1]) at--;
        _written += BlockElements.WriteLiteral(_target[_written..], _source[_literalStart..at]);
        Span<byte> target = _target[_written..];
        if (!_repeats) _written += BlockElements.WriteCopies(target, offset, end - at);
        else if (offset == _lastOffset) _written += BlockElements.WriteRepeat(target, end - at);
        else _written += BlockElements.WriteCopyAndRepeat(target, offset, end - at);
        if (_repeats) _lastOffset = offset;
        return _literalStart = end;
    }

    private readonly uint FourAt(int at) => BinaryPrimitives.ReadUInt32LittleEndian(_source[at..]);

    private static int Slot(uint four, int shift) => (int)((four * 0x9E3779B1) >> shift);
}
