using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace DotNats.Protocol;

/// <summary>Reads client commands from contiguous bytes. Pure: the same bytes give the same answer, however they were split.</summary>
// Previous stop: Server/Transport (bytes). Next stop: Server/Connections/ClientSession (meaning).
// Grammar: wire reference section 1. Compat: a wrong byte is an error as soon as it is seen, not when its line ends.
public static class CommandParser
{
    // parseSize of nats-server takes at most nine digits; more is an error even where the number would fit.
    private const int MaxSizeDigits = 9;

    // Two vectors: longer lines are rare, or belong to messages large enough to pay for the long way.
    private const int WindowBytes = 32;

    /// <summary>Reads the command at the start of <paramref name="buffer"/>.</summary>
    public static ParseStatus Read(ReadOnlySpan<byte> buffer, in ParserLimits limits, ref Command command)
    {
        // PUB <subject> [reply] <#bytes>CRLF<payload>CRLF
        if (buffer.Length > 4 && (buffer[0] | 0x20) == 'p' && (buffer[1] | 0x20) == 'u' && (buffer[2] | 0x20) == 'b' && IsBlank(buffer[3]))
            return ReadPublish(buffer, 4, in limits, ref command);

        return ReadOther(buffer, in limits, ref command);
    }

    private static ParseStatus ReadPublish(ReadOnlySpan<byte> buffer, int start, in ParserLimits limits, ref Command command)
    {
        if (!Vector128.IsHardwareAccelerated || buffer.Length - start < WindowBytes) return ReadPublishLong(buffer, start, hasHeaders: false, in limits, ref command);
        // The usual line lies within one window, and one bit for each byte that ends a token tells all of it.
        ReadOnlySpan<byte> window = buffer.Slice(start, WindowBytes);
        uint stops = StopsIn(window);
        int subjectEnd = BitOperations.TrailingZeroCount(stops);
        stops &= stops - 1;
        int end = BitOperations.TrailingZeroCount(stops);
        ReadOnlySpan<byte> reply = default;
        int sizeStart = subjectEnd + 1;
        if (end < WindowBytes && window[end] == ' ')
        {
            stops &= stops - 1;
            reply = window[sizeStart..end];
            // Two blanks in a row end a token without a byte, which the long way reads.
            if (reply.IsEmpty) return ReadPublishLong(buffer, start, hasHeaders: false, in limits, ref command);
            sizeStart = end + 1;
            end = BitOperations.TrailingZeroCount(stops);
        }

        if (end >= WindowBytes - 1 || end <= sizeStart || subjectEnd == 0 || window[subjectEnd] != ' ' || window[end] != '\r' || window[end + 1] != '\n')
            return ReadPublishLong(buffer, start, hasHeaders: false, in limits, ref command);
        if (end > limits.MaxControlLineBytes) return ParseStatus.ControlLineTooLong;
        command.Kind = CommandKind.Publish;
        command.Arguments = window[..end];
        command.Subject = window[..subjectEnd];
        command.Reply = reply;
        command.HeaderLength = -1;
        return TakeSize(window[sizeStart..end], ref command) ? ReadBody(buffer, start + end + 2, in limits, ref command) : ParseStatus.BadArguments;
    }

    /// <summary>One bit for each byte of a window that is a blank or a control character.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint StopsIn(ReadOnlySpan<byte> window)
    {
        var blank = Vector128.Create((byte)' ');
        uint low = Vector128.LessThanOrEqual(Vector128.Create(window), blank).ExtractMostSignificantBits();
        uint high = Vector128.LessThanOrEqual(Vector128.Create(window[16..]), blank).ExtractMostSignificantBits();
        return low | (high << 16);
    }

    // From a local: the field's two halves, just written apart, could not be read as one without waiting.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool TakeSize(ReadOnlySpan<byte> digits, ref Command command)
    {
        command.SizeText = digits;
        command.Size = ParseSize(digits);
        return command.Size >= 0;
    }

    private static ParseStatus ReadPublishLong(ReadOnlySpan<byte> buffer, int start, bool hasHeaders, in ParserLimits limits, ref Command command)
    {
        int at = start;
        while (at < buffer.Length && IsBlank(buffer[at])) at++;
        int argumentsStart = at;
        // One pass: remember where up to four tokens start and end. Anything above a blank belongs to a token.
        int token0 = 0, end0 = 0, token1 = 0, end1 = 0, token2 = 0, end2 = 0, token3 = 0, end3 = 0, count = 0;
        while (true)
        {
            int from = at;
            while (at < buffer.Length && buffer[at] > ' ') at++;
            if (at >= buffer.Length) return LineIncomplete(buffer, argumentsStart, in limits, ref command);
            byte stop = buffer[at];
            if (!IsBlank(stop) && stop != '\n' && !(stop == '\r' && at + 1 < buffer.Length && buffer[at + 1] == '\n'))
            {
                if (stop == '\r' && at + 1 >= buffer.Length) return LineIncomplete(buffer, argumentsStart, in limits, ref command);
                return ReadPublishSlow(buffer, argumentsStart, hasHeaders, in limits, ref command);
            }

            if (at > from)
            {
                switch (count++)
                {
                    case 0: token0 = from; end0 = at; break;
                    case 1: token1 = from; end1 = at; break;
                    case 2: token2 = from; end2 = at; break;
                    case 3: token3 = from; end3 = at; break;
                }
            }

            if (!IsBlank(stop)) break;
            at++;
        }

        int lineEnd = buffer[at] == '\r' ? at + 2 : at + 1;
        command.Arguments = buffer[argumentsStart..at];
        if (command.Arguments.Length > limits.MaxControlLineBytes) return ParseStatus.ControlLineTooLong;
        command.Kind = CommandKind.Publish;
        if (hasHeaders && !limits.HeadersSupported) return ParseStatus.HeadersNotSupported;
        // PUB <subject> [reply] <#bytes> and HPUB <subject> [reply] <#hdr> <#total>
        int sizes = hasHeaders ? 2 : 1;
        if (count <= sizes || count > sizes + 2) return ParseStatus.BadArguments;
        command.Subject = buffer[token0..end0];
        command.Reply = count == sizes + 2 ? buffer[token1..end1] : default;
        bool sized = TakeSize(count switch { 2 => buffer[token1..end1], 3 => buffer[token2..end2], _ => buffer[token3..end3] }, ref command);
        command.HeaderLength = -1;
        if (hasHeaders)
        {
            command.HeaderLengthText = count == 4 ? buffer[token2..end2] : buffer[token1..end1];
            ParseStatus header = TakeHeaderLength(ref command);
            if (header != ParseStatus.Done) return header;
        }

        return sized ? ReadBody(buffer, lineEnd, in limits, ref command) : ParseStatus.BadArguments;
    }

    private static ParseStatus TakeHeaderLength(ref Command command)
    {
        command.HeaderLength = ParseSize(command.HeaderLengthText);
        return command.HeaderLength < 0 || command.HeaderLength > command.Size ? ParseStatus.BadArguments : ParseStatus.Done;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ParseStatus ReadBody(ReadOnlySpan<byte> buffer, int bodyStart, in ParserLimits limits, ref Command command)
    {
        int size = command.Size;
        if (limits.MaxPayloadBytes >= 0 && size > limits.MaxPayloadBytes) return ParseStatus.PayloadTooLarge;
        int bodyEnd = bodyStart + size;
        if (buffer.Length >= bodyEnd + 2)
        {
            if (buffer[bodyEnd] != '\r' || buffer[bodyEnd + 1] != '\n') return ParseStatus.UnknownOperation;
            command.Body = buffer.Slice(bodyStart, size + 2);
            command.Length = bodyEnd + 2;
            return ParseStatus.Done;
        }

        if (buffer.Length > bodyEnd && buffer[bodyEnd] != '\r') return ParseStatus.UnknownOperation;
        command.NeededLength = bodyEnd + 2;
        return ParseStatus.NeedMore;
    }

    // Control characters inside the arguments: rare enough to split a second time.
    private static ParseStatus ReadPublishSlow(ReadOnlySpan<byte> buffer, int start, bool hasHeaders, in ParserLimits limits, ref Command command)
    {
        ParseStatus line = ReadLine(buffer, start, in limits, ref command, out int lineEnd);
        if (line != ParseStatus.Done) return line;
        if (hasHeaders && !limits.HeadersSupported) return ParseStatus.HeadersNotSupported;
        command.Kind = CommandKind.Publish;
        var tokens = new ArgumentReader(command.Arguments, splitAtLineEnds: false);
        int sizes = hasHeaders ? 2 : 1;
        int count = tokens.Count();
        if (count < sizes + 1 || count > sizes + 2) return ParseStatus.BadArguments;
        command.Subject = tokens.Next();
        command.Reply = count == sizes + 2 ? tokens.Next() : default;
        command.HeaderLengthText = hasHeaders ? tokens.Next() : default;
        bool sized = TakeSize(tokens.Next(), ref command);
        command.HeaderLength = -1;
        ParseStatus header = hasHeaders ? TakeHeaderLength(ref command) : ParseStatus.Done;
        if (header != ParseStatus.Done) return header;
        return sized ? ReadBody(buffer, lineEnd, in limits, ref command) : ParseStatus.BadArguments;
    }

    private static ParseStatus ReadOther(ReadOnlySpan<byte> buffer, in ParserLimits limits, ref Command command)
    {
        command.NeededLength = 0;
        if (buffer.IsEmpty) return ParseStatus.NeedMore;
        return (byte)(buffer[0] | 0x20) switch
        {
            (byte)'p' when buffer.Length > 1 && (buffer[1] | 0x20) == 'u' => WithArguments(buffer, "pub"u8, CommandKind.Publish, in limits, ref command),
            (byte)'p' when buffer.Length > 1 && (buffer[1] | 0x20) == 'o' => ToLineEnd(buffer, "pong"u8, CommandKind.Pong, ref command),
            (byte)'p' => ToLineEnd(buffer, "ping"u8, CommandKind.Ping, ref command),
            (byte)'h' when buffer.Length > 1 && (buffer[1] | 0x20) == 'm' => WithArguments(buffer, "hmsg"u8, CommandKind.None, in limits, ref command),
            (byte)'h' => WithArguments(buffer, "hpub"u8, CommandKind.Publish, in limits, ref command),
            (byte)'s' => WithArguments(buffer, "sub"u8, CommandKind.Subscribe, in limits, ref command),
            (byte)'u' => WithArguments(buffer, "unsub"u8, CommandKind.Unsubscribe, in limits, ref command),
            (byte)'c' => WithArguments(buffer, "connect"u8, CommandKind.Connect, in limits, ref command),
            (byte)'i' => WithArguments(buffer, "info"u8, CommandKind.Info, in limits, ref command),
            _ when buffer[0] == '+' => ToLineEnd(buffer, "+ok"u8, CommandKind.Ok, ref command),
            _ when buffer[0] == '-' => WithArguments(buffer, "-err"u8, CommandKind.Error, in limits, ref command),
            _ => ParseStatus.UnknownOperation,
        };
    }

    // Compat: PING, PONG and +OK take any bytes up to the line feed.
    private static ParseStatus ToLineEnd(ReadOnlySpan<byte> buffer, ReadOnlySpan<byte> verb, CommandKind kind, ref Command command)
    {
        if (!StartsLike(buffer, verb)) return ParseStatus.UnknownOperation;
        int end = buffer.Length < verb.Length ? -1 : buffer[verb.Length..].IndexOf((byte)'\n');
        if (end < 0) return ParseStatus.NeedMore;
        command.Kind = kind;
        command.Arguments = default;
        command.Length = verb.Length + end + 1;
        return ParseStatus.Done;
    }

    private static ParseStatus WithArguments(ReadOnlySpan<byte> buffer, ReadOnlySpan<byte> verb, CommandKind kind, in ParserLimits limits, ref Command command)
    {
        if (!StartsLike(buffer, verb)) return ParseStatus.UnknownOperation;
        if (buffer.Length <= verb.Length) return ParseStatus.NeedMore;
        int at = verb.Length;
        // Compat: CONNECT and INFO need no blank before their argument.
        bool blankNeeded = kind is not (CommandKind.Connect or CommandKind.Info);
        if (blankNeeded && !IsBlank(buffer[at])) return ParseStatus.UnknownOperation;
        if (kind == CommandKind.Publish) return ReadPublishLong(buffer, at + 1, hasHeaders: verb.Length == 4, in limits, ref command);
        while (at < buffer.Length && IsBlank(buffer[at])) at++;
        ParseStatus line = ReadLine(buffer, at, in limits, ref command, out int lineEnd);
        if (line != ParseStatus.Done) return line;
        command.Kind = kind;
        command.Length = lineEnd;
        // Compat: HMSG is a verb of links; a client gets as far as its arguments before it is refused.
        return kind == CommandKind.None ? ParseStatus.UnknownOperation : ParseStatus.Done;
    }

    private static ParseStatus ReadLine(ReadOnlySpan<byte> buffer, int start, in ParserLimits limits, ref Command command, out int lineEnd)
    {
        ReadOnlySpan<byte> rest = buffer[start..];
        int end = rest.IndexOf((byte)'\n');
        lineEnd = start + end + 1;
        if (end < 0) return LineIncomplete(buffer, start, in limits, ref command);
        command.Arguments = end > 0 && rest[end - 1] == '\r' ? rest[..(end - 1)] : rest[..end];
        return command.Arguments.Length > limits.MaxControlLineBytes ? ParseStatus.ControlLineTooLong : ParseStatus.Done;
    }

    private static ParseStatus LineIncomplete(ReadOnlySpan<byte> buffer, int start, in ParserLimits limits, ref Command command)
    {
        command.NeededLength = 0;
        int length = buffer.Length - start;
        if (length > 0 && buffer[^1] == '\r') length--;
        return length > limits.MaxControlLineBytes ? ParseStatus.ControlLineTooLong : ParseStatus.NeedMore;
    }

    private static bool StartsLike(ReadOnlySpan<byte> buffer, ReadOnlySpan<byte> lowerCaseVerb)
    {
        int length = Math.Min(buffer.Length, lowerCaseVerb.Length);
        for (int i = 0; i < length; i++)
        {
            byte have = buffer[i], want = lowerCaseVerb[i];
            if (have != want && !(want >= 'a' && have == want - 0x20)) return false;
        }

        return true;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool IsBlank(byte value) => value is (byte)' ' or (byte)'\t';

    /// <summary>Decimal digits to a number; -1 for anything else, nothing, or more than nine digits.</summary>
    public static int ParseSize(ReadOnlySpan<byte> digits)
    {
        if (digits.Length is 0 or > MaxSizeDigits) return -1;
        int value = 0;
        foreach (byte digit in digits)
        {
            uint next = (uint)(digit - '0');
            if (next > 9) return -1;
            value = value * 10 + (int)next;
        }

        return value;
    }
}
