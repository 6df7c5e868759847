using System.Text;
using DotNats.Protocol;

namespace Protocol.Tests.Commands;

/// <summary>What the parser makes of bytes, as text that can be compared.</summary>
internal static class CommandText
{
    public static readonly ParserLimits Usual = new() { MaxControlLineBytes = 64, MaxPayloadBytes = 100, HeadersSupported = true };

    /// <summary>Everything from the front of the bytes: one line a command, last the status that ended it.</summary>
    public static List<string> ReadAll(ReadOnlySpan<byte> bytes, ParserLimits limits) => ReadAll([bytes.ToArray()], limits);

    /// <summary>The same for bytes that arrive in pieces: what was not consumed is shown again with the next piece behind it.</summary>
    public static List<string> ReadAll(IEnumerable<byte[]> pieces, ParserLimits limits)
    {
        var seen = new List<string>();
        byte[] waiting = [];
        ParseStatus status = ParseStatus.NeedMore;
        foreach (byte[] piece in pieces)
        {
            waiting = [.. waiting, .. piece];
            Command command = default;
            while ((status = CommandParser.Read(waiting, in limits, ref command)) == ParseStatus.Done)
            {
                seen.Add(Describe(in command));
                waiting = waiting[command.Length..];
                command = default;
            }

            if (status != ParseStatus.NeedMore) break;
        }

        seen.Add(status.ToString());
        return seen;
    }

    public static string Describe(in Command command) => command.Kind == CommandKind.Publish
        ? $"Publish {Text(command.Subject)}|{Text(command.Reply)}|{command.HeaderLength}|{command.Size}|{Text(command.Body)}"
        : $"{command.Kind} {Text(command.Arguments)}";

    public static string Text(ReadOnlySpan<byte> bytes) => Encoding.Latin1.GetString(bytes);
}
