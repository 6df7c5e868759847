using System.Globalization;
using System.Text;
using DotNats.JetStream.Advisories;
using DotNats.JetStream.Consumers.State;
using DotNats.JetStream.Publishing.Headers;
using DotNats.JetStream.Streams;
using DotNats.Primitives;
using DotNats.Server;

namespace DotNats.JetStream.Consumers;

/// <summary>What clients say of messages, and what follows from it.</summary>
// Owner: the consumer's runner. Next stops: ConsumerState, Settlement.
internal sealed class AckDesk
{
    private const int Percent = 100;

    // Compat: nats-server looks so long after refusals with a delay what is due, in the order of the stream; also where the delay is none, or has passed.
    private const long LeastDelay = 10_000_000;

    private readonly ServerCore _server;
    private readonly LiveConsumer _consumer;
    private readonly ConsumerState _state;
    private readonly Settlement _settlement;
    private readonly ConsumerAdvisories _advisories;
    private readonly DeadLetters _deadLetters;
    private readonly SpreadRandom _random = new((ulong)Random.Shared.NextInt64());
    private bool _hasFlowControl;
    private bool _acksAll;
    private int _sampled;

    public AckDesk(ServerCore server, LiveConsumer consumer, ConsumerState state, Settlement settlement, ConsumerAdvisories advisories, DeadLetters deadLetters)
    {
        _server = server;
        _consumer = consumer;
        _state = state;
        _settlement = settlement;
        _advisories = advisories;
        _deadLetters = deadLetters;
    }

    public void Update(ConsumerConfig config)
    {
        _hasFlowControl = config.FlowControl;
        _acksAll = config.AckPolicy is AckPolicy.All or AckPolicy.FlowControl;
        _sampled = int.TryParse(config.SampleFrequency.AsSpan().TrimEnd('%'), NumberStyles.Integer, CultureInfo.InvariantCulture, out int percent) ? percent : 0;
    }

    /// <summary>Takes an acknowledgement.</summary>
    /// <param name="request">The pull request in it; empty with <c>true</c> for a plain one.</param>
    /// <returns>True where more is asked for: the answer is the next message then.</returns>
    public bool Take(ConsumerRecord record, long now, out ReadOnlySpan<byte> request)
    {
        request = default;
        AckBody body = AckBody.Parse(record.Body);
        switch (body.Kind)
        {
            case AckKind.Ack:
                if (Acknowledge(in record, now)) _settlement.Answer(record.Reply);
                return false;
            case AckKind.Next:
                Acknowledge(in record, now);
                request = body.Request;
                return true;
            case AckKind.Nak:
                Refuse(in record, in body, now);
                break;
            case AckKind.Progress:
                _state.Progress(record.StreamSequence, now);
                break;
            case AckKind.Term:
                if (Terminate(in record, body.Reason, now)) _settlement.Answer(record.Reply);
                return false;
        }

        if (record.StreamSequence != 0) _settlement.Answer(record.Reply);
        return false;
    }

    /// <summary>An answer to flow control says how far a client got (<c>ack_policy: flow_control</c>).</summary>
    public void TakeFlowControl(ReadOnlySpan<byte> headers, long now)
    {
        if (headers.IsEmpty) return;
        ulong stream = HeaderNumbers.ReadExpected(HeaderLookup.Find(headers, "Nats-Last-Stream"u8));
        if (stream is 0 or ulong.MaxValue) return;
        ulong consumer = HeaderNumbers.ReadExpected(HeaderLookup.Find(headers, "Nats-Last-Consumer"u8));
        if (consumer is 0 or ulong.MaxValue) return;
        if (_state.Ack(stream, consumer, now) == AckStatus.Acked) _settlement.Add(_state.Settled);
    }

    /// <summary>A pending message is gone from the stream: it is not to be delivered again.</summary>
    public void OnGone(in PendingMessage message) =>
        _advisories.Terminated(message.ConsumerSequence, message.StreamSequence, (ulong)message.Deliveries, "Unacknowledged message was deleted");

    // True where it is to be answered.
    private bool Acknowledge(in ConsumerRecord record, long now)
    {
        if (_sampled > 0) Sample(in record, now);
        return OnSettled(in record, NamesNone(in record) ? AckStatus.Known : _state.Ack(record.StreamSequence, record.ConsumerSequence, now));
    }

    private bool OnSettled(in ConsumerRecord record, AckStatus status)
    {
        if (status == AckStatus.Acked) _settlement.Add(_state.Settled);
        return status switch
        {
            AckStatus.Ahead => _hasFlowControl,
            AckStatus.NotNeeded => false,

            // Compat: message 0, which there is none of, is answered only where the stream does not ask what its consumers need.
            _ => record.StreamSequence != 0 || _consumer.Stream.Config.Retention == RetentionPolicy.Limits,
        };
    }

    // Compat: no delivery has the number 0. Where one acknowledgement is for many messages, that is for none, though it is answered; where it is for one
    // message, the number does not matter.
    private bool NamesNone(in ConsumerRecord record) => _acksAll && record.ConsumerSequence == 0 && record.StreamSequence != 0 && record.StreamSequence < _state.NextSequence;

    private void Refuse(in ConsumerRecord record, in AckBody body, long now)
    {
        long delay = !body.HasDelay ? 0 : body.Delay > LeastDelay ? body.Delay : UntilNextLook(now);
        if (!_state.Nak(record.StreamSequence, record.ConsumerSequence, delay, now)) return;
        _advisories.Nak(record.ConsumerSequence, record.StreamSequence, record.Deliveries);
        if (!body.BadDelay.IsEmpty)
            DeliveryLog.BadDelay(_server.Logger, _consumer.Stream.Account.Name, _consumer.Stream.Name, _consumer.Name, GoQuote.Quote(body.BadDelay));
    }

    // Those that are refused at about the same time are looked at together.
    private static long UntilNextLook(long now) => (2 * LeastDelay) - (now % LeastDelay);

    private bool Terminate(in ConsumerRecord record, ReadOnlySpan<byte> reason, long now)
    {
        string description = Encoding.UTF8.GetString(reason);
        PendingMessage message = default;
        bool isPending = !NamesNone(in record) && _state.TryFind(record.StreamSequence, out message) && !_state.Letters.Contains(record.StreamSequence);
        string kept = ConsumerChangeFormat.Cut(description);
        AckStatus status = NamesNone(in record) ? AckStatus.Known : _state.Terminate(record.StreamSequence, record.ConsumerSequence, kept, now);
        bool isAnswered = OnSettled(in record, status);
        _advisories.Terminated(record.ConsumerSequence, record.StreamSequence, record.Deliveries, description);
        if (isPending) _deadLetters.OnTerminated(in message, kept, now);
        return isAnswered;
    }

    private void Sample(in ConsumerRecord record, long now)
    {
        if (!_state.TryFind(record.StreamSequence, out PendingMessage message)) return;
        if (_sampled < Percent && _random.Next(Percent) > _sampled) return;
        _advisories.AckSample(record.ConsumerSequence, record.StreamSequence, record.Deliveries, now - message.DeliveredAt);
    }
}
