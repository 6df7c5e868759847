using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace DotNats.Server.Routing;

/// <summary>Subjects as keys of caches: made for the short ones that nearly all are.</summary>
internal static class SubjectKey
{
    /// <summary>Byte for byte the same.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool AreEqual(ReadOnlySpan<byte> one, ReadOnlySpan<byte> other)
    {
        int length = one.Length;
        if (length != other.Length) return false;
        // Two words that overlap cover up to sixteen bytes: less than the call that compares any number.
        if (length is < 4 or > 16) return one.SequenceEqual(other);
        ref byte a = ref MemoryMarshal.GetReference(one), b = ref MemoryMarshal.GetReference(other);
        return length < 8
            ? ((Word<uint>(ref a, 0) ^ Word<uint>(ref b, 0)) | (Word<uint>(ref a, length - 4) ^ Word<uint>(ref b, length - 4))) == 0
            : ((Word<ulong>(ref a, 0) ^ Word<ulong>(ref b, 0)) | (Word<ulong>(ref a, length - 8) ^ Word<ulong>(ref b, length - 8))) == 0;
    }

    /// <summary>Spreads subjects over slots; not for tables that a peer could attack by collisions.</summary>
    public static uint Hash(ReadOnlySpan<byte> subject)
    {
        uint hash = (uint)subject.Length;
        int at = 0;
        for (; at + 8 <= subject.Length; at += 8) hash = BitOperations.Crc32C(hash, Unsafe.ReadUnaligned<ulong>(in subject[at]));
        // The last eight bytes once more rather than what is left of them one by one.
        if (at > 0) return at == subject.Length ? hash : BitOperations.Crc32C(hash, Unsafe.ReadUnaligned<ulong>(in subject[^8]));
        foreach (byte value in subject) hash = BitOperations.Crc32C(hash, value);
        return hash;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T Word<T>(ref byte start, int offset) => Unsafe.ReadUnaligned<T>(in Unsafe.Add(ref start, offset));
}
