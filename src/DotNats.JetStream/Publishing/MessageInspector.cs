using DotNats.JetStream.Publishing.Headers;
using DotNats.Storage;

namespace DotNats.JetStream.Publishing;

/// <summary>Tells a log when messages expire by themselves and which are schedules.</summary>
/// <param name="hasTtl">The stream allows messages a time of their own. One that never expires does not, whatever the stream allows.</param>
/// <param name="hasSchedules">The stream allows schedules.</param>
// Owner: the stream. Immutable; called by whoever writes or opens the log.
internal sealed class MessageInspector(bool hasTtl, bool hasSchedules) : IMessageInspector
{
    public MessageFacts Inspect(ReadOnlySpan<byte> subject, ReadOnlySpan<byte> headers, long timestamp)
    {
        long expiresAt = 0;
        if (MessageTtl.TryRead(HeaderLookup.Find(headers, HeaderNames.Ttl), out MessageTtl ttl) && (hasTtl || ttl.IsNever))
            expiresAt = ttl.ExpiryOf(timestamp);
        bool isSchedule = hasSchedules && !HeaderLookup.Find(headers, HeaderNames.Schedule).IsEmpty;
        return new MessageFacts(expiresAt, isSchedule);
    }
}
