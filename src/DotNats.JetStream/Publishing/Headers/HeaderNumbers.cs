namespace DotNats.JetStream.Publishing.Headers;

/// <summary>Numbers in headers, read as nats-server reads them.</summary>
internal static class HeaderNumbers
{
    /// <summary>
    /// A sequence somebody expects; what is no number expects one that never is.
    /// Compat: one beyond 64 bits wraps around, and anything but digits reads as the largest.
    /// </summary>
    public static ulong ReadExpected(ReadOnlySpan<byte> text) => unchecked((ulong)ReadWrapping(text));

    /// <summary>Digits only; -1 for anything else. Compat: wraps around beyond 64 bits.</summary>
    public static long ReadWrapping(ReadOnlySpan<byte> text)
    {
        if (text.IsEmpty) return -1;
        long value = 0;
        foreach (byte digit in text)
        {
            if (digit is < (byte)'0' or > (byte)'9') return -1;
            value = unchecked((value * 10) + (digit - '0'));
        }

        return value;
    }

    /// <summary>Digits only, within 64 bits.</summary>
    public static bool TryRead(ReadOnlySpan<byte> text, out ulong value)
    {
        value = 0;
        if (text.IsEmpty) return false;
        foreach (byte digit in text)
        {
            if (digit is < (byte)'0' or > (byte)'9') return false;
            uint number = (uint)(digit - '0');
            if (value > (ulong.MaxValue - number) / 10) return false;
            value = (value * 10) + number;
        }

        return true;
    }

    /// <summary>A level as Go's Atoi reads it: a sign is allowed.</summary>
    public static bool TryReadSigned(ReadOnlySpan<byte> text, out long value)
    {
        bool negative = text is [(byte)'-', ..];
        if (text is [(byte)'-' or (byte)'+', ..]) text = text[1..];
        value = 0;
        if (!TryRead(text, out ulong magnitude) || magnitude > long.MaxValue) return false;
        value = negative ? -(long)magnitude : (long)magnitude;
        return true;
    }
}
