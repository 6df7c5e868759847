using System.Text;
using DotNats.JetStream.Publishing.Headers;
using DotNats.Protocol.Text;
using DotNats.Storage;

namespace DotNats.JetStream.Publishing;

/// <summary>Messages that say that a subject has none left because the last one expired (<c>subject_delete_marker_ttl</c>, ADR-43).</summary>
internal static class DeleteMarkers
{
    /// <summary>A marker takes the place of a message that went: it was the subject's last, it expired, and it was no marker itself.</summary>
    /// <param name="headers">Of the message that went.</param>
    /// <param name="isLastOfSubject">The subject has no message left.</param>
    public static bool IsDue(RemovalReason reason, ReadOnlySpan<byte> headers, bool isLastOfSubject) =>
        isLastOfSubject && reason is (RemovalReason.Age or RemovalReason.Ttl) && !IsMarker(headers);

    /// <summary>A marker, or the one by which key-value buckets purge a key.</summary>
    public static bool IsMarker(ReadOnlySpan<byte> headers) =>
        !headers.IsEmpty
        && (!HeaderLookup.Find(headers, HeaderNames.MarkerReason).IsEmpty || HeaderLookup.Find(headers, HeaderNames.KvOperation).SequenceEqual("PURGE"u8));

    /// <summary>Header block of a stream's markers; their payload is empty.</summary>
    /// <param name="ttl">At least a second; whole seconds count.</param>
    public static byte[] MakeHeaders(TimeSpan ttl)
    {
        string time = GoDuration.Format(TimeSpan.FromSeconds(Math.Floor(ttl.TotalSeconds)));
        return Encoding.ASCII.GetBytes($"NATS/1.0\r\nNats-Marker-Reason: MaxAge\r\nNats-TTL: {time}\r\nNats-Rollup: sub\r\n\r\n");
    }
}
