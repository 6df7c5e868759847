using System.Globalization;
using System.Text;

namespace DotNats.Server.Accounts;

/// <summary>The headers by which applications say that a request is traced, and so is to be measured.</summary>
// Compat: which of several counts, and when one of them says yes, is nats-server's.
internal static class LatencyHeaders
{
    /// <summary>The headers that make this request one to be measured; null for none.</summary>
    public static SortedDictionary<string, List<string>>? FindTrigger(ReadOnlySpan<byte> headerBlock)
    {
        if (Read(headerBlock) is not { Count: > 0 } headers) return null;
        if (headers.TryGetValue("Uber-Trace-Id", out List<string>? uber)) return IsSampledByUber(uber[0]) ? Pick(headers, "Uber-Trace-Id", prefix: "Uberctx-") : null;
        bool hasDecision = headers.TryGetValue("X-B3-Sampled", out List<string>? decision);
        if (hasDecision && decision![0] == "0") return null;
        if ((hasDecision && decision![0] == "1") || headers.ContainsKey("X-B3-Traceid"))
            return Pick(headers, "X-B3-Sampled", "X-B3-Traceid", "X-B3-Parentspanid", "X-B3-Spanid");
        if (headers.TryGetValue("B3", out List<string>? b3)) return IsSampledByB3(b3[0]) ? Pick(headers, "B3") : null;
        if (headers.TryGetValue("Traceparent", out List<string>? parent)) return IsSampledByTraceParent(parent[0]) ? Pick(headers, "Traceparent", "Tracestate") : null;
        return null;
    }

    // trace:span:parent:flags, flags in hex.
    private static bool IsSampledByUber(string value)
    {
        string[] parts = value.Split(':');
        return parts.Length == 4 && parts[3].Length is 1 or 2 && IsOddHex(parts[3]);
    }

    // trace-span-decision-parent, or the decision alone; without one it is left to us.
    private static bool IsSampledByB3(string value)
    {
        string[] parts = value.Split('-');
        return !(parts.Length > 2 && parts[2] == "0") && !(parts.Length == 1 && parts[0] == "0");
    }

    // version-trace-parent-flags, two digits of hex. Compat: flags of 80 and more cannot be read.
    private static bool IsSampledByTraceParent(string value)
    {
        string[] parts = value.Split('-');
        return parts.Length == 4 && parts[3].Length == 2 && parts[3][0] < '8' && IsOddHex(parts[3]);
    }

    private static bool IsOddHex(string text) =>
        byte.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out byte value) && (value & 1) == 1;

    private static SortedDictionary<string, List<string>> Pick(Dictionary<string, List<string>> headers, params ReadOnlySpan<string> names)
    {
        var picked = new SortedDictionary<string, List<string>>(StringComparer.Ordinal);
        foreach (string name in names)
        {
            if (headers.TryGetValue(name, out List<string>? values)) picked[name] = values;
        }

        return picked;
    }

    private static SortedDictionary<string, List<string>> Pick(Dictionary<string, List<string>> headers, string name, string prefix)
    {
        SortedDictionary<string, List<string>> picked = Pick(headers, name);
        foreach ((string other, List<string> values) in headers)
        {
            if (other.StartsWith(prefix, StringComparison.Ordinal)) picked[other] = values;
        }

        return picked;
    }

    // Names in Go's canonical form, as they are also shown. Null for what is no header block.
    private static Dictionary<string, List<string>>? Read(ReadOnlySpan<byte> block)
    {
        int line = block.IndexOf("\r\n"u8);
        if (line < 0) return null;
        var headers = new Dictionary<string, List<string>>(StringComparer.Ordinal);
        for (block = block[(line + 2)..]; !block.IsEmpty; block = block[(line + 2)..])
        {
            line = block.IndexOf("\r\n"u8);
            if (line == 0) return headers;
            int colon = line < 0 ? -1 : block[..line].IndexOf((byte)':');
            if (colon <= 0) return null;
            string name = Canonical(Encoding.Latin1.GetString(block[..colon]));
            if (!headers.TryGetValue(name, out List<string>? values)) headers[name] = values = [];
            values.Add(Encoding.UTF8.GetString(block[(colon + 1)..line].Trim(" \t"u8)));
        }

        return headers;
    }

    // traceparent is Traceparent, x-b3-traceid is X-B3-Traceid.
    private static string Canonical(string name) => string.Create(name.Length, name, static (result, source) =>
    {
        bool upper = true;
        for (int i = 0; i < source.Length; i++)
        {
            result[i] = upper ? char.ToUpperInvariant(source[i]) : char.ToLowerInvariant(source[i]);
            upper = source[i] == '-';
        }
    });
}
