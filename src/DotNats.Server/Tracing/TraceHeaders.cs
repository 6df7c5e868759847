using System.Buffers.Text;
using System.Text;

namespace DotNats.Server.Tracing;

/// <summary>What the headers of a message say about tracing it: for NATS, or for the application that sent it (<c>traceparent</c>).</summary>
// Owner: the publishing call. Lifetime: as the trace it starts. Invariant: Destination is not empty.
internal sealed class TraceHeaders
{
    /// <summary>As a destination: a server before this one decided against tracing. No legal subject, on purpose.</summary>
    public const string Disabled = "trace disabled";

    private const string OnlyName = "Nats-Trace-Only";
    private const string OriginAccountName = "Nats-Trace-Origin-Account";
    private const string AcceptEncodingName = "Accept-Encoding";

    private TraceHeaders(byte[] destination, bool isExternal)
    {
        Destination = destination;
        IsExternal = isExternal;
    }

    public static ReadOnlySpan<byte> DestinationName => "Nats-Trace-Dest"u8;

    private static ReadOnlySpan<byte> ParentName => "traceparent"u8;

    /// <summary>Where the event goes; perhaps no subject one may publish to.</summary>
    public byte[] Destination { get; }

    /// <summary>An application traces this message: the destination is its account's, which takes a sample.</summary>
    public bool IsExternal { get; }

    /// <summary>All headers with a value, in the byte order of their names, names in the case they came in.</summary>
    public SortedDictionary<string, List<string>> All { get; } = new(StringComparer.Ordinal);

    /// <summary>The message itself is not to be delivered.</summary>
    public bool IsTraceOnly => !IsExternal && First(OnlyName)?.ToLowerInvariant() is "1" or "true" or "on";

    /// <summary>A header of an earlier form of tracing, which is not trusted from clients; null where absent.</summary>
    public string? OriginAccount => First(OriginAccountName);

    public string? AcceptEncoding => First(AcceptEncodingName);

    /// <summary>Whether to look closer. On the message path: one vectorised search, two for accounts with a destination, nothing allocated.</summary>
    public static bool MayBeIn(ReadOnlySpan<byte> headerBlock, AccountTracing? account) =>
        headerBlock.IndexOf(DestinationName) >= 0 || (account is not null && ParentMayBeIn(headerBlock));

    /// <summary>Reads a header block, or the part of one that arrived; null where it asks for no trace.</summary>
    /// <param name="account">Where applications' traces go; null for nowhere.</param>
    // Compat: nats-server takes everything up to the next colon as a name, line ends included, and only this status line.
    public static TraceHeaders? Read(ReadOnlySpan<byte> headerBlock, AccountTracing? account)
    {
        if (!headerBlock.StartsWith("NATS/1.0\r\n"u8)) return null;
        var pairs = new List<(string Name, string Value)>();
        byte[]? destination = null;
        bool isSampled = false;
        ReadOnlySpan<byte> rest = headerBlock["NATS/1.0\r\n"u8.Length..];
        while (TryReadPair(ref rest, out ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value))
        {
            if (name.IsEmpty || value.IsEmpty) continue;
            if (destination is null && name.SequenceEqual(DestinationName))
            {
                if (value.SequenceEqual("trace disabled"u8)) return null;
                destination = value.ToArray();
            }
            else if (account is not null && !isSampled && Ascii.EqualsIgnoreCase(name, ParentName))
            {
                isSampled = IsSampled(value);
            }

            pairs.Add((Encoding.UTF8.GetString(name), Encoding.UTF8.GetString(value)));
        }

        if (destination is null && !isSampled) return null;
        var headers = new TraceHeaders(destination ?? account!.Destination, isExternal: destination is null);
        foreach ((string name, string value) in pairs) headers.Add(name, value);
        return headers;
    }

    /// <summary>The message with <see cref="Disabled"/> as its only destination, behind its other headers.</summary>
    /// <returns>Header block, payload and line end; <paramref name="headerLength"/> is the new block's.</returns>
    public static byte[] Disable(ReadOnlySpan<byte> body, ref int headerLength)
    {
        var result = new List<byte>(body.Length + 32);
        ReadOnlySpan<byte> lines = body[..(headerLength - 2)];
        while (!lines.IsEmpty)
        {
            int end = lines.IndexOf("\r\n"u8);
            ReadOnlySpan<byte> line = end < 0 ? lines : lines[..(end + 2)];
            lines = lines[line.Length..];
            bool isDestination = line.StartsWith(DestinationName) && line.Length > DestinationName.Length && line[DestinationName.Length] == ':';
            if (!isDestination) result.AddRange(line);
        }

        result.AddRange("Nats-Trace-Dest: trace disabled\r\n\r\n"u8);
        ReadOnlySpan<byte> payload = body[headerLength..];
        headerLength = result.Count;
        result.AddRange(payload);
        return [.. result];
    }

    // A name stands at the begin of a line.
    private static bool ParentMayBeIn(ReadOnlySpan<byte> headerBlock)
    {
        while (true)
        {
            int end = headerBlock.IndexOf((byte)'\n');
            if (end < 0) return false;
            headerBlock = headerBlock[(end + 1)..];
            if (headerBlock.Length > ParentName.Length && headerBlock[ParentName.Length] == ':' && Ascii.EqualsIgnoreCase(headerBlock[..ParentName.Length], ParentName)) return true;
        }
    }

    // version-trace-parent-flags, two digits of hex. Compat: flags of 80 and more cannot be read; of several headers one that is sampled is enough.
    private static bool IsSampled(ReadOnlySpan<byte> value)
    {
        if (value.Count((byte)'-') != 3) return false;
        ReadOnlySpan<byte> flags = value[(value.LastIndexOf((byte)'-') + 1)..];
        return flags.Length == 2 && Utf8Parser.TryParse(flags, out byte bits, out int read, 'x') && read == 2 && bits < 0x80 && (bits & 1) == 1;
    }

    private static bool TryReadPair(ref ReadOnlySpan<byte> rest, out ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        name = value = default;
        int colon = rest.IndexOf((byte)':');
        if (colon < 0) return false;
        name = rest[..colon];
        // Blanks are passed over before the line end is looked for.
        ReadOnlySpan<byte> behind = rest[(colon + 1)..].TrimStart(" \t"u8);
        int end = behind.IndexOf("\r\n"u8);
        if (end < 0) return false;
        value = behind[..end].TrimEnd(" \t"u8);
        rest = behind[(end + 2)..];
        return true;
    }

    private string? First(string name) => All.TryGetValue(name, out List<string>? values) ? values[0] : null;

    private void Add(string name, string value)
    {
        if (All.TryGetValue(name, out List<string>? values)) values.Add(value);
        else All.Add(name, [value]);
    }
}
