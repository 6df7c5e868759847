using System.Numerics;
using System.Text;
using DotNats.JetStream.Publishing.Headers;
using DotNats.Storage;

namespace DotNats.JetStream.Publishing.Counters;

/// <summary>What a counter stands at, with what its sources have counted.</summary>
// Owner: who judges the message. Lifetime: one message, or the batch that counts on. Invariant: as of the last message judged.
internal sealed class CounterTotal(BigInteger value, CounterSources sources)
{
    public BigInteger Value { get; set; } = value;

    public CounterSources Sources { get; } = sources;
}

/// <summary>Streams whose subjects count (ADR-49): a message brings an increment and is stored as the new total.</summary>
internal static class CounterRules
{
    private const int BodyOverhead = 10;

    /// <summary>Judges the increment's header and what may not stand beside it.</summary>
    /// <param name="increment">Null where the message has none.</param>
    public static PublishVerdict CheckIncrement(PublishPolicy policy, in Publication publication, out BigInteger? increment)
    {
        increment = null;
        if (!publication.Read.HasValue(PublishHeader.Increment)) return PublishVerdict.Store;
        if (!CounterValue.TryReadIncrement(publication.Read[PublishHeader.Increment], out BigInteger value)) return PublishVerdict.Refuse(ApiErrors.MessageIncrInvalid);
        increment = value;
        if (publication.IsFromStream) return PublishVerdict.Store;
        if (!policy.AllowsCounters) return PublishVerdict.Refuse(ApiErrors.MessageIncrDisabled);
        if (!publication.Payload.IsEmpty) return PublishVerdict.Refuse(ApiErrors.MessageIncrPayload);
        return publication.Read.HasValue(PublishHeader.Rollup) || ExpectationRules.HasAny(publication.Read)
            ? PublishVerdict.Refuse(ApiErrors.MessageIncrInvalid)
            : PublishVerdict.Store;
    }

    /// <summary>What a subject stands at by its last message; false where that is no counter's.</summary>
    public static bool TryLoad(IMessageLog log, MessageBuffer buffer, ReadOnlySpan<byte> subject, out CounterTotal total)
    {
        total = new CounterTotal(BigInteger.Zero, new CounterSources());
        if (log.TryReadLast(subject, buffer) != ReadStatus.Found) return true;
        if (!CounterValue.TryRead(buffer.Payload, out BigInteger value)) return false;
        if (!CounterSources.TryRead(HeaderLookup.Find(buffer.Headers, HeaderNames.CounterSources), out CounterSources sources)) return false;
        total = new CounterTotal(value, sources);
        return true;
    }

    /// <summary>Counts on: the publication gets the new total as its payload and what became of its sources into its headers.</summary>
    public static PublishVerdict Count(RuleScratch scratch, ref Publication publication, CounterTotal total, BigInteger increment)
    {
        if (publication.Read.HasValue(PublishHeader.StreamSource) && !TryTakeSource(scratch, ref publication, total, out increment))
            return PublishVerdict.Refuse(ApiErrors.MessageCounterBroken);
        total.Value += increment;
        string text = total.Value.ToString();
        Span<byte> body = scratch.Payload(text.Length + BodyOverhead);
        "{\"val\":\""u8.CopyTo(body);
        Encoding.ASCII.GetBytes(text, body[8..]);
        "\"}"u8.CopyTo(body[(8 + text.Length)..]);
        publication.Payload = body;
        publication.CounterValue = body.Slice(8, text.Length);
        if (!total.Sources.IsEmpty) scratch.Set(ref publication, HeaderNames.CounterSources, total.Sources.Write());
        return PublishVerdict.Store;
    }

    // What a source sends is its own total: what counts is the difference to the one it sent before, which replaces its increment.
    private static bool TryTakeSource(RuleScratch scratch, ref Publication publication, CounterTotal total, out BigInteger increment)
    {
        increment = BigInteger.Zero;
        if (!CounterValue.TryRead(publication.Payload, out BigInteger value)) return false;
        string[] fields = Encoding.UTF8.GetString(publication.Read[PublishHeader.StreamSource]).Split(' ');
        string subject = fields.Length >= 5 ? fields[4] : Encoding.UTF8.GetString(publication.Subject);
        increment = value - CounterValue.ReadLoosely(total.Sources.Exchange(fields[0], subject, value.ToString()));
        scratch.Set(ref publication, HeaderNames.Increment, Encoding.ASCII.GetBytes(increment.ToString()));
        return true;
    }
}
