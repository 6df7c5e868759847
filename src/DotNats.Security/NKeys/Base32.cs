namespace DotNats.Security;

/// <summary>RFC 4648 Base32 without padding, the outer form of nkeys.</summary>
internal static class Base32
{
    private static ReadOnlySpan<byte> Alphabet => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"u8;

    /// <summary>Characters needed for <paramref name="byteCount"/> bytes.</summary>
    public static int EncodedLength(int byteCount) => (byteCount * 8 + 4) / 5;

    /// <summary>The text of <paramref name="source"/>.</summary>
    public static string Encode(ReadOnlySpan<byte> source) =>
        string.Create(EncodedLength(source.Length), source, static (text, bytes) => Encode(bytes, text));

    /// <summary>Writes exactly <see cref="EncodedLength"/> characters.</summary>
    public static void Encode(ReadOnlySpan<byte> source, Span<char> destination)
    {
        uint bits = 0;
        int bitCount = 0;
        int written = 0;
        foreach (byte b in source)
        {
            bits = bits << 8 | b;
            bitCount += 8;
            while (bitCount >= 5)
            {
                bitCount -= 5;
                destination[written++] = (char)Alphabet[(int)(bits >> bitCount & 31)];
            }
        }

        if (bitCount > 0)
            destination[written] = (char)Alphabet[(int)(bits << (5 - bitCount) & 31)];
    }

    /// <summary>
    /// Fills <paramref name="destination"/> from a text of exactly its encoded length. False for another length, a character outside the
    /// alphabet (lower case included) or left-over bits that are not zero, so that every key has one spelling only.
    /// </summary>
    public static bool TryDecode(ReadOnlySpan<char> source, Span<byte> destination)
    {
        if (source.Length != EncodedLength(destination.Length))
            return false;
        uint bits = 0;
        int bitCount = 0;
        int written = 0;
        foreach (char c in source)
        {
            int value = c is >= 'A' and <= 'Z' ? c - 'A' : c is >= '2' and <= '7' ? c - '2' + 26 : -1;
            if (value < 0)
                return false;
            bits = bits << 5 | (uint)value;
            bitCount += 5;
            if (bitCount < 8)
                continue;
            bitCount -= 8;
            destination[written++] = (byte)(bits >> bitCount);
        }

        return (bits & ((1u << bitCount) - 1)) == 0;
    }
}
