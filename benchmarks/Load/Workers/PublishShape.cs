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

    /// <summary>The stream is a key-value bucket, its subjects are the keys.</summary>
    internal bool Bucket { get; init; }

    /// <summary>The last digit of a key is a token of its own, which wildcards can ask for.</summary>
    internal bool SplitsKeys { get; init; }

    /// <summary>Number of the first stream.</summary>
    internal int FirstStream { get; init; }

    /// <summary>A run in which no acknowledgement comes for so long does not count.</summary>
    internal int StallMilliseconds { get; init; } = 10_000;

    internal int StreamsPerPublisher => Math.Max(1, Streams / Publishers);

    internal bool SharesStream => Streams < Publishers;

    internal static string StreamName(int stream, bool isBucket = false) => string.Create(CultureInfo.InvariantCulture, $"{(isBucket ? "KV_" : "S")}{stream:D4}");

    /// <summary>The configuration of a stream; of a bucket what clients create when it keeps one value of each key.</summary>
    internal string Configuration(int stream)
    {
        string subjects = string.Create(CultureInfo.InvariantCulture, $"{Root}.{stream:D4}.{(SplitsKeys || Bucket ? ">" : "*")}");
        string kind = Bucket
            ? "\"max_msgs_per_subject\":1,\"discard\":\"new\",\"allow_rollup_hdrs\":true,\"deny_delete\":true,\"duplicate_window\":120000000000"
            : "\"discard\":\"old\",\"max_consumers\":20000";
        return $$"""{"name":"{{StreamName(stream, Bucket)}}","subjects":["{{subjects}}"],"storage":"{{(InMemory ? "memory" : "file")}}","allow_direct":true,{{kind}}}""";
    }

    /// <summary>The subject of a key in stream 0.</summary>
    internal static string Subject(int key, bool isSplit) =>
        isSplit ? string.Create(CultureInfo.InvariantCulture, $"js.0000.{key / 10:D7}.{key % 10}") : string.Create(CultureInfo.InvariantCulture, $"js.0000.{key:D8}");

    internal static string Inbox(int publisher) => string.Create(CultureInfo.InvariantCulture, $"_INBOX.js{publisher:D4}");

    /// <summary>A publish with zeros where stream, key and token stand.</summary>
    internal byte[] Frame(int publisher) => Pattern.Publish($"{Root}.0000.{(SplitsKeys ? "0000000.0" : "00000000")}", PayloadBytes, $"{Inbox(FirstStream + publisher)}.0000000000");

    /// <summary>The first token of every subject.</summary>
    internal string Root => Bucket ? "$KV" : "js";

    internal int StreamOffset => "PUB .".Length + Root.Length;

    /// <summary>Writes stream and key into a frame.</summary>
    internal void WriteSubject(Span<byte> frame, int stream, long key)
    {
        RequestShape.WriteToken(frame.Slice(StreamOffset, StreamDigits), stream);
        Span<byte> digits = frame[(StreamOffset + StreamDigits + 1)..];
        if (!SplitsKeys)
        {
            RequestShape.WriteToken(digits[..KeyDigits], key);
            return;
        }

        RequestShape.WriteToken(digits[..(KeyDigits - 1)], key / 10);
        digits[KeyDigits] = (byte)('0' + key % 10);
    }

    internal static int TokenOffset(byte[] frame) => frame.AsSpan().IndexOf(Encoding.ASCII.GetBytes(".0000000000 ")) + 1;

    internal string[] Arguments(int port) =>
    [
        "--port", Text(port), "--publishers", Text(Publishers), "--window", Text(Window), "--payload", Text(PayloadBytes), "--streams", Text(Streams),
        "--keys", Text(Keys), "--stall", Text(StallMilliseconds), "--bucket", Text(Bucket), "--split", Text(SplitsKeys), "--first", Text(FirstStream),
    ];

    internal static PublishShape FromArguments(WorkerArguments arguments) => new(
        arguments.Integer("publishers"), arguments.Integer("window"), arguments.Integer("payload"), arguments.Integer("streams"), arguments.Integer("keys"))
    {
        StallMilliseconds = arguments.Integer("stall"),
        Bucket = arguments.Flag("bucket"),
        SplitsKeys = arguments.Flag("split"),
        FirstStream = arguments.Integer("first"),
    };

    private static string Text(bool flag) => flag ? "true" : "false";

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
