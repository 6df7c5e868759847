using DotNats.Protocol;
using Fuzz.Harness;
using Shouldly;
using Xunit;

namespace Fuzz.Clients;

/// <summary>The client parser on damaged conversations.</summary>
public sealed class ParserFuzz
{
    [Fact]
    public void Every_answer_makes_sense_however_the_bytes_arrive() => FuzzRun.Repeat(random =>
    {
        byte[] bytes = Mutations.Damage(random, ClientConversation.Make(random), most: 6);
        var limits = new ParserLimits
        {
            MaxControlLineBytes = random.Next(2) == 0 ? 4096 : random.Next(8, 100),
            MaxPayloadBytes = random.Next(3) switch { 0 => -1, 1 => 1024 * 1024, _ => random.Next(100) },
            HeadersSupported = random.Next(4) > 0,
        };
        List<string> whole = ReadAll([bytes], limits);
        List<string> pieces = ReadAll(Mutations.Cut(random, bytes), limits);

        // The whole is never read further than its pieces: both stop at the same place with the same answer.
        Same(pieces, whole);
    });

    private static void Same(List<string> actual, List<string> expected)
    {
        if (!actual.SequenceEqual(expected)) actual.ShouldBe(expected);
    }

    private static List<string> ReadAll(IEnumerable<byte[]> pieces, ParserLimits limits)
    {
        var seen = new List<string>();
        byte[] waiting = [];
        ParseStatus status = ParseStatus.NeedMore;
        foreach (byte[] piece in pieces)
        {
            waiting = [.. waiting, .. piece];
            while ((status = ReadOne(waiting, limits, out int length, out string what)) == ParseStatus.Done)
            {
                seen.Add(what);
                waiting = waiting[length..];
            }

            if (status != ParseStatus.NeedMore) break;
        }

        seen.Add(status.ToString());
        return seen;
    }

    // Between two walls of bytes that would make sense: what lies outside must not matter.
    private static ParseStatus ReadOne(byte[] bytes, ParserLimits limits, out int length, out string what)
    {
        byte[] walled = [.. "PUB a 1"u8, .. bytes, .. "0\r\n\r\nx\r\n"u8];
        ReadOnlySpan<byte> view = walled.AsSpan(7, bytes.Length);
        Command command = default;
        ParseStatus status = CommandParser.Read(view, in limits, ref command);
        length = status == ParseStatus.Done ? command.Length : 0;
        what = status == ParseStatus.Done ? Describe(in command, view) : "";
        if (status == ParseStatus.NeedMore) Check(command.NeededLength == 0 || command.NeededLength > bytes.Length, "more is needed than is there");
        return status;
    }

    private static string Describe(in Command command, ReadOnlySpan<byte> view)
    {
        Check(command.Length > 0 && command.Length <= view.Length, "some of the bytes are consumed");
        ReadOnlySpan<byte> whole = view[..command.Length];
        Check(Holds(whole, command.Arguments), "arguments lie inside");
        if (command.Kind != CommandKind.Publish) return $"{command.Kind} {Convert.ToHexString(command.Arguments)}";
        Check(Holds(whole, command.Subject) && Holds(whole, command.Reply) && Holds(whole, command.Body), "views lie inside");
        Check(!command.Subject.IsEmpty && command.Body.Length == command.Size + 2 && command.Body.EndsWith("\r\n"u8), "a message is complete");
        Check(command.HeaderLength == -1 || (command.HeaderLength >= 0 && command.HeaderLength <= command.Size), "headers are part of the message");
        return $"{Convert.ToHexString(command.Subject)} {Convert.ToHexString(command.Reply)} {command.HeaderLength} {Convert.ToHexString(command.Body)}";
    }

    private static bool Holds(ReadOnlySpan<byte> whole, ReadOnlySpan<byte> part) => part.IsEmpty || whole.Overlaps(part, out int offset) && offset >= 0 && offset + part.Length <= whole.Length;

    private static void Check(bool holds, string what)
    {
        if (!holds) throw new ShouldAssertException($"not so: {what}");
    }
}
