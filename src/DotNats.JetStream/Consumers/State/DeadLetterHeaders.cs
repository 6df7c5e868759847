using System.Globalization;
using System.Text;
using DotNats.JetStream.Publishing.Headers;
using DotNats.Protocol.Text;

namespace DotNats.JetStream.Consumers.State;

/// <summary>A message that a consumer delivers no more.</summary>
/// <param name="Sequence">In its stream.</param>
/// <param name="Timestamp">When it was stored, in nanoseconds since 1970.</param>
/// <param name="Reason"><see cref="DeadLetterHeaders.MaxDeliveries"/> or <see cref="DeadLetterHeaders.Terminated"/>.</param>
/// <param name="Description">What its client said; empty for nothing.</param>
internal sealed record DeadLetter(string Stream, string Consumer, string Subject, ulong Sequence, long Timestamp, int Deliveries, string Reason, string Description);

/// <summary>Headers of dead letters: the message's own, without what would steer how they are stored, then why it is dead, whose it was and how often it was delivered.</summary>
/// <remarks>
/// <c>Nats-Dead-Letter-Reason</c>, <c>-Description</c>, <c>-Stream</c>, <c>-Consumer</c>, <c>-Subject</c>, <c>-Sequence</c>, <c>-Time-Stamp</c>, <c>-Deliveries</c>. The id is made of
/// them: a stream that keeps dead letters has each once, though a server that was killed publishes it again.
/// </remarks>
internal static class DeadLetterHeaders
{
    public const string MaxDeliveries = "max_deliveries";
    public const string Terminated = "terminated";

    public static byte[] Make(ReadOnlySpan<byte> headers, DeadLetter letter)
    {
        var editor = new HeaderEditor();
        editor.Load(headers).RemoveStatus();
        // A rollup would empty the stream of dead letters, an expectation keep them out of it.
        editor.Remove("Nats-Msg-Id"u8).Remove("Nats-Rollup"u8).Remove("Nats-TTL"u8).Remove("Nats-Incr"u8).Remove("Nats-Marker-Reason"u8);
        editor.RemovePrefixed("Nats-Expected-"u8).RemovePrefixed("Nats-Batch-"u8).RemovePrefixed("Nats-Schedule"u8).RemovePrefixed("Nats-Dead-Letter-"u8);
        Add(editor, "Nats-Msg-Id"u8, string.Create(CultureInfo.InvariantCulture, $"{letter.Stream}.{letter.Consumer}.{letter.Sequence}.{letter.Timestamp}"));
        Add(editor, "Nats-Dead-Letter-Reason"u8, letter.Reason);
        if (letter.Description.Length > 0) Add(editor, "Nats-Dead-Letter-Description"u8, letter.Description);
        Add(editor, "Nats-Dead-Letter-Stream"u8, letter.Stream);
        Add(editor, "Nats-Dead-Letter-Consumer"u8, letter.Consumer);
        Add(editor, "Nats-Dead-Letter-Subject"u8, letter.Subject);
        Add(editor, "Nats-Dead-Letter-Sequence"u8, letter.Sequence.ToString(CultureInfo.InvariantCulture));
        Add(editor, "Nats-Dead-Letter-Time-Stamp"u8, GoTime.FromUnixNanoseconds(letter.Timestamp).ToString());
        Add(editor, "Nats-Dead-Letter-Deliveries"u8, letter.Deliveries.ToString(CultureInfo.InvariantCulture));
        return editor.Block.ToArray();
    }

    private static void Add(HeaderEditor editor, ReadOnlySpan<byte> name, string value) => editor.Add(name, Encoding.UTF8.GetBytes(value));
}
