using DotNats.JetStream.Publishing.Headers;

namespace DotNats.JetStream.Publishing;

/// <summary>Who made a message.</summary>
internal enum PublishOrigin
{
    /// <summary>Somebody who publishes: all rules apply.</summary>
    Publisher,

    /// <summary>Another stream, or this one itself (delete markers, scheduled messages): checked when it was made.</summary>
    Stream,
}

internal enum Rollup
{
    None,

    /// <summary>All other messages of the subject go.</summary>
    Subject,

    /// <summary>All other messages go.</summary>
    All,
}

/// <summary>
/// A message on its way into a stream. Made of what came in, changed by the rules to what is stored; says what is to be done once it is.
/// </summary>
/// <remarks>
/// Spans are the caller's as far as the rules did not change them, and otherwise the rules' own: good until the next message is checked.
/// </remarks>
internal ref struct Publication
{
    /// <summary>What the block said that came in. A field, so that looking into it copies nothing.</summary>
    public readonly PublishHeaders Read;

    /// <param name="subject">As it is stored: after the stream's transform.</param>
    /// <param name="headers">Whole block; empty for none.</param>
    public Publication(ReadOnlySpan<byte> subject, ReadOnlySpan<byte> headers, ReadOnlySpan<byte> payload, PublishOrigin origin = PublishOrigin.Publisher)
    {
        Subject = subject;
        Headers = headers;
        Payload = payload;
        Origin = origin;
        Read = new PublishHeaders(headers);
    }

    public ReadOnlySpan<byte> Subject { get; }

    /// <summary>The block to be stored.</summary>
    public ReadOnlySpan<byte> Headers { get; set; }

    public ReadOnlySpan<byte> Payload { get; set; }

    public PublishOrigin Origin { get; }

    public readonly bool IsFromStream => Origin == PublishOrigin.Stream;

    /// <summary>What goes once the message is stored, which itself stays.</summary>
    public Rollup Rollup { get; set; }

    /// <summary>Subject of a schedule that has done its work: its messages go once this one is stored. Empty for none.</summary>
    public ReadOnlySpan<byte> FinishedSchedule { get; set; }

    /// <summary>What a counter stands at with this message, in digits: the acknowledgement's <c>val</c>. Empty for other messages.</summary>
    public ReadOnlySpan<byte> CounterValue { get; set; }

    /// <summary>For recognizing duplicates; empty for none.</summary>
    public readonly ReadOnlySpan<byte> MessageId => Read[PublishHeader.MessageId];
}
