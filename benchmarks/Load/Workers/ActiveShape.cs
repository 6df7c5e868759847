using System.Globalization;

namespace Load.Workers;

/// <summary>Many pull consumers of one stream, to which one client publishes.</summary>
/// <param name="Batch">Messages a consumer has asked for and not got.</param>
/// <param name="IsShared">Every consumer gets every message; else each has a subject of its own.</param>
internal sealed record ActiveShape(int Consumers, int Batch, bool IsShared)
{
    /// <summary>Connections of the consumers.</summary>
    internal const int Connections = 50;

    /// <summary>What is published: the consumers' subjects in turn.</summary>
    internal PublishShape Publish => new(1, 1000, 128, Keys: Consumers);

    /// <summary>How far the publisher may be ahead of the consumers, in deliveries.</summary>
    internal int MostAhead => IsShared ? 100 * Consumers : 20_000;

    internal string[] Arguments(int port) => ["--port", Text(port), "--consumers", Text(Consumers), "--batch", Text(Batch), "--shared", IsShared ? "true" : "false"];

    internal static ActiveShape FromArguments(WorkerArguments arguments) =>
        new(arguments.Integer("consumers"), arguments.Integer("batch"), arguments.Flag("shared"));

    internal static string Name(int consumer) => string.Create(CultureInfo.InvariantCulture, $"A{consumer}");

    internal static string Inbox(int connection) => string.Create(CultureInfo.InvariantCulture, $"_INBOX.active{connection}");

    internal string Configuration(int consumer)
    {
        string filter = IsShared ? "" : $",\"filter_subject\":\"{PublishShape.Subject(consumer, isSplit: false)}\"";
        return $$"""{"name":"{{Name(consumer)}}","durable_name":"{{Name(consumer)}}","ack_policy":"explicit","ack_wait":60000000000,"max_ack_pending":20000{{filter}}}""";
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
