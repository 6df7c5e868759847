using System.Globalization;
using System.Numerics;
using System.Text;
using DotNats.JetStream.Advisories;
using DotNats.JetStream.Consumers.State;
using DotNats.JetStream.Ingest;
using DotNats.JetStream.Streams;
using DotNats.Primitives;
using DotNats.Server;
using DotNats.Server.Accounts;
using DotNats.Server.InternalClients;
using DotNats.Server.Routing;
using DotNats.Storage;

namespace DotNats.JetStream.Consumers;

/// <summary>
/// Publishes once more, under a subject that the metadata of consumer or stream names, what was delivered as often as allowed or is not to be delivered again. What is
/// said of it: <see cref="DeadLetterHeaders"/>.
/// </summary>
/// <remarks>
/// A stream that takes the letter acknowledges it like any publisher's message; until then the letter is owed (<see cref="ConsumerState.Letters"/>), which the journal keeps, and
/// it is sent again after a while and after a restart. What nobody stores is sent once.
/// </remarks>
// Owner: the consumer's runner, outside of any lock.
internal sealed class DeadLetters(ServerCore server, LiveConsumer consumer, ConsumerState state, Settlement settlement, ConsumerAdvisories advisories)
{
    /// <summary>Names the subject; that of the consumer counts before that of the stream.</summary>
    public const string MetadataKey = "dotnats.dead_letter";

    // A stream that does not answer by then is asked again, later each time.
    private const long FirstWait = 2_000_000_000;
    private const int MostDoublings = 5;

    // What nobody takes may have a stream that is about to be opened; a service of another account may answer.
    private const int MostVainAttempts = 5;

    // Sent in one turn of those that wait.
    private const int MostAtOnce = 256;

    private readonly LiveStream _stream = consumer.Stream;
    private readonly List<ulong> _due = [];
    private ConsumerConfig? _config;
    private StreamConfig? _streamConfig;
    private byte[]? _subject;
    private long _failures;

    /// <summary>When <see cref="SendDue"/> has something to do; <see cref="long.MaxValue"/> for never.</summary>
    public long NextDue { get; private set; } = state.Letters.Count > 0 ? 0 : long.MaxValue;

    public void Update(ConsumerConfig config) => (_config, _streamConfig) = (config, null);

    /// <summary>A turn begins: what is given up in it owes a letter where somebody wants letters.</summary>
    public void BeginTurn()
    {
        if (ReferenceEquals(_streamConfig, _stream.Config)) return;
        _streamConfig = _stream.Config;
        _subject = FindSubject();
        state.OwesLetters = _subject is not null;
    }

    /// <summary>Tells of what was given up in this turn because it was delivered as often as allowed.</summary>
    public void ReportExhausted(DeliveryContext context, long now)
    {
        while (state.TryTakeExhausted(out PendingMessage message))
        {
            context.ReleaseHeld();
            settlement.Keep(message.StreamSequence);
            advisories.MaxDeliveries(message);
            Send(in message, new OwedLetter(LetterReason.MaxDeliveries, ""), now);
        }
    }

    /// <summary>A client terminated a pending message.</summary>
    public void OnTerminated(in PendingMessage message, string description, long now) => Send(in message, new OwedLetter(LetterReason.Terminated, description), now);

    /// <summary>Sends again what has waited long enough for an answer.</summary>
    public void SendDue(DeliveryContext context, long now)
    {
        if (now < NextDue) return;
        context.ReleaseHeld();
        NextDue = long.MaxValue;
        _due.Clear();
        foreach (ulong sequence in state.Letters.Sequences)
        {
            long due = state.Letters.Find(sequence)!.Due;
            if (due <= now && _due.Count < MostAtOnce) _due.Add(sequence);
            else NextDue = Math.Min(NextDue, due);
        }

        foreach (ulong sequence in _due)
        {
            if (state.Letters.Find(sequence) is { } letter && state.TryFind(sequence, out PendingMessage message)) Send(in message, letter, now);
        }
    }

    /// <summary>A stream answered: stored, there already, or why not.</summary>
    public void OnAnswer(ulong sequence, ReadOnlySpan<byte> answer)
    {
        // As StreamReplies writes them.
        if (answer.StartsWith("{\"stream\":"u8))
        {
            Discharge(sequence);
        }
        else if (BitOperations.IsPow2(++_failures))
        {
            // At 1, 2, 4, 8…: it is sent again as often as that takes.
            DeliveryLog.LetterRefused(server.Logger, _stream.Account.Name, _stream.Name, consumer.Name, sequence, Encoding.UTF8.GetString(answer));
        }
    }

    private void Send(in PendingMessage spent, OwedLetter letter, long now)
    {
        ulong sequence = spent.StreamSequence;
        OwedLetter? owed = state.Letters.Find(sequence);
        if (_subject is not { } subject)
        {
            Discharge(sequence);
            return;
        }

        var message = new MessageBuffer();
        if (_stream.Log.TryRead(sequence, message) is var status && status != ReadStatus.Found)
        {
            GiveUp(sequence, isGone: status != ReadStatus.Damaged);
            return;
        }

        string reason = letter.Reason == LetterReason.Terminated ? DeadLetterHeaders.Terminated : DeadLetterHeaders.MaxDeliveries;
        var dead = new DeadLetter(
            _stream.Name, consumer.Name, Encoding.UTF8.GetString(message.Subject), message.Sequence, message.Timestamp, spent.Deliveries, reason, letter.Description);
        Taker taker = Publish(subject, owed is null ? [] : AnswerSubject(sequence), DeadLetterHeaders.Make(message.Headers, dead), message.Payload);
        if (owed is null) return;
        if (taker == Taker.Somebody || (taker != Taker.Stream && owed.Attempts + 1 >= MostVainAttempts)) Discharge(sequence);
        else WaitForAnswer(sequence, owed, now);
    }

    private void WaitForAnswer(ulong sequence, OwedLetter owed, long now)
    {
        long due = StreamClock.After(now, FirstWait << Math.Min(owed.Attempts, MostDoublings));
        state.Letters.Set(sequence, owed with { Attempts = owed.Attempts + 1, Due = due });
        NextDue = Math.Min(NextDue, due);
    }

    // There is nothing to send any more.
    private void GiveUp(ulong sequence, bool isGone)
    {
        if (!isGone) Discharge(sequence);
        else if (state.Letters.Contains(sequence)) state.Remove(sequence, out _);
    }

    private void Discharge(ulong sequence)
    {
        if (state.Discharge(sequence)) settlement.Add(state.Settled);
    }

    private Taker Publish(byte[] subject, ReadOnlySpan<byte> reply, byte[] headers, ReadOnlySpan<byte> payload)
    {
        if (!reply.IsEmpty) _stream.ConsumerIntake.ListenForLetters();
        DeliveryContext context = server.Contexts.Rent();
        try
        {
            Taker taker = FindTaker(context.Matches.Find(context, _stream.Account, subject));
            return InternalPublisher.Publish(context, _stream.Account, subject, reply, headers, payload) ? taker : Taker.Nobody;
        }
        finally
        {
            context.Flush();
            server.Contexts.Return(context);
        }
    }

    private static Taker FindTaker(MatchResult match)
    {
        Taker taker = match.QueueGroups.Length > 0 ? Taker.Somebody : Taker.Nobody;
        foreach (Subscription subscription in match.Plain)
        {
            if (subscription.Subscriber is StreamIngest { Answers: true }) return Taker.Stream;
            if (subscription.Subscriber is ServiceImportSlot) taker = Taker.Service;
            else if (taker == Taker.Nobody) taker = Taker.Somebody;
        }

        return taker;
    }

    private byte[] AnswerSubject(ulong sequence) =>
        Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{ConsumerIntake.LetterPrefix}{_stream.Name}.{consumer.Name}.{sequence}"));

    // Null where there is none, or it is no subject that can be published to.
    private byte[]? FindSubject()
    {
        if ((_config?.Metadata.GetValueOrDefault(MetadataKey) ?? _stream.Config.Metadata.GetValueOrDefault(MetadataKey)) is not { } text) return null;
        byte[] subject = Encoding.UTF8.GetBytes(text);
        return Subjects.IsValidLiteral(subject) ? subject : null;
    }

    // Who has a letter that was published.
    private enum Taker
    {
        Nobody,

        /// <summary>Whoever it is says nothing.</summary>
        Somebody,

        /// <summary>Perhaps a stream of another account.</summary>
        Service,
        Stream,
    }
}
