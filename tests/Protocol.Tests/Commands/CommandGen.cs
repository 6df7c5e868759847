using CsCheck;
using DotNats.Protocol;

namespace Protocol.Tests.Commands;

/// <summary>Conversations of mostly legal commands, with the odd damage that ends them.</summary>
internal static class CommandGen
{
    private static readonly Gen<string> Blank = OneOf(" ", " ", " ", "\t", "  ", " \t ");

    private static readonly Gen<string> LineEnd = OneOf("\r\n", "\r\n", "\n");

    private static readonly Gen<string> Token = Gen.Frequency(
        (8, OneOf("a", "foo.bar", ">", "*.x", "1", "22", "_INBOX.abcdefghijklmnopqrstu")),
        (1, OneOf("a\rb", "\f", "\0", "é", "a\vb", "\r")),
        (1, Gen.Char[(char)33, (char)255].Array[1, 60].Select(chars => new string(chars))));

    private static readonly Gen<string> Verb = OneOf("SUB", "sub", "UNSUB", "-ERR", "Sub", "unSUB", "CONNECT", "INFO", "connect");

    private static readonly Gen<string> Line =
        Gen.Select(Verb, Blank, Token.Array[0, 4], LineEnd, (verb, blank, tokens, end) => verb + blank + string.Join(blank, tokens) + end);

    private static readonly Gen<string> Short = OneOf("PING\r\n", "ping\n", "PONG x\r\n", "+OK\r\n", "PINGPING\r\n");

    private static readonly Gen<string> Payload = Gen.Char[(char)0, (char)255].Array[0, 30].Select(chars => new string(chars));

    private static readonly Gen<string> Publish =
        Gen.Select(OneOf("PUB", "pub", "Pub"), Blank, Token.Array[1, 2], Payload, LineEnd, (verb, blank, tokens, payload, end) =>
            $"{verb}{blank}{string.Join(blank, tokens)}{blank}{payload.Length}{end}{payload}\r\n");

    private static readonly Gen<string> PublishWithHeaders =
        Gen.Select(OneOf("HPUB", "hpub"), Blank, Token.Array[1, 2], Payload, LineEnd, (verb, blank, tokens, payload, end) =>
            $"{verb}{blank}{string.Join(blank, tokens)}{blank}12{blank}{payload.Length + 12}{end}NATS/1.0\r\n\r\n{payload}\r\n");

    private static readonly Gen<string> Damaged = OneOf(
        "PUB a 5\r\nhello!\r\n", "PUB a x\r\n", "PUB\r\n", "PUB a b c 1\r\nx\r\n", "HPUB a 9 3\r\nabc\r\n", "MSG a 1 0\r\n\r\n", "PUB a 99999\r\n", "Q", "\r\n",
        "PUB a 3\r\nabc\n", "HMSG a 1 1 1\r\n", "SUBa", "PUB a 1234567890\r\n", "PUB a\0b 1\r\nx\r\n", "HPUB a 1 1", "PUB ", "PI", "UNSU");

    /// <summary>One conversation.</summary>
    public static readonly Gen<string> Stream = Gen
        .Frequency((6, Publish), (3, PublishWithHeaders), (5, Line), (3, Short), (1, Damaged))
        .Array[0, 12]
        .Select(string.Concat);

    public static readonly Gen<ParserLimits> Limits = Gen.Select(OneOf(16, 48, 4096), OneOf(10, 1024, -1), Gen.Bool, (line, payload, headers) =>
        new ParserLimits { MaxControlLineBytes = line, MaxPayloadBytes = payload, HeadersSupported = headers });

    private static Gen<T> OneOf<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(index => values[index]);
}
