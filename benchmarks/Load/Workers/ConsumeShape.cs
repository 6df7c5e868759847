using System.Globalization;

namespace Load.Workers;

/// <summary>How messages of a stream are consumed.</summary>
internal enum ConsumeKind
{
    /// <summary>A durable pull consumer, every message acknowledged; half a batch is asked for whenever half of it has come.</summary>
    Pull,

    /// <summary>What clients call an ordered consumer: pushed, unacknowledged, with flow control.</summary>
    Ordered,

    /// <summary>A durable pull consumer that is asked for one message at a time, which is acknowledged.</summary>
    Fetch,
}

/// <summary>One client that consumes all messages of a stream, again and again.</summary>
/// <param name="Batch">Messages asked for and not come.</param>
/// <param name="Messages">In the stream.</param>
/// <param name="Filter">What the consumer wants; empty for everything.</param>
internal sealed record ConsumeShape(ConsumeKind Kind, int Batch, int Messages, int PayloadBytes, string Filter = "")
{
    internal string[] Arguments(int port) =>
    [
        "--port", Text(port), "--kind", Kind.ToString(), "--batch", Text(Batch), "--messages", Text(Messages), "--payload", Text(PayloadBytes), "--filter", Filter.Length > 0 ? Filter : ">",
    ];

    internal static ConsumeShape FromArguments(WorkerArguments arguments) => new(
        Enum.Parse<ConsumeKind>(arguments.Text("kind")), arguments.Integer("batch"), arguments.Integer("messages"), arguments.Integer("payload"), arguments.Text("filter"));

    /// <summary>The consumer's configuration.</summary>
    internal string Configuration(string name, string deliverSubject)
    {
        string filter = Filter is "" or ">" ? "" : $",\"filter_subject\":\"{Filter}\"";
        return Kind == ConsumeKind.Ordered
            ? $$"""{"name":"{{name}}","deliver_subject":"{{deliverSubject}}","ack_policy":"none","max_deliver":1,"flow_control":true,"idle_heartbeat":5000000000,"mem_storage":true,"num_replicas":1,"inactive_threshold":300000000000{{filter}}}"""
            : $$"""{"name":"{{name}}","durable_name":"{{name}}","ack_policy":"explicit","ack_wait":60000000000,"max_ack_pending":20000{{filter}}}""";
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
