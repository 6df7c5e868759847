using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using System.Security.Cryptography;
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
/// it is sent again after a while and after a restart. What only subscribers take is sent once; what a stream had, or none was there for, is given up when none was there for long.
/// </remarks>
// Owner: the consumer's runner, outside of any lock.
internal sealed class DeadLetters(ServerCore server, LiveConsumer consumer, ConsumerState state, Settlement settlement, ConsumerAdvisories advisories)
{
    /// <summary>Names the subject; that of the consumer counts before that of the stream.</summary>
    public const string MetadataKey = "dotnats.dead_letter";

    // A stream that does not answer by then is asked again, later each time.
    private const long FirstWait = 2_000_000_000;
    private const int MostDoublings = 5;

    // What no stream takes may have one that is about to be made again; a service of another account may answer. So often in a row.
    private const int MostVainAttempts = 5;

    // Of an answer that is logged.
    private const int LongestAnswer = 200;

    // Sent in one turn of those that wait.
    private const int MostAtOnce = 256;

    private readonly LiveStream _stream = consumer.Stream;
    private readonly List<ulong> _due = [];

    // Who answers has seen it: not what somebody has sent or delivered to a subject that he made up. Of this life: what was sent before is sent again.
    private readonly ulong _token = BinaryPrimitives.ReadUInt64LittleEndian(RandomNumberGenerator.GetBytes(sizeof(ulong)));
    private ConsumerConfig? _config;
    private StreamConfig? _streamConfig;
    private byte[]? _subject;
    private long _failures;
    private long _givenUp;
    private long _notOwed;

    /// <summary>When <see cref="SendDue"/> has something to do; <see cref="long.MaxValue"/> for never.</summary>
    public long NextDue { get; private set; } = state.Letters.Count > 0 ? 0 : long.MaxValue;

    // Otherwise that nobody takes a letter says nothing.
    private bool AreStreamsThere => !server.IsStopping && _stream.Owner.AreStreamsOpen;

    private static ReadOnlySpan<byte> HeadersTooLarge => "\"err_code\":10097,"u8;

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
            Send(in message, new OwedLetter(LetterReason.MaxDeliveries, ""), isFirst: true, now);
        }
    }

    /// <summary>A client terminated a pending message.</summary>
    public void OnTerminated(in PendingMessage message, string description, long now) =>
        Send(in message, new OwedLetter(LetterReason.Terminated, description), isFirst: true, now);

    /// <summary>Sends again what has waited long enough for an answer.</summary>
    public void SendDue(DeliveryContext context, long now)
    {
        if (now < NextDue) return;
        if (!AreStreamsThere)
        {
            NextDue = StreamClock.After(now, FirstWait);
            return;
        }

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
            if (state.Letters.Find(sequence) is { } letter && state.TryFind(sequence, out PendingMessage message)) Send(in message, letter, isFirst: false, now);
        }
    }

    /// <summary>A stream answered: stored, there already, or why not.</summary>
    /// <param name="token">What the subject of the answer ends with.</param>
    public void OnAnswer(ulong sequence, ulong token, ReadOnlySpan<byte> answer, long now)
    {
        if (token != _token || state.Letters.Find(sequence) is not { } owed) return;
        // As StreamReplies writes them.
        if (answer.StartsWith("{\"stream\":"u8))
        {
            Discharge(sequence);
        }
        else if (!owed.IsBare && answer.IndexOf(HeadersTooLarge) >= 0)
        {
            state.Letters.Set(sequence, owed with { IsBare = true, Due = now });
            NextDue = Math.Min(NextDue, now);
        }
        else if (BitOperations.IsPow2(++_failures))
        {
            // At 1, 2, 4, 8…: it is sent again as often as that takes.
            DeliveryLog.LetterRefused(server.Logger, _stream.Account.Name, _stream.Name, consumer.Name, sequence, Encoding.UTF8.GetString(answer[..Math.Min(answer.Length, LongestAnswer)]));
        }
    }

    private void Send(in PendingMessage spent, OwedLetter letter, bool isFirst, long now)
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
        bool isSure = AreStreamsThere;
        Taker taker = Publish(subject, owed is null ? [] : AnswerSubject(sequence), DeadLetterHeaders.Make(letter.IsBare ? [] : message.Headers, dead), message.Payload);
        if (owed is null) OnNotOwed(sequence, taker);
        else OnSent(sequence, owed, taker, isFirst, isSure && AreStreamsThere, now);
    }

    private void OnSent(ulong sequence, OwedLetter owed, Taker taker, bool isFirst, bool isSure, long now)
    {
        int vain = taker == Taker.Stream ? 0 : isSure ? owed.Vain + 1 : owed.Vain;
        if (taker == Taker.Somebody && isFirst && isSure)
        {
            Discharge(sequence);
        }
        else if (vain >= MostVainAttempts)
        {
            LogGivenUp(sequence, "no stream takes it");
            Discharge(sequence);
        }
        else
        {
            WaitForAnswer(sequence, owed with { Vain = vain }, now);
        }
    }

    // So many are owed that no more are.
    private void OnNotOwed(ulong sequence, Taker taker)
    {
        if (taker == Taker.Stream && BitOperations.IsPow2(++_notOwed))
            DeliveryLog.LetterNotOwed(server.Logger, _stream.Account.Name, _stream.Name, consumer.Name, sequence, OwedLetters.Most, _notOwed);
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
        if (!isGone)
        {
            LogGivenUp(sequence, "its message cannot be read");
            Discharge(sequence);
        }
        else if (state.Letters.Contains(sequence))
        {
            state.Remove(sequence, out _);
        }
    }

    // At 1, 2, 4, 8…
    private void LogGivenUp(ulong sequence, string reason)
    {
        if (BitOperations.IsPow2(++_givenUp)) DeliveryLog.LetterGivenUp(server.Logger, _stream.Account.Name, _stream.Name, consumer.Name, sequence, reason, _givenUp);
    }

    private void Discharge(ulong sequence)
    {
        bool isTerminated = state.Letters.IsTerminated(sequence);
        if (!state.Discharge(sequence)) return;
        // After a restart the stream takes it for one that is pending, and floors may pass it now.
        if (isTerminated) settlement.Add(state.Settled);
        else settlement.Keep(sequence);
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
        Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{ConsumerIntake.LetterPrefix}{_stream.Name}.{consumer.Name}.{sequence}.{_token}"));

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
