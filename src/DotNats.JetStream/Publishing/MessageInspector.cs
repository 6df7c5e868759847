using DotNats.JetStream.Publishing.Headers;
using DotNats.Storage;

namespace DotNats.JetStream.Publishing;

/// <summary>Tells a log when messages expire by themselves and which are schedules.</summary>
// Immutable, so that there are four of them for all streams: a log reads all its messages again for another one. Called by whoever writes or
// opens the log.
internal sealed class MessageInspector : IMessageInspector
{
    private static readonly MessageInspector[] All = [new(false, false), new(true, false), new(false, true), new(true, true)];

    private readonly bool _hasTtl;
    private readonly bool _hasSchedules;

    private MessageInspector(bool hasTtl, bool hasSchedules) => (_hasTtl, _hasSchedules) = (hasTtl, hasSchedules);

    /// <param name="hasTtl">The stream allows messages a time of their own. One that never expires does not, whatever the stream allows.</param>
    /// <param name="hasSchedules">The stream allows schedules.</param>
    public static MessageInspector For(bool hasTtl, bool hasSchedules) => All[(hasTtl ? 1 : 0) + (hasSchedules ? 2 : 0)];

    public MessageFacts Inspect(ReadOnlySpan<byte> subject, ReadOnlySpan<byte> headers, long timestamp)
    {
        long expiresAt = 0;
        if (MessageTtl.TryRead(HeaderLookup.Find(headers, HeaderNames.Ttl), out MessageTtl ttl) && (_hasTtl || ttl.IsNever))
            expiresAt = ttl.ExpiryOf(timestamp);
        bool isSchedule = _hasSchedules && !HeaderLookup.Find(headers, HeaderNames.Schedule).IsEmpty;
        return new MessageFacts(expiresAt, isSchedule);
    }
}
