using System.Globalization;
using System.Text;
using DotNats.Storage;
using Shouldly;

namespace Storage.Tests.Conformance;

/// <summary>
/// What nats-server 2.15.1 said of a stream after each step of a script: <c>RecordedStates.txt</c>, one script after the other with an empty line
/// between. Below each step stands the state for memory storage and for file storage: messages, bytes, first and last sequence, number of
/// subjects and of deleted messages, and whose times (sequence of the message) first and last time are.
/// </summary>
/// <remarks>One oddity is not in the file: asked for details, nats-server says of a new stream in files that one message is deleted.</remarks>
internal sealed class RecordedStates(string script, int column)
{
    private static readonly byte[] Payload = Encoding.UTF8.GetBytes(new string('x', 1000));

    private readonly string[] _lines = script.Split('\n');
    private readonly MessageBuffer _buffer = new();
    private LogOptions _options = null!;

    public static IEnumerable<string> Scripts =>
        File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Conformance", "RecordedStates.txt")).Split("\n\n").Select(s => s.Trim()).Where(s => s.Length > 0);

    public LogOptions Options(LogOptions basis) => _options = Read(_lines[0], basis);

    public void Play(IMessageLog log)
    {
        for (int i = 0; i < _lines.Length; i += 2)
        {
            string expected = _lines[i + 1].Split('=')[1].Split('|')[column].Trim();
            Step(log, _lines[i]).ShouldBe(expected, $"after line {i + 1}: {_lines[i]}");
        }
    }

    private string Step(IMessageLog log, string line)
    {
        string[] words = line.Split(' ');
        switch (words[0])
        {
            case "pub":
                Publish(log, words);
                break;
            case "del":
                log.Remove(Number(words[1]), erase: words.Length > 2);
                break;
            case "purge":
                log.Purge(Filter(Value(line, "filter")), Number(Value(line, "seq")), Number(Value(line, "keep")));
                break;
            case "update":
                _options = Read(line, _options);
                log.Update(_options);
                break;
            case "last":
                bool isFound = log.TryReadLast(Filter(words[1]), _buffer) == ReadStatus.Found;
                return isFound ? $"last {_buffer.Sequence}" : "last 10037";
        }

        LogState state = log.State;
        return string.Create(CultureInfo.InvariantCulture,
            $"{state.Messages} {state.Bytes} {state.FirstSequence} {state.LastSequence} {state.Subjects} {state.Deleted} {state.FirstTime} {state.LastTime}");
    }

    private static void Publish(IMessageLog log, string[] words)
    {
        int headersLength = words.Length > 3 ? int.Parse(words[3], CultureInfo.InvariantCulture) : 0;
        string headers = headersLength == 0 ? "" : $"NATS/1.0\r\nK: {new string('v', headersLength - 17)}\r\n\r\n";
        log.Append(new NewMessage
        {
            Timestamp = (long)log.State.LastSequence + 1,
            Subject = Filter(words[1]),
            Headers = Encoding.UTF8.GetBytes(headers),
            Payload = Payload.AsSpan(0, int.Parse(words[2], CultureInfo.InvariantCulture)),
        });
    }

    private static LogOptions Read(string line, LogOptions basis) => basis with
    {
        FirstSequence = Value(line, "first_seq") is { Length: > 0 } first ? Number(first) : basis.FirstSequence,
        MaxMessages = Limit(line, "max_msgs", basis.MaxMessages),
        MaxBytes = Limit(line, "max_bytes", basis.MaxBytes),
        MaxMessagesPerSubject = Limit(line, "max_msgs_per_subject", basis.MaxMessagesPerSubject),
    };

    private static long Limit(string line, string name, long basis) => Value(line, name) is { Length: > 0 } value ? (long)Number(value) : basis;

    private static string Value(string line, string name) =>
        line.Split(' ').FirstOrDefault(word => word.StartsWith(name + "=", StringComparison.Ordinal))?[(name.Length + 1)..] ?? "";

    private static ulong Number(string text) => text.Length == 0 ? 0 : ulong.Parse(text, CultureInfo.InvariantCulture);

    private static byte[] Filter(string text) => Encoding.UTF8.GetBytes(text is "" or ">" ? text : "s." + text);
}
