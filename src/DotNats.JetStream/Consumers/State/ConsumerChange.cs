namespace DotNats.JetStream.Consumers.State;

/// <summary>What can happen to a consumer's state.</summary>
// Numbers are stored in journals: they stay.
internal enum ConsumerChangeKind : byte
{
    /// <summary>A message was delivered for the first time: stream sequence, time.</summary>
    Delivered = 1,

    /// <summary>A message was delivered again: stream sequence, time.</summary>
    Redelivered = 2,

    /// <summary>A message was acknowledged or terminated: stream sequence, time; with policy <c>all</c> the consumer sequence that was named too.</summary>
    Acked = 3,

    /// <summary>A client is at work on a message: stream sequence, time.</summary>
    Progressed = 4,

    /// <summary>A message was refused and is due at a time: stream sequence, time.</summary>
    Delayed = 5,

    /// <summary>A message is gone from the stream, or its dead letter is stored: its sequence.</summary>
    Removed = 6,

    /// <summary>A message was delivered as often as allowed: its sequence.</summary>
    Exhausted = 7,

    /// <summary>Everything before a stream sequence was purged.</summary>
    Purged = 8,

    /// <summary>The consumer starts anew at a stream sequence.</summary>
    Reset = 9,

    /// <summary>Messages before a stream sequence are gone and need not be remembered as delivered too often.</summary>
    Forgotten = 10,

    /// <summary>A message is given up and owes a dead letter: stream sequence, reason, what a client said. Done with by <see cref="Removed"/> or <see cref="Exhausted"/>.</summary>
    Owed = 11,
}

/// <summary>One change of a consumer's state: applied to the same state, it makes the same of it again.</summary>
/// <param name="Letter">What is owed, of <see cref="ConsumerChangeKind.Owed"/> alone.</param>
internal readonly record struct ConsumerChange(ConsumerChangeKind Kind, ulong Stream, ulong Consumer = 0, long Time = 0, OwedLetter? Letter = null);

/// <summary>Is told each change of a consumer's state, in order.</summary>
internal interface IConsumerRecorder
{
    /// <summary>Keeps a change. On the consumer's runner; throws nothing.</summary>
    void Record(in ConsumerChange change);
}
