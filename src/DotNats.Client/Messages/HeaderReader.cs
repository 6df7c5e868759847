using System.Text;
using DotNats.Protocol;

namespace DotNats.Client;

/// <summary>Reads header blocks. Pure.</summary>
// Grammar: NATS/1.0[ <status>[ <description>]]CRLF, then name: value CRLF …, then CRLF (wire reference 1.3).
internal static class HeaderReader
{
    /// <summary>Lines without a colon are skipped: a server passes on whatever a publisher called a header block.</summary>
    public static NatsHeaders Read(ReadOnlySpan<byte> block)
    {
        NatsHeaders headers = ReadFirstLine(NextLine(ref block));
        while (!block.IsEmpty)
        {
            ReadOnlySpan<byte> line = NextLine(ref block);
            int colon = line.IndexOf((byte)':');
            if (colon > 0) headers.AddParsed(Encoding.UTF8.GetString(line[..colon]), Encoding.UTF8.GetString(line[(colon + 1)..].Trim(" \t"u8)));
        }

        return headers;
    }

    private static NatsHeaders ReadFirstLine(ReadOnlySpan<byte> line)
    {
        ReadOnlySpan<byte> rest = line.StartsWith("NATS/1.0"u8) ? line[8..].Trim((byte)' ') : default;
        int status = rest.Length < 3 ? -1 : CommandParser.ParseSize(rest[..3]);
        if (status < 0) return new NatsHeaders();
        return new NatsHeaders { Status = status, Description = Encoding.UTF8.GetString(rest[3..].Trim((byte)' ')) };
    }

    private static ReadOnlySpan<byte> NextLine(ref ReadOnlySpan<byte> block)
    {
        int end = block.IndexOf("\r\n"u8);
        ReadOnlySpan<byte> line = end < 0 ? block : block[..end];
        block = end < 0 ? default : block[(end + 2)..];
        return line;
    }
}
