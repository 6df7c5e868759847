using System.Globalization;
using System.Text.Json;

namespace NatsServerApp.Tests.Soaking;

/// <summary>A consumer of a server under a soak, and what it is to keep: what was confirmed is not delivered again, order, counts.</summary>
/// <param name="config">Members of its configuration, each with a comma before it.</param>
/// <param name="acksAll">An acknowledgement is for everything before it too.</param>
/// <param name="maxDeliver">0 for no limit.</param>
/// <param name="maxAckPending">0 for none that would be reached.</param>
/// <param name="subject">The only one of the stream's subjects that it wants; null for all.</param>
/// <param name="carelessness">How often, of a hundred, its clients say nothing of a message.</param>
internal sealed class SoakedConsumer(
    SoakedStream stream, string name, string config, bool acksAll = false, int maxDeliver = 0, int maxAckPending = 0, int? subject = null, int carelessness = 8)
{
    private readonly HashSet<ulong> _settled = [];
    private readonly Dictionary<ulong, ulong> _deliveries = [];
    private readonly SoakedPending _pending = new(acksAll);
    private long _acknowledgements;
    private ulong _settledUpTo;
    private ulong _lastConsumerSequence;
    private ulong _lastNew;
    private ulong _sentBeforeRestart;
    private bool _mayHaveMissed;

    public SoakedStream Stream => stream;

    public string Name => name;

    public int Carelessness => carelessness;

    public string Config
    {
        get
        {
            string filter = subject is null ? "" : $",\"filter_subject\":\"{stream.Name}.{subject}\"";
            string limit = maxAckPending == 0 ? "" : $",\"max_ack_pending\":{maxAckPending}";
            return $$"""{"config":{"durable_name":"{{name}}","deliver_policy":"all","ack_policy":"{{(acksAll ? "all" : "explicit")}}"{{config}}{{filter}}{{limit}}},"stream_name":"{{stream.Name}}"}""";
        }
    }

    /// <summary>Messages it was given at least once.</summary>
    public HashSet<ulong> Seen { get; } = [];

    /// <summary>Messages that were acknowledged or terminated, confirmed or not.</summary>
    public HashSet<ulong> Acknowledged { get; } = [];

    /// <summary>Messages whose termination was confirmed.</summary>
    public HashSet<ulong> Terminated { get; } = [];

    /// <summary>Messages asked for that neither came nor were refused.</summary>
    public int Wanted { get; set; }

    /// <summary>Somebody asked for its state and was not answered.</summary>
    public bool IsAsked { get; set; }

    public DateTime PausedUntil { get; set; }

    /// <summary>Messages of which it was confirmed that they do not come again.</summary>
    public int Confirmed => _settled.Count;

    public bool IsSettled(ulong sequence) => sequence <= _settledUpTo || _settled.Contains(sequence);

    /// <summary>A message was never given to it, and should have been.</summary>
    // What was on its way when the server ended may be acknowledged unseen: by its client, with one behind it that was given first. Nothing later may.
    public bool IsOwed(ulong sequence)
    {
        if (Seen.Contains(sequence) || (subject is { } number && !stream.IsOf(sequence, number))) return false;
        return !(acksAll && sequence <= _sentBeforeRestart && (sequence <= _settledUpTo || Acknowledged.Any(later => later > sequence)));
    }

    /// <summary>The server starts again.</summary>
    /// <param name="wasKilled">It may have forgotten what nobody waited for, and what it sent may not have come; otherwise neither.</param>
    public void OnRestart(bool wasKilled)
    {
        _sentBeforeRestart = stream.Sent;
        Wanted = 0;
        IsAsked = false;
        if (!wasKilled) return;
        _mayHaveMissed = true;
        _pending.Doubt();
        (_lastConsumerSequence, _lastNew) = (0, 0);
        _deliveries.Clear();
    }

    /// <summary>Everything was delivered and settled.</summary>
    public void OnSettled() => _pending.Clear();

    /// <summary>A message came.</summary>
    public void OnDelivered(ulong sequence, ulong consumerSequence, ulong deliveries)
    {
        Require(!IsSettled(sequence), sequence, "was confirmed, and came again");
        Require(DateTime.UtcNow >= PausedUntil, sequence, "came while the consumer is paused");
        Require(consumerSequence > _lastConsumerSequence, sequence, $"came as {consumerSequence} after {_lastConsumerSequence}");
        Require(!_pending.IsExact || consumerSequence == _lastConsumerSequence + 1 || _lastConsumerSequence == 0, sequence, $"came as {consumerSequence} after {_lastConsumerSequence}: one is missing");
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
        _pending.OnDelivered(sequence, consumerSequence);
        Seen.Add(sequence);
        Wanted--;
    }

    /// <summary>An acknowledgement or a termination is sent.</summary>
    public void OnAcknowledged(ulong sequence)
    {
        Acknowledged.Add(sequence);
        _pending.OnAcknowledged(sequence, ++_acknowledgements);
    }

    /// <summary>An acknowledgement was confirmed.</summary>
    public void OnConfirmed(ulong sequence, bool isTermination)
    {
        _settled.Add(sequence);
        if (acksAll) _settledUpTo = Math.Max(_settledUpTo, sequence);
        if (isTermination) Terminated.Add(sequence);
    }

    /// <summary>Its state is asked for: what is known by now is counted in the answer.</summary>
    public string Ask()
    {
        IsAsked = true;
        return string.Create(CultureInfo.InvariantCulture, $"{stream.Last}.{_acknowledgements}");
    }

    /// <summary>What the server says of it adds up.</summary>
    /// <param name="stored">The last message that was stored for sure when it was asked.</param>
    /// <param name="acknowledged">How many acknowledgements had been sent then.</param>
    /// <returns>Nothing is left to deliver and nothing waits for its acknowledgement.</returns>
    public bool CheckInfo(JsonElement info, ulong stored, long acknowledged)
    {
        IsAsked = false;
        (ulong delivered, ulong floor) = (Number(info.GetProperty("delivered"), "stream_seq"), Number(info.GetProperty("ack_floor"), "stream_seq"));
        ulong deliveries = Number(info.GetProperty("delivered"), "consumer_seq");
        (ulong pending, ulong ackPending, ulong redelivered) = (Number(info, "num_pending"), Number(info, "num_ack_pending"), Number(info, "num_redelivered"));
        string told = info.GetRawText();
        Require(floor <= delivered && Number(info.GetProperty("ack_floor"), "consumer_seq") <= deliveries, floor, $"is the floor: {told}");
        Require(ackPending <= delivered - floor && redelivered <= delivered, delivered, $"does not fit what is pending: {told}");
        Require(Number(info, "num_waiting") <= 1, delivered, $"and one request was made: {told}");
        Require(maxAckPending == 0 || ackPending <= (ulong)maxAckPending, delivered, $"and too much is pending: {told}");
        // What was acknowledged unconfirmed just before a kill may be gone from a stream that keeps no more, though the consumer does not know that it had it.
        ulong least = stream.IsComplete ? stream.Count(delivered, stored, subject) : stream.CountWithout(delivered, stored, Acknowledged);
        ulong most = stream.Count(delivered, ulong.MaxValue, subject) + (ulong)stream.OpenCount;
        Require(pending >= least && pending <= most, delivered, $"and what is pending are not {least} to {most}: {told}");
        if (_pending.IsExact) CheckExactly(delivered, deliveries, floor, ackPending, redelivered, acknowledged, told);
        _pending.Forget(acknowledged);
        return pending == 0 && ackPending == 0;
    }

    // Every message that was delivered was seen, and everything that was said of it is known.
    private void CheckExactly(ulong delivered, ulong deliveries, ulong floor, ulong ackPending, ulong redelivered, long acknowledged, string told)
    {
        (SoakedPending.Figures sure, SoakedPending.Figures possible) = _pending.Look(deliveries, acknowledged);
        Require(_lastConsumerSequence == 0 || deliveries <= _lastConsumerSequence, delivered, $"was the last delivery, {deliveries} after {_lastConsumerSequence} that came: {told}");
        Require(deliveries != _lastConsumerSequence || delivered == _lastNew || _lastNew == 0, delivered, $"was delivered last, not {_lastNew}: {told}");
        Require(ackPending <= possible.Count, delivered, $"and of {possible.Count} that may be pending: {told}");
        // Others leave what is pending when they were delivered too often, and hold back the floor.
        if (maxDeliver > 0) return;
        Require(ackPending >= sure.Count, delivered, $"and of {sure.Count} that are pending: {told}");
        Require(redelivered >= sure.Again && redelivered <= possible.Again, delivered, $"and what came again are {sure.Again} to {possible.Again}: {told}");
        Require(sure.Count == 0 || floor < sure.Lowest, floor, $"is the floor, and {sure.Lowest} is pending: {told}");
        // Between messages of one subject are others.
        if (subject is null) Require(possible.Count == 0 ? floor == delivered : floor >= possible.Lowest - 1, floor, $"is the floor, and nothing is pending before {possible.Lowest}: {told}");
    }

    private static ulong Number(JsonElement element, string member) => element.GetProperty(member).GetUInt64();

    private void Require(bool holds, ulong sequence, string what)
    {
        if (!holds) throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"{stream.Name} > {name}: {sequence} {what}"));
    }
}
