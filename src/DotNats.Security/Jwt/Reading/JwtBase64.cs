namespace DotNats.Security;

/// <summary>The base64url of JWT parts: no padding, no other alphabet, no white space but line ends.</summary>
// Compat: Go's decoder skips CR and LF wherever they are and does not look at the unused bits of the last character. Neither lets anybody change
// what is signed, since a signature is over the characters, and files that end with a line end are common.
internal static class JwtBase64
{
    /// <summary>Decodes <paramref name="text"/>; null with the position of the first character that cannot be.</summary>
    public static byte[]? Decode(ReadOnlySpan<byte> text, out int errorAt)
    {
        byte[] decoded = new byte[text.Length / 4 * 3 + 3];
        int written = 0;
        uint bits = 0;
        int characters = 0;
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] is (byte)'\n' or (byte)'\r')
                continue;
            int value = ValueOf(text[i]);
            if (value < 0)
            {
                errorAt = i;
                return null;
            }
            bits = bits << 6 | (uint)value;
            // Every character but the first of four completes a byte.
            int complete = characters++ % 4;
            if (complete > 0)
                decoded[written++] = (byte)(bits >> (6 - 2 * complete));
        }

        // One character that is left over; two or three are the end of what was encoded.
        errorAt = text.Length - 1;
        return characters % 4 == 1 ? null : decoded[..written];
    }

    private static int ValueOf(byte character) => character switch
    {
        >= (byte)'A' and <= (byte)'Z' => character - 'A',
        >= (byte)'a' and <= (byte)'z' => character - 'a' + 26,
        >= (byte)'0' and <= (byte)'9' => character - '0' + 52,
        (byte)'-' => 62,
        (byte)'_' => 63,
        _ => -1,
    };
}
