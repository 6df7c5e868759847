using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace DotNats.Server.Authentication;

/// <summary>One <c>type=value</c> of a distinguished name.</summary>
internal readonly record struct NameAttribute(string Type, string Value)
{
    // Types are compared without case, values exactly.
    public bool Matches(NameAttribute other) => Type.Equals(other.Type, StringComparison.OrdinalIgnoreCase) && Value == other.Value;
}

/// <summary>A distinguished name in the order RFC 4514 writes it: most specific part first.</summary>
/// <remarks>Parts are relative names; each is a set of attributes (joined by <c>+</c> in text).</remarks>
internal sealed class DistinguishedName(IReadOnlyList<IReadOnlyList<NameAttribute>> parts)
{
    public IReadOnlyList<IReadOnlyList<NameAttribute>> Parts { get; } = parts;

    /// <summary>Same parts in the same order.</summary>
    public bool Matches(DistinguishedName other)
    {
        if (Parts.Count != other.Parts.Count)
            return false;
        for (int i = 0; i < Parts.Count; i++)
        {
            if (!SameAttributes(Parts[i], other.Parts[i]))
                return false;
        }

        return true;
    }

    /// <summary>Same parts in any order.</summary>
    public bool MatchesInAnyOrder(DistinguishedName other)
    {
        if (Parts.Count != other.Parts.Count)
            return false;
        List<IReadOnlyList<NameAttribute>> left = [.. other.Parts];
        foreach (IReadOnlyList<NameAttribute> part in Parts)
        {
            int at = left.FindIndex(candidate => SameAttributes(part, candidate));
            if (at < 0)
                return false;
            left.RemoveAt(at);
        }

        return true;
    }

    /// <summary>Reads the text form of RFC 4514 (<c>CN=bob,OU=Ops,O=Kit</c>). False for anything else, BER values (<c>#…</c>) included.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out DistinguishedName? name)
    {
        name = null;
        List<IReadOnlyList<NameAttribute>> parts = [];
        List<NameAttribute> part = [];
        int at = 0;
        while (at < text.Length)
        {
            if (!TryReadAttribute(text, ref at, out NameAttribute attribute))
                return false;
            part.Add(attribute);
            if (at < text.Length && text[at++] == '+')
                continue;
            parts.Add(part);
            part = [];
        }

        if (parts.Count == 0 || part.Count > 0)
            return false;
        name = new DistinguishedName(parts);
        return true;
    }

    // attribute = type "=" value, up to an unescaped ',' or '+', where it stops.
    private static bool TryReadAttribute(string text, ref int at, out NameAttribute attribute)
    {
        attribute = default;
        int equals = text.IndexOf('=', at);
        if (equals < 0)
            return false;
        string type = text[at..equals].Trim(' ');
        at = equals + 1;
        if (type.Length == 0 || type.AsSpan().ContainsAny(",+\\") || (at < text.Length && text[at] == '#'))
            return false;
        if (!TryReadValue(text, ref at, out string value))
            return false;
        attribute = new NameAttribute(type, value);
        return true;
    }

    // Unescaped blanks at both ends are no part of the value; "\," and "\2C" are.
    private static bool TryReadValue(string text, ref int at, out string value)
    {
        List<byte> bytes = [];
        int kept = 0;
        value = "";
        for (; at < text.Length && text[at] is not (',' or '+'); at++)
        {
            if (text[at] == '\\')
            {
                if (!TryReadEscape(text, ref at, bytes))
                    return false;
                kept = bytes.Count;
                continue;
            }

            if (text[at] == ' ' && bytes.Count == 0)
                continue;
            int start = at;
            if (char.IsHighSurrogate(text[at]) && at + 1 < text.Length)
                at++;
            bytes.AddRange(Encoding.UTF8.GetBytes(text[start..(at + 1)]));
            if (text[start] != ' ')
                kept = bytes.Count;
        }

        value = Encoding.UTF8.GetString([.. bytes[..kept]]);
        return true;
    }

    // Leaves 'at' on the last character of the escape.
    private static bool TryReadEscape(string text, ref int at, List<byte> bytes)
    {
        if (++at >= text.Length)
            return false;
        if (" \"#+,;<=>\\".Contains(text[at], StringComparison.Ordinal))
        {
            bytes.Add((byte)text[at]);
            return true;
        }

        if (at + 1 >= text.Length || !byte.TryParse(text.AsSpan(at, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out byte octet))
            return false;
        bytes.Add(octet);
        at++;
        return true;
    }

    private static bool SameAttributes(IReadOnlyList<NameAttribute> left, IReadOnlyList<NameAttribute> right) =>
        left.Count == right.Count && left.All(a => right.Any(a.Matches)) && right.All(b => left.Any(b.Matches));
}
