namespace DotNats.JetStream.Publishing.Headers;

/// <summary>Finds one header in a block, by the rules of <see cref="PublishHeaders"/>.</summary>
internal static class HeaderLookup
{
    /// <summary>Value of the first header of that name; empty for none and for one without a value.</summary>
    public static ReadOnlySpan<byte> Find(ReadOnlySpan<byte> block, ReadOnlySpan<byte> name)
    {
        int at = IndexOf(block, name);
        if (at < 0) return default;
        ReadOnlySpan<byte> value = block[(at + name.Length + 1)..];
        int end = value.IndexOf("\r\n"u8);
        return (end < 0 ? value : value[..end]).TrimStart((byte)' ');
    }

    /// <summary>Where the first header of that name begins; -1 for nowhere.</summary>
    public static int IndexOf(ReadOnlySpan<byte> block, ReadOnlySpan<byte> name)
    {
        int from = 0;
        while (true)
        {
            int found = block[from..].IndexOf(name);
            if (found < 0) return -1;
            int at = from + found;
            int end = at + name.Length;
            if (at >= 2 && block[at - 1] == '\n' && block[at - 2] == '\r' && end < block.Length && block[end] == ':') return at;
            from = at + 1;
        }
    }
}
