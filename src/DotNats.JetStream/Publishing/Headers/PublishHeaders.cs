using System.Runtime.CompilerServices;

namespace DotNats.JetStream.Publishing.Headers;

/// <summary>What a header block says to a stream: one pass over the block, values as views of it.</summary>
/// <remarks>
/// As nats-server reads headers: names in the very case with the colon right behind, the first of several counts, blanks before the value
/// do not, and the value goes on to CR LF. A name without a value is there, which matters to a few.
/// </remarks>
internal readonly ref struct PublishHeaders
{
    private readonly ReadOnlySpan<byte> _block;
    private readonly uint _present;
    private readonly Views _views;

    public PublishHeaders(ReadOnlySpan<byte> block)
    {
        _block = block;
        if (block.IsEmpty) return;
        int next = NextLine(block, 0);
        while (next < block.Length)
        {
            int start = next;
            ReadOnlySpan<byte> line = block[start..];
            int length = line.IndexOf("\r\n"u8);
            next = length < 0 ? block.Length : start + length + 2;
            if (!line.StartsWith(HeaderNames.Prefix)) continue;
            if (length >= 0) line = line[..length];
            int colon = line.IndexOf((byte)':');
            if (colon < 0 || !HeaderNames.TryFind(line[..colon], out PublishHeader header) || Has(header)) continue;
            int value = colon + 1;
            while (value < line.Length && line[value] == ' ') value++;
            _present |= 1u << (int)header;
            _views[(int)header] = new View(start + value, line.Length - value);
        }
    }

    /// <summary>None of the headers is there.</summary>
    public bool IsEmpty => _present == 0;

    /// <summary>Value of a header; empty for none.</summary>
    public ReadOnlySpan<byte> this[PublishHeader header]
    {
        get
        {
            if (!Has(header)) return default;
            View view = _views[(int)header];
            return _block.Slice(view.Start, view.Length);
        }
    }

    /// <summary>The header is there, perhaps without a value.</summary>
    public bool Has(PublishHeader header) => (_present & (1u << (int)header)) != 0;

    /// <summary>The header is there and has a value.</summary>
    public bool HasValue(PublishHeader header) => Has(header) && _views[(int)header].Length > 0;

    // A line of a block begins behind CR LF; the first is the status.
    private static int NextLine(ReadOnlySpan<byte> block, int from)
    {
        int end = block[from..].IndexOf("\r\n"u8);
        return end < 0 ? block.Length : from + end + 2;
    }

    private readonly record struct View(int Start, int Length);

    [InlineArray(Count)]
    private struct Views
    {
        public const int Count = (int)PublishHeader.MarkerReason + 1;

        private View _first;
    }
}
