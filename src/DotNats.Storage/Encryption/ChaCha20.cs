using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace DotNats.Storage;

/// <summary>The ChaCha20 stream cipher, from any place on; with nonces of 24 bytes as XChaCha20.</summary>
/// <remarks>The block counter has 32 bits, so one key and nonce serve for 256 GiB; what is stored in one file is far less.</remarks>
// Source: RFC 8439, draft-irtf-cfrg-xchacha. A row of the 4 × 4 state is half a vector: each vector computes two blocks, four of them eight.
// Owner: whoever made it. Immutable; any thread.
internal sealed class ChaCha20
{
    public const int BlockBytes = 64;

    private const int BatchBytes = 8 * BlockBytes;
    private const int KeyBytes = 32;
    private const int ExtendedNonceBytes = 24;

    private readonly Vector256<uint> _upperKey;
    private readonly Vector256<uint> _lowerKey;
    private readonly Vector128<uint> _nonce;

    private ChaCha20(Vector128<uint> upperKey, Vector128<uint> lowerKey, Vector128<uint> nonce)
    {
        _upperKey = Vector256.Create(upperKey, upperKey);
        _lowerKey = Vector256.Create(lowerKey, lowerKey);
        _nonce = nonce;
    }

    // "expand 32-byte k"
    private static Vector256<uint> Constants => Vector256.Create(0x61707865u, 0x3320646E, 0x79622D32, 0x6B206574, 0x61707865, 0x3320646E, 0x79622D32, 0x6B206574);

    /// <summary>XChaCha20: the first 16 bytes of the nonce make a key of their own, the other eight are its nonce.</summary>
    public static ChaCha20 Extended(ReadOnlySpan<byte> key, ReadOnlySpan<byte> nonce)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(key.Length, KeyBytes);
        ArgumentOutOfRangeException.ThrowIfNotEqual(nonce.Length, ExtendedNonceBytes);
        Vector256<uint> a = Constants;
        Vector256<uint> b = Both(key);
        Vector256<uint> c = Both(key[16..]);
        Vector256<uint> d = Both(nonce);
        for (int round = 0; round < 20; round += 2) DoubleRound(ref a, ref b, ref c, ref d);
        uint low = BinaryPrimitives.ReadUInt32LittleEndian(nonce[16..]);
        uint high = BinaryPrimitives.ReadUInt32LittleEndian(nonce[20..]);
        return new ChaCha20(a.GetLower(), d.GetLower(), Vector128.Create(0, 0, low, high));
    }

    /// <summary>Exclusive-ors data with the keystream from a byte of it on.</summary>
    public void Apply(Span<byte> data, long position)
    {
        uint block = checked((uint)(position / BlockBytes));
        int skip = (int)(position % BlockBytes);
        if (skip > 0) ApplyPart(ref data, ref block, skip);
        for (; data.Length >= BatchBytes; data = data[BatchBytes..])
        {
            ApplyBatch(data, block);
            block = checked(block + (BatchBytes / BlockBytes));
        }

        if (!data.IsEmpty) ApplyPart(ref data, ref block, 0);
    }

    // Less than a batch, or one that begins within a block: through a batch of its own.
    private void ApplyPart(ref Span<byte> data, ref uint block, int skip)
    {
        Span<byte> batch = stackalloc byte[BatchBytes];
        Span<byte> part = data[..Math.Min(data.Length, BatchBytes - skip)];
        part.CopyTo(batch[skip..]);
        ApplyBatch(batch, block);
        batch.Slice(skip, part.Length).CopyTo(part);
        data = data[part.Length..];
        block = unchecked(block + (BatchBytes / BlockBytes));
    }

    private void ApplyBatch(Span<byte> data, uint block)
    {
        Vector256<uint> d = Vector256.Create(_nonce, _nonce) + Vector256.Create(block, 0, 0, 0, block + 1, 0, 0, 0);
        Vector256<uint> two = Vector256.Create(2u, 0, 0, 0, 2, 0, 0, 0);
        (Vector256<uint> a0, Vector256<uint> a1, Vector256<uint> a2, Vector256<uint> a3) = (Constants, Constants, Constants, Constants);
        (Vector256<uint> b0, Vector256<uint> b1, Vector256<uint> b2, Vector256<uint> b3) = (_upperKey, _upperKey, _upperKey, _upperKey);
        (Vector256<uint> c0, Vector256<uint> c1, Vector256<uint> c2, Vector256<uint> c3) = (_lowerKey, _lowerKey, _lowerKey, _lowerKey);
        (Vector256<uint> d0, Vector256<uint> d1, Vector256<uint> d2, Vector256<uint> d3) = (d, d + two, d + two + two, d + two + two + two);
        for (int round = 0; round < 20; round += 2)
        {
            DoubleRound(ref a0, ref b0, ref c0, ref d0);
            DoubleRound(ref a1, ref b1, ref c1, ref d1);
            DoubleRound(ref a2, ref b2, ref c2, ref d2);
            DoubleRound(ref a3, ref b3, ref c3, ref d3);
        }

        XorPair(data, a0 + Constants, b0 + _upperKey, c0 + _lowerKey, d0 + d);
        XorPair(data[128..], a1 + Constants, b1 + _upperKey, c1 + _lowerKey, d1 + d + two);
        XorPair(data[256..], a2 + Constants, b2 + _upperKey, c2 + _lowerKey, d2 + d + two + two);
        XorPair(data[384..], a3 + Constants, b3 + _upperKey, c3 + _lowerKey, d3 + d + two + two + two);
    }

    // The lower halves are the rows of one block, the upper halves those of the next.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void XorPair(Span<byte> data, Vector256<uint> a, Vector256<uint> b, Vector256<uint> c, Vector256<uint> d)
    {
        Xor(data, Vector256.Create(a.GetLower(), b.GetLower()));
        Xor(data[32..], Vector256.Create(c.GetLower(), d.GetLower()));
        Xor(data[64..], Vector256.Create(a.GetUpper(), b.GetUpper()));
        Xor(data[96..], Vector256.Create(c.GetUpper(), d.GetUpper()));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Xor(Span<byte> data, Vector256<uint> stream) => (Vector256.Create((ReadOnlySpan<byte>)data) ^ stream.AsByte()).CopyTo(data);

    // Columns, then diagonals: turning the rows makes those columns.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void DoubleRound(ref Vector256<uint> a, ref Vector256<uint> b, ref Vector256<uint> c, ref Vector256<uint> d)
    {
        QuarterRounds(ref a, ref b, ref c, ref d);
        b = Vector256.Shuffle(b, Vector256.Create(1u, 2, 3, 0, 5, 6, 7, 4));
        c = Vector256.Shuffle(c, Vector256.Create(2u, 3, 0, 1, 6, 7, 4, 5));
        d = Vector256.Shuffle(d, Vector256.Create(3u, 0, 1, 2, 7, 4, 5, 6));
        QuarterRounds(ref a, ref b, ref c, ref d);
        b = Vector256.Shuffle(b, Vector256.Create(3u, 0, 1, 2, 7, 4, 5, 6));
        c = Vector256.Shuffle(c, Vector256.Create(2u, 3, 0, 1, 6, 7, 4, 5));
        d = Vector256.Shuffle(d, Vector256.Create(1u, 2, 3, 0, 5, 6, 7, 4));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void QuarterRounds(ref Vector256<uint> a, ref Vector256<uint> b, ref Vector256<uint> c, ref Vector256<uint> d)
    {
        a += b;
        d = RotateLeft(d ^ a, 16);
        c += d;
        b = RotateLeft(b ^ c, 12);
        a += b;
        d = RotateLeft(d ^ a, 8);
        c += d;
        b = RotateLeft(b ^ c, 7);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<uint> RotateLeft(Vector256<uint> words, [ConstantExpected] int count) => (words << count) | (words >>> (32 - count));

    private static Vector256<uint> Both(ReadOnlySpan<byte> row)
    {
        Vector128<uint> half = Vector128.Create(row).AsUInt32();
        return Vector256.Create(half, half);
    }
}
