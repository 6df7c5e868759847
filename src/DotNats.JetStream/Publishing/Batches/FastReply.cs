using System.Globalization;
using System.Text;
using System.Text.Json;
using DotNats.Primitives;

namespace DotNats.JetStream.Publishing.Batches;

internal enum FastReplyKind
{
    /// <summary><c>{"type":"ack","seq":…,"msgs":…}</c>: how far the batch is and how often that is told.</summary>
    Flow,

    /// <summary><c>{"type":"gap","last_seq":…,"seq":…}</c>: messages got lost.</summary>
    Gap,

    /// <summary><c>{"type":"err","seq":…,"error":{…}}</c>: a message was refused.</summary>
    Error,

    /// <summary>An acknowledgement of the stream with the batch's id and the number of its messages.</summary>
    Acknowledge,

    /// <summary>The same, for a message stored before.</summary>
    Duplicate,

    /// <summary>An acknowledgement of the stream with an error.</summary>
    Refuse,
}

/// <summary>Something to be answered to the reply subject of a fast batch's message.</summary>
/// <param name="Sequence">Of the batch for flow, gap and error; of the stream for acknowledgements.</param>
/// <param name="Number">Messages per acknowledgement of flow; the sequence expected before a gap; number of messages acknowledged.</param>
internal readonly record struct FastReply(FastReplyKind Kind, ulong Sequence = 0, ulong Number = 0, ApiError? Error = null)
{
    /// <summary>A stream that acknowledges nothing (<c>no_ack</c>) leaves it out.</summary>
    // Compat: it sends everything else, for the publisher of a batch cannot go on without.
    public bool IsOptional { get; init; }

    /// <summary>Where it goes instead of to the reply subject of the message in hand; null for there.</summary>
    public byte[]? Reply { get; init; }

    /// <summary>The body of flow, gap and error replies; the others are the stream's own to write.</summary>
    public byte[] WriteBody()
    {
        if (Kind == FastReplyKind.Flow) return Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{{\"type\":\"ack\",\"seq\":{Sequence},\"msgs\":{Number}}}"));
        if (Kind == FastReplyKind.Gap) return Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{{\"type\":\"gap\",\"last_seq\":{Number},\"seq\":{Sequence}}}"));
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = GoJsonEncoder.Instance }))
        {
            json.WriteStartObject();
            json.WriteString("type"u8, "err"u8);
            json.WriteNumber("seq"u8, Sequence);
            json.WritePropertyName("error"u8);
            Error!.WriteTo(json);
            json.WriteEndObject();
        }

        return buffer.ToArray();
    }
}
