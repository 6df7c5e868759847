using System.Buffers.Text;
using DotNats.JetStream.Publishing.Headers;

namespace DotNats.JetStream.Publishing;

/// <summary>Messages with a time to live of their own (<c>Nats-TTL</c>, ADR-43).</summary>
internal static class TtlRules
{
    /// <summary>A publisher gave a message a time of its own that the stream does not allow.</summary>
    /// <remarks>Compat: a value that means no time is not looked at here: it is told to be invalid later, whatever the stream allows.</remarks>
    public static bool IsForbidden(PublishPolicy policy, in Publication publication) =>
        !policy.AllowsTtl
        && !publication.IsFromStream
        && publication.Read.HasValue(PublishHeader.Ttl)
        && MessageTtl.TryRead(publication.Read[PublishHeader.Ttl], out MessageTtl ttl)
        && !ttl.IsNone;

    /// <summary>Sees to it that a message lives as long as the stream's delete markers; false where its time means none.</summary>
    /// <remarks>Otherwise a marker that is there already could outlive it. With one message per subject none can.</remarks>
    public static bool TryApply(PublishPolicy policy, RuleScratch scratch, ref Publication publication)
    {
        if (!MessageTtl.TryRead(publication.Read[PublishHeader.Ttl], out MessageTtl ttl)) return false;
        long least = policy.SubjectDeleteMarkerTtl.Ticks / TimeSpan.TicksPerSecond;
        if (ttl.Seconds <= 0 || ttl.Seconds >= least || policy.MaxMessagesPerSubject == 1) return true;
        Span<byte> text = stackalloc byte[20];
        Utf8Formatter.TryFormat(least, text, out int length);
        scratch.Remove(ref publication, HeaderNames.Ttl);
        scratch.Add(ref publication, HeaderNames.Ttl, text[..length]);
        return true;
    }
}
