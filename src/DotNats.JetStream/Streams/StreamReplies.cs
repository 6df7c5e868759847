using DotNats.Primitives;
using System.Buffers.Text;
using System.Text;
using DotNats.Protocol.Text;

namespace DotNats.JetStream.Streams;

/// <summary>What a stream answers to publishers, in nats-server's text form; what is alike in all answers is made once.</summary>
// Owner: the stream. Immutable; the runner writes acknowledgements, publishers' threads take the refusal.
internal sealed class StreamReplies
{
    // Longest digits of a sequence.
    private const int LongestNumber = 20;

    private readonly string _stream;
    private readonly byte[] _start;

    public StreamReplies(string stream, string? domain)
    {
        _stream = stream;
        string name = $"{{\"stream\":{GoQuote.Quote(stream)}";
        _start = Encoding.UTF8.GetBytes(string.IsNullOrEmpty(domain) ? name + ",\"seq\":" : $"{name},\"domain\":{GoQuote.Quote(domain)},\"seq\":");
        TooManyRequests = Error(ApiErrors.StreamTooManyRequests);
        StoreFailed = Error(ApiErrors.StreamStoreFailed.With(("{err}", "error storing message")));
    }

    /// <summary>The stream stores slower than is published.</summary>
    public byte[] TooManyRequests { get; }

    /// <summary>What was published is not known to be stored.</summary>
    public byte[] StoreFailed { get; }

    /// <summary>Adds an acknowledgement: <c>{"stream":"S","seq":1}</c>.</summary>
    public void AddAck(ReplyBatch batch, ReadOnlySpan<byte> reply, ulong sequence) => AddAck(batch, reply, sequence, "}"u8);

    /// <summary>Adds that a message is there already, and under which number.</summary>
    public void AddDuplicate(ReplyBatch batch, ReadOnlySpan<byte> reply, ulong sequence) => AddAck(batch, reply, sequence, ",\"duplicate\": true}"u8);

    /// <summary>Adds an acknowledgement that goes on behind the sequence.</summary>
    public void AddAck(ReplyBatch batch, ReadOnlySpan<byte> reply, ulong sequence, ReadOnlySpan<byte> rest)
    {
        Span<byte> digits = stackalloc byte[LongestNumber];
        Utf8Formatter.TryFormat(sequence, digits, out int length);
        Span<byte> text = batch.Add(reply, default, _start.Length + length + rest.Length);
        _start.CopyTo(text);
        digits[..length].CopyTo(text[_start.Length..]);
        rest.CopyTo(text[(_start.Length + length)..]);
    }

    /// <summary>A refusal.</summary>
    public byte[] Error(ApiError error) => ApiJson.Write((Error: error, Stream: _stream), static (json, reply) =>
    {
        json.WriteStartObject();
        json.WritePropertyName("error"u8);
        reply.Error.WriteTo(json);
        json.WriteString("stream"u8, reply.Stream);
        json.WriteNumber("seq"u8, 0);
        json.WriteEndObject();
    });
}
