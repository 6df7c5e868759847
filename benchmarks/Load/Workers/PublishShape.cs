using System.Globalization;
using System.Text;
using Load.Wire;

namespace Load.Workers;

/// <summary>Publishes to streams that are acknowledged: who publishes, to how many streams, and how much may be unanswered.</summary>
/// <param name="Publishers">Connections.</param>
/// <param name="Window">Publishes of one connection that may wait for their acknowledgement.</param>
/// <param name="Streams">Streams altogether; with more than one each belongs to one publisher.</param>
/// <param name="Keys">Distinct subjects in each stream, used in turn.</param>
internal sealed record PublishShape(int Publishers, int Window, int PayloadBytes, int Streams = 1, int Keys = 1)
{
    internal const int TokenDigits = 10;
    internal const int StreamDigits = 4;
    internal const int KeyDigits = 8;

    internal bool InMemory { get; init; }

    /// <summary>A run in which no acknowledgement comes for so long does not count.</summary>
    internal int StallMilliseconds { get; init; } = 10_000;

    internal int StreamsPerPublisher => Math.Max(1, Streams / Publishers);

    internal bool SharesStream => Streams < Publishers;

    internal static string StreamName(int stream) => string.Create(CultureInfo.InvariantCulture, $"S{stream:D4}");

    internal static string StreamSubjects(int stream) => string.Create(CultureInfo.InvariantCulture, $"js.{stream:D4}.*");

    internal static string Inbox(int publisher) => string.Create(CultureInfo.InvariantCulture, $"_INBOX.js{publisher:D4}");

    /// <summary>A publish with zeros where stream, key and token stand.</summary>
    internal byte[] Frame(int publisher) => Pattern.Publish("js.0000.00000000", PayloadBytes, $"{Inbox(publisher)}.0000000000");

    internal static int StreamOffset => "PUB js.".Length;

    internal static int KeyOffset => StreamOffset + StreamDigits + 1;

    internal static int TokenOffset(byte[] frame) => frame.AsSpan().IndexOf(Encoding.ASCII.GetBytes(".0000000000 ")) + 1;

    internal string[] Arguments(int port) =>
    [
        "--port", Text(port), "--publishers", Text(Publishers), "--window", Text(Window), "--payload", Text(PayloadBytes), "--streams", Text(Streams),
        "--keys", Text(Keys), "--stall", Text(StallMilliseconds),
    ];

    internal static PublishShape FromArguments(WorkerArguments arguments) => new(
        arguments.Integer("publishers"), arguments.Integer("window"), arguments.Integer("payload"), arguments.Integer("streams"), arguments.Integer("keys"))
    {
        StallMilliseconds = arguments.Integer("stall"),
    };

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
