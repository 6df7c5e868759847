using DotNats.Protocol;

namespace DotNats.Client.Wire;

/// <summary>Reads what a server sends from contiguous bytes. Pure: the same bytes give the same answer, however they were split.</summary>
// Previous stop: ReceiveLoop (bytes). Next stop: NatsConnection (meaning). Grammar: wire reference 1.2.
internal static class ServerOperationParser
{
    /// <summary><see cref="ParseStatus.Done"/>, <see cref="ParseStatus.NeedMore"/> or <see cref="ParseStatus.UnknownOperation"/>.</summary>
    public static ParseStatus Read(ReadOnlySpan<byte> buffer, ref ServerOperation operation)
    {
        operation.NeededLength = 0;
        int lineEnd = buffer.IndexOf((byte)'\n');
        if (lineEnd < 0) return ParseStatus.NeedMore;
        operation.Length = lineEnd + 1;
        ReadOnlySpan<byte> line = lineEnd > 0 && buffer[lineEnd - 1] == '\r' ? buffer[..(lineEnd - 1)] : buffer[..lineEnd];
        int verbEnd = line.IndexOfAny((byte)' ', (byte)'\t');
        ReadOnlySpan<byte> verb = verbEnd < 0 ? line : line[..verbEnd];
        ReadOnlySpan<byte> arguments = verbEnd < 0 ? default : line[(verbEnd + 1)..];
        if (Is(verb, "MSG"u8)) return ReadMessage(buffer, arguments, hasHeaders: false, ref operation);
        if (Is(verb, "HMSG"u8)) return ReadMessage(buffer, arguments, hasHeaders: true, ref operation);
        operation.Kind = KindOf(verb);
        operation.Text = arguments.Trim(" \t"u8);
        return operation.Kind == OperationKind.None ? ParseStatus.UnknownOperation : ParseStatus.Done;
    }

    private static OperationKind KindOf(ReadOnlySpan<byte> verb)
    {
        if (Is(verb, "PING"u8)) return OperationKind.Ping;
        if (Is(verb, "PONG"u8)) return OperationKind.Pong;
        if (Is(verb, "+OK"u8)) return OperationKind.Ok;
        if (Is(verb, "-ERR"u8)) return OperationKind.Error;
        return Is(verb, "INFO"u8) ? OperationKind.Info : OperationKind.None;
    }

    // MSG <subject> <sid> [reply] <#bytes>CRLF<payload>CRLF or HMSG <subject> <sid> [reply] <#hdr> <#total>CRLF<headers><payload>CRLF
    private static ParseStatus ReadMessage(ReadOnlySpan<byte> buffer, ReadOnlySpan<byte> arguments, bool hasHeaders, ref ServerOperation operation)
    {
        var reader = new ArgumentReader(arguments, splitAtLineEnds: false);
        int sizes = hasHeaders ? 2 : 1;
        int count = reader.Count();
        if (count < sizes + 2 || count > sizes + 3) return ParseStatus.UnknownOperation;
        operation.Kind = OperationKind.Message;
        operation.Subject = reader.Next();
        operation.SubscriptionId = CommandParser.ParseSize(reader.Next());
        operation.Reply = count == sizes + 3 ? reader.Next() : default;
        int headerLength = hasHeaders ? CommandParser.ParseSize(reader.Next()) : 0;
        int size = CommandParser.ParseSize(reader.Next());
        if (headerLength < 0 || size < headerLength) return ParseStatus.UnknownOperation;
        int start = operation.Length, end = start + size;
        if (buffer.Length < end + 2)
        {
            operation.NeededLength = end + 2;
            return ParseStatus.NeedMore;
        }

        if (buffer[end] != '\r' || buffer[end + 1] != '\n') return ParseStatus.UnknownOperation;
        operation.Headers = buffer.Slice(start, headerLength);
        operation.Payload = buffer[(start + headerLength)..end];
        operation.Length = end + 2;
        return ParseStatus.Done;
    }

    // Verbs are case-insensitive on every link.
    private static bool Is(ReadOnlySpan<byte> verb, ReadOnlySpan<byte> upperCase) =>
        verb.Length == upperCase.Length && System.Text.Ascii.EqualsIgnoreCase(verb, upperCase);
}
