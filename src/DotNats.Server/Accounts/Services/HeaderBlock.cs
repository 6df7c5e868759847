namespace DotNats.Server.Accounts;

/// <summary>Puts a header into a message.</summary>
internal static class HeaderBlock
{
    private static ReadOnlySpan<byte> Empty => "NATS/1.0\r\n"u8;

    /// <summary>Bytes of room that <see cref="Set"/> needs.</summary>
    public static int MaxLength(int bodyLength, int nameLength, int valueLength) => bodyLength + nameLength + valueLength + Empty.Length + 6;

    /// <summary>Writes the message with one header that has this name, behind all others.</summary>
    /// <param name="body">Header block, payload and line end.</param>
    /// <param name="headerLength">Length of the header block; the new one's afterwards.</param>
    /// <returns>Bytes written.</returns>
    // Compat: as nats-server, without looking at the block as a whole: it may be no header block at all.
    public static int Set(ReadOnlySpan<byte> body, ref int headerLength, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value, Span<byte> destination)
    {
        int payloadStart = Math.Max(0, headerLength);
        int kept = Math.Max(0, headerLength - 2);
        int at = CopyWithout(body[..kept], name, destination);
        // Nothing there, or nothing but what was taken out.
        if (at == 0 || (at < kept && at <= Empty.Length + 2))
        {
            Empty.CopyTo(destination);
            at = Empty.Length;
        }

        name.CopyTo(destination[at..]);
        at += name.Length;
        ": "u8.CopyTo(destination[at..]);
        at += 2;
        value.CopyTo(destination[at..]);
        at += value.Length;
        "\r\n\r\n"u8.CopyTo(destination[at..]);
        headerLength = at += 4;
        body[payloadStart..].CopyTo(destination[at..]);
        return at + body.Length - payloadStart;
    }

    private static int CopyWithout(ReadOnlySpan<byte> lines, ReadOnlySpan<byte> name, Span<byte> destination)
    {
        int at = 0;
        while (true)
        {
            int start = FindLine(lines, name);
            ReadOnlySpan<byte> kept = start < 0 ? lines : lines[..start];
            kept.CopyTo(destination[at..]);
            at += kept.Length;
            if (start < 0) return at;
            lines = lines[start..];
            lines = lines[(lines.IndexOf("\r\n"u8) + 2)..];
        }
    }

    // Where a whole line with this name starts; -1 for none.
    private static int FindLine(ReadOnlySpan<byte> lines, ReadOnlySpan<byte> name)
    {
        int from = 0;
        while (true)
        {
            int found = lines[from..].IndexOf(name);
            if (found < 0) return -1;
            found += from;
            int colon = found + name.Length;
            bool isLine = found > 0 && lines[found - 1] == '\n' && colon < lines.Length && lines[colon] == ':' && lines[colon..].IndexOf("\r\n"u8) >= 0;
            if (isLine) return found;
            from = found + 1;
        }
    }
}
