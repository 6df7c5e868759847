using DotNats.JetStream.Consumers.State;

namespace DotNats.JetStream.Origins;

/// <summary>What is to be done with a message that an origin's consumer sent.</summary>
internal enum OriginVerdict
{
    /// <summary>It is the next one.</summary>
    Store,

    /// <summary>Not for us, known already, or sent again: it is passed over.</summary>
    PassOver,

    /// <summary>Something is missing before it: a new consumer has to begin behind what was received.</summary>
    Restart,
}

/// <summary>What was received from one origin, in both countings: what tells a hole in the origin from a message that was lost on the way.</summary>
// Owner: the origin. Pure. Invariant: Stream and Consumer only grow between two calls of Begin, but for GoBack.
internal sealed class OriginPosition
{
    private ulong _beforeStream;
    private ulong _beforeConsumer;
    private ulong _beforeReceived;
    private ulong _lag;

    /// <summary>Sequence in the origin of the last message received, stored or not wanted. Any thread reads it.</summary>
    public ulong Stream { get; private set; }

    /// <summary>How many the origin's consumer has sent.</summary>
    public ulong Consumer { get; private set; }

    /// <summary>Messages that are still to come. Any thread.</summary>
    public ulong Lag => Volatile.Read(ref _lag);

    /// <summary>Sequence in the origin of the last message that came, now or in an earlier life; 0 for none. Any thread.</summary>
    public ulong Received { get; private set; }

    /// <summary>An earlier life had received so much.</summary>
    /// <param name="hasMessages">Messages came, and not only word that there are none.</param>
    public void Recover(ulong stream, bool hasMessages)
    {
        Begin(stream);
        Received = hasMessages ? stream : 0;
    }

    /// <summary>Begins with another consumer, which has sent nothing yet.</summary>
    /// <param name="stream">What it will not send any more.</param>
    public void Begin(ulong stream) => (Stream, Consumer) = (stream, 0);

    /// <summary>A message came from the consumer that is in use.</summary>
    /// <param name="isMirror">Every sequence counts: a message right behind the last one is the next whatever its consumer counted.</param>
    public OriginVerdict Take(in AckSubject message, bool isMirror)
    {
        (_beforeStream, _beforeConsumer, _beforeReceived) = (Stream, Consumer, Received);
        if (message.Deliveries > 1) return OriginVerdict.PassOver;
        bool isNext = message.ConsumerSequence == Consumer + 1;
        if (message.StreamSequence <= Stream)
        {
            if (isNext) Consumer++;
            return OriginVerdict.PassOver;
        }

        if (!isNext && !(isMirror && message.StreamSequence == Stream + 1))
            return isMirror || message.ConsumerSequence > Consumer ? OriginVerdict.Restart : OriginVerdict.PassOver;
        (Stream, Consumer) = (message.StreamSequence, message.ConsumerSequence);
        Received = Stream;
        Volatile.Write(ref _lag, message.Pending == 0 ? 0 : message.Pending - 1);
        return OriginVerdict.Store;
    }

    /// <summary>The message that was taken last could not be stored after all.</summary>
    public void GoBack() => (Stream, Consumer, Received) = (_beforeStream, _beforeConsumer, _beforeReceived);

    /// <summary>A heartbeat: whether something got lost.</summary>
    /// <param name="sent">What the consumer says it has sent; 0 where it does not say.</param>
    public bool HasLost(ulong sent) => sent > 0 && sent != Consumer;
}
