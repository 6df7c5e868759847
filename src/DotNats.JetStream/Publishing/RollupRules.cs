using System.Text;
using DotNats.JetStream.Publishing.Headers;
using DotNats.Primitives;
using DotNats.Protocol.Text;

namespace DotNats.JetStream.Publishing;

/// <summary>Messages that take the place of all others, of their subject or of the stream (<c>Nats-Rollup</c>).</summary>
internal static class RollupRules
{
    private const string NotPermitted = "rollup not permitted";

    /// <summary>What a value asks for; false for one that means nothing. Case does not matter.</summary>
    public static bool TryRead(ReadOnlySpan<byte> value, out Rollup rollup)
    {
        rollup = Rollup.None;
        if (value.IsEmpty) return true;
        if (Ascii.EqualsIgnoreCase(value, "sub"u8)) rollup = Rollup.Subject;
        else if (Ascii.EqualsIgnoreCase(value, "all"u8)) rollup = Rollup.All;
        return rollup != Rollup.None;
    }

    /// <summary>Judges the header and notes what it asks for.</summary>
    public static PublishVerdict Check(PublishPolicy policy, ref Publication publication)
    {
        ReadOnlySpan<byte> value = HeaderLookup.Find(publication.Headers, HeaderNames.Rollup);
        if (value.IsEmpty) return PublishVerdict.Store;
        if (!policy.RollsUp && !publication.IsFromStream) return PublishVerdict.Refuse(ApiErrors.StreamRollupFailed, NotPermitted);
        if (!TryRead(value, out Rollup rollup)) return Refuse(value);
        // What another stream sent keeps its header where this one does not roll up.
        publication.Rollup = policy.RollsUp ? rollup : Rollup.None;
        return PublishVerdict.Store;
    }

    private static PublishVerdict Refuse(ReadOnlySpan<byte> value) =>
        PublishVerdict.Refuse(ApiErrors.StreamRollupFailed, "rollup value invalid: " + GoQuote.Quote(Encoding.UTF8.GetString(value).ToLowerInvariant()));
}
