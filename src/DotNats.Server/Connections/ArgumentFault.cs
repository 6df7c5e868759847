using DotNats.Primitives;
using DotNats.Protocol;

namespace DotNats.Server.Connections;

/// <summary>Says what is wrong with the arguments of a command, in the words of nats-server's log.</summary>
internal static class ArgumentFault
{
    /// <param name="line">Begins with a command; what follows its line does not matter.</param>
    public static string Describe(ReadOnlySpan<byte> line)
    {
        int end = line.IndexOf((byte)'\n');
        if (end >= 0) line = line[..end];
        line = line.TrimEnd((byte)'\r');
        int verbEnd = line.IndexOfAny((byte)' ', (byte)'\t');
        ReadOnlySpan<byte> arguments = verbEnd < 0 ? default : line[verbEnd..].TrimStart(" \t"u8);
        return (line[0] | 0x20) switch
        {
            'h' => $"processHeaderPub {OfHeaderPublish(arguments)}: {GoQuote.Quote(arguments)}",
            'p' => $"processPub {OfPublish(arguments)}: {GoQuote.Quote(arguments)}",
            's' => DescribeSubscribe(arguments),
            _ => DescribeUnsubscribe(arguments),
        };
    }

    public static string DescribeSubscribe(ReadOnlySpan<byte> arguments) => $"processSub Parse Error: {GoQuote.Quote(arguments)}";

    public static string DescribeUnsubscribe(ReadOnlySpan<byte> arguments) => $"processUnsub Parse Error: {GoQuote.Quote(arguments)}";

    // PUB <subject> [reply] <#bytes>
    private static string OfPublish(ReadOnlySpan<byte> arguments) =>
        new ArgumentReader(arguments, splitAtLineEnds: false).Count() is 2 or 3 ? "Bad or Missing Size" : "Parse Error";

    // HPUB <subject> [reply] <#header> <#total>
    private static string OfHeaderPublish(ReadOnlySpan<byte> arguments)
    {
        var reader = new ArgumentReader(arguments, splitAtLineEnds: false);
        int count = reader.Count();
        if (count is < 3 or > 4) return "Parse Error";
        for (int i = 2; i < count; i++) reader.Next();
        if (CommandParser.ParseSize(reader.Next()) < 0) return "Bad or Missing Header Size";
        // "larger then" is what it says.
        return CommandParser.ParseSize(reader.Next()) < 0 ? "Bad or Missing Total Size" : "Header Size larger then TotalSize";
    }
}
