namespace DotNats.JetStream.Consumers.State;

/// <summary>One place in what a consumer delivers, in both countings: the consumer's, where each delivery has a number, and the stream's.</summary>
internal readonly record struct SequencePair(ulong Consumer, ulong Stream);

/// <summary>A message that was delivered and is not settled.</summary>
/// <param name="ConsumerSequence">Of its first delivery.</param>
/// <param name="DeliveredAt">When it was delivered last, or its client said that it is at work; nanoseconds since 1970.</param>
/// <param name="Deliveries">How often it was delivered.</param>
internal readonly record struct PendingMessage(ulong StreamSequence, ulong ConsumerSequence, long DeliveredAt, int Deliveries);

/// <summary>What a delivery is called in its acknowledgement subject.</summary>
internal readonly record struct Delivery(ulong ConsumerSequence, int Deliveries);

/// <summary>What an acknowledgement did.</summary>
internal enum AckStatus
{
    /// <summary>The message, and with policy <c>all</c> what is before it, is settled now.</summary>
    Acked,

    /// <summary>Nothing was pending for it: settled before, or never delivered. It is answered like the first time.</summary>
    Known,

    /// <summary>It is of a message behind the last delivered one. Compat: it is answered only where the consumer has flow control.</summary>
    Ahead,

    /// <summary>The consumer's messages need no acknowledgement. It is not answered.</summary>
    NotNeeded,
}
