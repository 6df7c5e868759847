using System.Text.Encodings.Web;

namespace DotNats.Primitives;

/// <summary>Escapes JSON text as Go does: quotes, backslashes, control characters, <c>&lt; &gt; &amp;</c>, U+2028 and U+2029; all else stays as it is.</summary>
// Source: the escaping rules documented with Go's encoding/json. Unsafe only because the base class hands out pointers.
public sealed unsafe class GoJsonEncoder : JavaScriptEncoder
{
    public static GoJsonEncoder Instance { get; } = new();

    /// <summary>The longest escape is <c>\u001f</c>.</summary>
    public override int MaxOutputCharactersPerInputCharacter => 6;

    public override bool WillEncode(int unicodeScalar) =>
        unicodeScalar is < ' ' or '"' or '\\' or '<' or '>' or '&' or 0x2028 or 0x2029;

    public override int FindFirstCharacterToEncode(char* text, int textLength)
    {
        for (int i = 0; i < textLength; i++)
        {
            // A surrogate without its partner cannot be written: the base class replaces it.
            if (WillEncode(text[i]) || IsLoneSurrogate(text, i, textLength)) return i;
        }

        return -1;
    }

    public override bool TryEncodeUnicodeScalar(int unicodeScalar, char* buffer, int bufferLength, out int numberOfCharactersWritten)
    {
        Span<char> output = new(buffer, bufferLength);
        char shortForm = unicodeScalar switch
        {
            '"' or '\\' => (char)unicodeScalar,
            '\b' => 'b',
            '\f' => 'f',
            '\n' => 'n',
            '\r' => 'r',
            '\t' => 't',
            _ => '\0',
        };
        numberOfCharactersWritten = shortForm == '\0' ? 6 : 2;
        if (output.Length < numberOfCharactersWritten)
        {
            numberOfCharactersWritten = 0;
            return false;
        }

        output[0] = '\\';
        output[1] = shortForm == '\0' ? 'u' : shortForm;
        return shortForm != '\0' || unicodeScalar.TryFormat(output[2..], out _, "x4");
    }

    private static bool IsLoneSurrogate(char* text, int index, int length)
    {
        if (!char.IsSurrogate(text[index])) return false;
        if (char.IsHighSurrogate(text[index])) return index + 1 >= length || !char.IsLowSurrogate(text[index + 1]);
        return index == 0 || !char.IsHighSurrogate(text[index - 1]);
    }
}
