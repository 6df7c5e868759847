using DotNats.Server;
using DotNats.Storage;

namespace DotNats.JetStream.Consumers;

/// <summary>Tells of messages that are in the stream and cannot be read, so that nobody takes them for delivered or deleted.</summary>
/// <remarks>
/// One that is pending stays so, and is tried again a minute later: it goes when somebody removes it. One that recovery could not bring back is settled, which listeners are
/// told of as well. One that was never delivered is passed over.
/// </remarks>
// Owner: the consumer's runner. Each place is logged once; listeners are told of each message, and again with each attempt.
internal sealed class UnreadableMessages(ServerCore server, LiveConsumer consumer, DeliveryTurn turn)
{
    /// <summary>A pending one is tried again after this.</summary>
    public const long RetryNanoseconds = 60_000_000_000;

    private HashSet<string>? _places;

    /// <param name="isPending">It was delivered before, and waits for its acknowledgement.</param>
    public void Report(ulong sequence, bool isPending) => Report(sequence, isPending, PlaceOf(sequence) ?? "unknown");

    /// <summary>A pending message is not in the stream: tells of it where that is because of damage, and of nobody's wish.</summary>
    public void ReportLost(ulong sequence)
    {
        if (PlaceOf(sequence) is { } place) Report(sequence, isPending: true, place);
    }

    private void Report(ulong sequence, bool isPending, string place)
    {
        turn.Context.ReleaseHeld();
        if ((_places ??= new HashSet<string>(StringComparer.Ordinal)).Add(place)) DeliveryLog.Unreadable(server.Logger, consumer.Stream.Account.Name, consumer.Stream.Name, consumer.Name, sequence, place);
        consumer.Advisories.Unreadable(sequence, isPending, place);
    }

    private string? PlaceOf(ulong sequence)
    {
        foreach (LogDamage damage in consumer.Stream.Log.Damage)
        {
            if (sequence >= damage.FirstSequence && sequence <= damage.LastSequence) return $"{damage.Place}: {damage.What}";
        }

        return null;
    }
}
