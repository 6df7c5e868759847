using System.Buffers.Text;
using System.Text;
using DotNats.JetStream.Api;
using DotNats.JetStream.Consumers.State;
using DotNats.JetStream.Publishing.Headers;
using DotNats.JetStream.Streams;
using DotNats.Primitives;
using DotNats.Server;
using DotNats.Server.Connections;
using DotNats.Server.Monitoring;
using DotNats.Server.Routing;
using DotNats.Server.SystemAccount;

namespace DotNats.JetStream.Consumers;

/// <summary>
/// Takes what clients say to the consumers of one stream: acknowledgements, pull requests, answers to flow control. One set of subscriptions for
/// all of them, so that a consumer more costs an account's table nothing.
/// </summary>
// Owner: the stream. Publishers' threads call Deliver.
// Lifetime: subscribed from the first consumer to the end of the stream. Previous stop: MessageRouter. Next stop: ConsumerRunner.
internal sealed class ConsumerIntake : ISubscriber
{
    /// <summary>Before stream, consumer, sequence and a token that the consumer drew: where streams answer to dead letters.</summary>
    public const string LetterPrefix = "$JS.LETTER.";

    // Tokens before the consumer's name: $JS.API.CONSUMER.MSG.NEXT.stream, $JS.FC.stream and $JS.FC.domain.hash.stream.
    private const int TokensBeforeNext = 6;
    private const int TokensBeforeFlow = 3;
    private const int TokensBeforeLongFlow = 5;
    private const int TokensBeforeLetter = 3;

    private static readonly SubscriptionId Acks = new("A"u8);
    private static readonly SubscriptionId Pulls = new("P"u8);
    private static readonly SubscriptionId Flows = new("F"u8);
    private static readonly SubscriptionId Letters = new("L"u8);

    private readonly LiveStream _stream;
    private readonly Lazy<string[]> _subjects;
    private Subscription[] _subscriptions = [];
    private volatile LiveConsumer? _last;
    private int _isSubscribed;
    private Subscription? _letters;
    private volatile bool _hasEnded;

    public ConsumerIntake(ServerCore server, LiveStream stream)
    {
        _stream = stream;
        _subjects = new Lazy<string[]>(() =>
        {
            string domain = DomainToken(server);
            string hash = ServerHash.Of(stream.Account.Name);
            return
            [
                $"$JS.ACK.{stream.Name}.*.*.*.*.*.*", $"$JS.ACK.{domain}.{hash}.{stream.Name}.*.*.*.*.*.>", $"$JS.API.CONSUMER.MSG.NEXT.{stream.Name}.*",
                $"$JS.FC.{stream.Name}.*.*", $"$JS.FC.{domain}.{hash}.{stream.Name}.*.*",
            ];
        });
    }

    /// <summary>What a consumer's messages and its flow control are answered by. Both forms are listened for, whichever is written.</summary>
    public static ConsumerAddress AddressOf(ServerCore server, LiveConsumer consumer)
    {
        LiveStream stream = consumer.Stream;
        return FeatureFlags.IsOn(server.Options.FeatureFlags, FeatureFlags.LongAcks)
            ? ConsumerAddress.Long(DomainToken(server), ServerHash.Of(stream.Account.Name), stream.Name, consumer.Name)
            : ConsumerAddress.Short(stream.Name, consumer.Name);
    }

    // What stands for the domain in long subjects.
    private static string DomainToken(ServerCore server) => server.Options.JetStream.Domain is { Length: > 0 } domain ? domain : "_";

    /// <summary>Takes what is said to the stream's consumers from now on. Any thread.</summary>
    public void Subscribe()
    {
        if (Interlocked.Exchange(ref _isSubscribed, 1) != 0) return;
        string[] subjects = _subjects.Value;
        Subscription[] made = [Make(subjects[0], Acks), Make(subjects[1], Acks), Make(subjects[2], Pulls), Make(subjects[3], Flows), Make(subjects[4], Flows)];
        foreach (Subscription subscription in made) _stream.Account.AddInterest(subscription);
        _subscriptions = made;
    }

    /// <summary>A consumer has ended. Any thread.</summary>
    public void Forget(LiveConsumer consumer)
    {
        if (ReferenceEquals(_last, consumer)) _last = null;
    }

    /// <summary>Takes answers to dead letters from now on. Any thread.</summary>
    public void ListenForLetters()
    {
        if (_hasEnded || Volatile.Read(ref _letters) is not null) return;
        Subscription made = Make($"{LetterPrefix}{_stream.Name}.*.*.*", Letters);
        if (Interlocked.CompareExchange(ref _letters, made, null) is not null) return;
        _stream.Account.AddInterest(made);
        // Whoever ended it meanwhile may have come before there was something to remove.
        if (_hasEnded) End(made);
    }

    /// <summary>The stream ends.</summary>
    public void Unsubscribe()
    {
        _hasEnded = true;
        if (Interlocked.Exchange(ref _letters, null) is { } letters) End(letters);
        foreach (Subscription subscription in _subscriptions) End(subscription);
        _subscriptions = [];
    }

    public bool Deliver(DeliveryContext context, Subscription subscription, in Message message, ReadOnlySpan<byte> subject)
    {
        if (subscription.IsClosed) return false;
        // Posting may wake a thread, which is nothing to do under a connection's lock.
        context.ReleaseHeld();
        IStallPoint? full = null;
        bool isTaken = subscription.Id.Equals(Acks) ? TakeAck(context, in message, subject, ref full)
            : subscription.Id.Equals(Pulls) ? TakePull(context, in message, subject, ref full)
            : subscription.Id.Equals(Letters) ? TakeLetter(context, in message, subject, ref full)
            : TakeFlowControl(context, in message, subject, ref full);
        if (full is not null) context.StalledBy ??= full;
        if (isTaken) Interlocked.Increment(ref subscription.Delivered);
        return isTaken;
    }

    private void End(Subscription subscription)
    {
        subscription.IsClosed = true;
        _stream.Account.RemoveInterest(subscription);
    }

    private Subscription Make(string subject, SubscriptionId id) => new(this, Encoding.UTF8.GetBytes(subject), queue: null, id);

    // Compat: a consumer that wants no acknowledgements does not listen for any.
    private bool TakeAck(DeliveryContext context, in Message message, ReadOnlySpan<byte> subject, ref IStallPoint? full)
    {
        if (!AckSubject.TryParse(subject, out AckSubject ack) || Find(ack.Consumer) is not { } consumer) return false;
        if (consumer.Config.AckPolicy is AckPolicy.None or AckPolicy.FlowControl) return false;
        if (message.Trace is { IsTraceOnly: true }) return true;
        full = consumer.Post(context, ConsumerRecordKind.Ack, ack.StreamSequence, ack.ConsumerSequence, ack.Deliveries, message.Reply, PayloadOf(in message));
        return true;
    }

    private bool TakePull(DeliveryContext context, in Message message, ReadOnlySpan<byte> subject, ref IStallPoint? full)
    {
        if (Find(TokenAt(subject, TokensBeforeNext)) is not { } consumer) return false;
        if (message.Reply.IsEmpty || message.Trace is { IsTraceOnly: true }) return true;
        bool isTooNew = message.HeaderLength > 0 && ApiLevel.IsBeyond(HeaderLookup.Find(message.Body[..message.HeaderLength], ApiLevel.Header));
        full = consumer.Post(context, isTooNew ? ConsumerRecordKind.PullTooNew : ConsumerRecordKind.Pull, 0, 0, 0, message.Reply, PayloadOf(in message));
        return true;
    }

    private bool TakeFlowControl(DeliveryContext context, in Message message, ReadOnlySpan<byte> subject, ref IStallPoint? full)
    {
        int before = Subjects.CountTokens(subject) == TokensBeforeFlow + 2 ? TokensBeforeFlow : TokensBeforeLongFlow;
        if (Find(TokenAt(subject, before)) is not { Config.FlowControl: true } consumer) return false;
        if (message.Trace is { IsTraceOnly: true }) return true;
        full = consumer.Post(context, ConsumerRecordKind.FlowControl, 0, 0, 0, subject, message.Body[..Math.Max(0, message.HeaderLength)]);
        return true;
    }

    private bool TakeLetter(DeliveryContext context, in Message message, ReadOnlySpan<byte> subject, ref IStallPoint? full)
    {
        // A stream answers, and no client.
        if (message.Origin is not null || Find(TokenAt(subject, TokensBeforeLetter)) is not { } consumer) return false;
        if (message.Trace is { IsTraceOnly: true } || !Utf8Parser.TryParse(TokenAt(subject, TokensBeforeLetter + 1), out ulong sequence, out _)) return true;
        if (!Utf8Parser.TryParse(TokenAt(subject, TokensBeforeLetter + 2), out ulong token, out _)) return true;
        full = consumer.Post(context, ConsumerRecordKind.Letter, sequence, token, 0, default, PayloadOf(in message));
        return true;
    }

    private static ReadOnlySpan<byte> PayloadOf(in Message message) => message.Body[Math.Max(0, message.HeaderLength)..message.Size];

    private static ReadOnlySpan<byte> TokenAt(ReadOnlySpan<byte> subject, int index)
    {
        for (; index > 0; index--) subject = subject[(subject.IndexOf((byte)'.') + 1)..];
        int end = subject.IndexOf((byte)'.');
        return end < 0 ? subject : subject[..end];
    }

    private LiveConsumer? Find(ReadOnlySpan<byte> name)
    {
        // Mostly the one before.
        if (_last is { IsStopped: false } last && Ascii.Equals(name, last.Name)) return last;
        if (name.Length > AssetName.MaxLength) return null;
        Span<char> text = stackalloc char[AssetName.MaxLength];
        int length = Encoding.UTF8.GetChars(name, text);
        return _stream.Consumers.Find(text[..length]) is { IsStopped: false } consumer ? _last = consumer : null;
    }
}
