namespace DotNats.Protocol;

/// <summary>Where nats-server's parser stands when it gives up, and in which of its states: its log names both, and people search for them.</summary>
/// <param name="State">The state's number in nats-server 2.15.1.</param>
/// <param name="Offset">Of the first byte that fits nowhere, from the start of its command.</param>
// Worked out from the refused bytes alone, so that reading what is right pays nothing for it.
public readonly record struct ParserPosition(int State, int Offset)
{
    // A payload is followed by CR (the first state), then LF.
    private const int PayloadReturn = 41;
    private const int PayloadFeed = 42;

    private const int VerbSeparator = ' ';

    /// <summary>The place of the error in bytes that <see cref="CommandParser"/> called <see cref="ParseStatus.UnknownOperation"/>.</summary>
    /// <param name="command">Begins with the refused command.</param>
    public static ParserPosition Find(ReadOnlySpan<byte> command)
    {
        var furthest = new ParserPosition(0, 0);
        foreach (Verb verb in Verb.All)
        {
            int matched = verb.CountMatching(command);
            if (matched == verb.Text.Length && IsSeparated(command, matched)) return InPayload(command, verb.Text);
            if (matched > furthest.Offset) furthest = new ParserPosition(verb.StateAfter(matched), matched);
        }

        return furthest;
    }

    private static bool IsSeparated(ReadOnlySpan<byte> command, int at) => at < command.Length && command[at] is VerbSeparator or (byte)'\t';

    // The line was good, so it is what follows: PUB and HPUB end in a size. Compat: HMSG has none for a client, only the line end after it.
    private static ParserPosition InPayload(ReadOnlySpan<byte> command, string verb)
    {
        int lineEnd = command.IndexOf((byte)'\n') + 1;
        int size = 0;
        if (verb != "hmsg")
        {
            ReadOnlySpan<byte> line = command[..Math.Max(lineEnd - 1, 0)].TrimEnd(" \t\r"u8);
            size = Math.Max(CommandParser.ParseSize(line[(line.LastIndexOfAny((byte)' ', (byte)'\t') + 1)..]), 0);
        }

        int end = lineEnd + size;
        return end < command.Length && command[end] == '\r' ? new ParserPosition(PayloadFeed, end + 1) : new ParserPosition(PayloadReturn, end);
    }

    // The states of a verb's letters have consecutive numbers, but for the first, which it shares with others of its kind.
    private readonly record struct Verb(string Text, int FirstState, int SecondState)
    {
        public static ReadOnlySpan<Verb> All => AllVerbs;

        private static readonly Verb[] AllVerbs =
        [
            new("+ok", 1, 2), new("-err", 4, 5), new("connect", 10, 11), new("hpub", 18, 19), new("hmsg", 18, 24), new("pub", 29, 30),
            new("ping", 29, 34), new("pong", 29, 37), new("sub", 43, 44), new("unsub", 59, 60), new("info", 71, 72),
        ];

        public int StateAfter(int letters) => letters == 1 ? FirstState : SecondState + letters - 2;

        public int CountMatching(ReadOnlySpan<byte> command)
        {
            int length = Math.Min(command.Length, Text.Length);
            for (int i = 0; i < length; i++)
            {
                char have = (char)command[i];
                if (have != Text[i] && !(char.IsAsciiLetterLower(Text[i]) && have == Text[i] - 0x20)) return i;
            }

            return length;
        }
    }
}
