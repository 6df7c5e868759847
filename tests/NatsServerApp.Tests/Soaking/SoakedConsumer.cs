using System.Globalization;
using System.Text.Json;

namespace NatsServerApp.Tests.Soaking;

/// <summary>A consumer of a server under a soak, and what it is to keep: what was confirmed is not delivered again, order, counts.</summary>
/// <param name="config">Members of its configuration, each with a comma before it.</param>
/// <param name="acksAll">An acknowledgement is for everything before it too.</param>
/// <param name="maxDeliver">0 for no limit.</param>
/// <param name="carelessness">How often, of a hundred, its clients say nothing of a message.</param>
internal sealed class SoakedConsumer(string stream, string name, string config, bool acksAll = false, int maxDeliver = 0, int carelessness = 8)
{
    private readonly HashSet<ulong> _settled = [];
    private readonly Dictionary<ulong, ulong> _deliveries = [];
    private ulong _settledUpTo;
    private ulong _lastConsumerSequence;
    private ulong _lastNew;
    private ulong _sentBeforeRestart;
    private bool _mayHaveMissed;

    public string Stream => stream;

    public string Name => name;

    public int Carelessness => carelessness;

    public string Config => $$"""{"config":{"durable_name":"{{name}}","deliver_policy":"all","ack_policy":"{{(acksAll ? "all" : "explicit")}}"{{config}}},"stream_name":"{{stream}}"}""";

    /// <summary>Messages it was given at least once.</summary>
    public HashSet<ulong> Seen { get; } = [];

    /// <summary>Messages that were acknowledged without asking for a confirmation, or whose confirmation did not come.</summary>
    public HashSet<ulong> Acknowledged { get; } = [];

    /// <summary>Messages whose termination was confirmed.</summary>
    public HashSet<ulong> Terminated { get; } = [];

    /// <summary>Messages asked for that neither came nor were refused.</summary>
    public int Wanted { get; set; }

    public DateTime PausedUntil { get; set; }

    public bool IsSettled(ulong sequence) => sequence <= _settledUpTo || _settled.Contains(sequence);

    /// <summary>A message was never given to it, and should have been.</summary>
    // What was on its way when the server ended may be acknowledged unseen: by its client, with one behind it that was given first. Nothing later may.
    public bool IsOwed(ulong sequence) =>
        !Seen.Contains(sequence) && !(acksAll && sequence <= _sentBeforeRestart && (sequence <= _settledUpTo || Acknowledged.Any(later => later > sequence)));

    /// <summary>The server starts again.</summary>
    /// <param name="sent">The last sequence that its stream may have had.</param>
    /// <param name="wasKilled">It may have forgotten what nobody waited for; otherwise nothing, but what it sent may not have come.</param>
    public void OnRestart(ulong sent, bool wasKilled)
    {
        _sentBeforeRestart = sent;
        Wanted = 0;
        _mayHaveMissed = true;
        if (!wasKilled) return;
        (_lastConsumerSequence, _lastNew) = (0, 0);
        _deliveries.Clear();
    }

    /// <summary>A message came.</summary>
    public void OnDelivered(ulong sequence, ulong consumerSequence, ulong deliveries)
    {
        Require(!IsSettled(sequence), sequence, "was confirmed, and came again");
        Require(DateTime.UtcNow >= PausedUntil, sequence, "came while the consumer is paused");
        Require(consumerSequence > _lastConsumerSequence, sequence, $"came as {consumerSequence} after {_lastConsumerSequence}");
        Require(maxDeliver == 0 || deliveries <= (ulong)maxDeliver, sequence, $"came {deliveries} times");
        if (deliveries == 1)
        {
            Require(sequence > _lastNew, sequence, $"came for the first time after {_lastNew}");
            _lastNew = sequence;
        }

        if (_deliveries.TryGetValue(sequence, out ulong before))
            Require(deliveries == before + 1 || (_mayHaveMissed && deliveries > before), sequence, $"came for the {deliveries}. time after the {before}.");
        else
            Require(deliveries == 1 || _mayHaveMissed, sequence, $"came for the {deliveries}. time, and never before");
        _deliveries[sequence] = deliveries;
        _lastConsumerSequence = consumerSequence;
        Seen.Add(sequence);
        Wanted--;
    }

    /// <summary>An acknowledgement was confirmed.</summary>
    public void OnConfirmed(ulong sequence, bool isTermination)
    {
        _settled.Add(sequence);
        if (acksAll) _settledUpTo = Math.Max(_settledUpTo, sequence);
        if (isTermination) Terminated.Add(sequence);
    }

    /// <summary>What the server says of it adds up.</summary>
    /// <param name="least">Messages that are in the stream for sure.</param>
    /// <param name="most">Messages that may be in the stream.</param>
    /// <returns>Nothing is left to deliver and nothing waits for its acknowledgement.</returns>
    public bool CheckInfo(JsonElement info, ulong least, ulong most, bool isComplete)
    {
        (ulong delivered, ulong floor) = (Number(info.GetProperty("delivered"), "stream_seq"), Number(info.GetProperty("ack_floor"), "stream_seq"));
        (ulong pending, ulong ackPending) = (Number(info, "num_pending"), Number(info, "num_ack_pending"));
        string told = info.GetRawText();
        Require(floor <= delivered && Number(info.GetProperty("ack_floor"), "consumer_seq") <= Number(info.GetProperty("delivered"), "consumer_seq"), floor, $"is the floor: {told}");
        Require(ackPending <= delivered - floor && Number(info, "num_redelivered") <= delivered, delivered, $"does not fit what is pending: {told}");
        if (isComplete) Require(delivered + pending >= least && delivered + pending <= most, delivered, $"and what is pending are not {least} to {most}: {told}");
        return pending == 0 && ackPending == 0;
    }

    private static ulong Number(JsonElement element, string member) => element.GetProperty(member).GetUInt64();

    private void Require(bool holds, ulong sequence, string what)
    {
        if (!holds) throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"{stream} > {name}: {sequence} {what}"));
    }
}
