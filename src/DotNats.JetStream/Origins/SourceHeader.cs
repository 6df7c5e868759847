using System.Buffers.Text;
using System.Text;
using DotNats.JetStream.Consumers.State;
using DotNats.JetStream.Publishing.Headers;

namespace DotNats.JetStream.Origins;

/// <summary>The header <c>Nats-Stream-Source</c>: where a message was copied from.</summary>
/// <remarks>
/// Grammar: <c>stream sequence filters destinations subject [identity]</c>, filters and destinations as <see cref="OriginSpec.IndexName"/> has them.
/// Before 2.10 it was the message's acknowledgement subject; a short form has stream and sequence alone.
/// </remarks>
/// <param name="Stream">Name of the origin, with a hash of its API behind a colon where that is elsewhere.</param>
/// <param name="IndexName">Which of the sources; empty where the header does not say.</param>
/// <param name="Identity">Of the origin when it was copied from; empty where the header does not say.</param>
internal readonly record struct SourceHeader(string Stream, string IndexName, ulong Sequence, string Identity)
{
    private const int MostNumberBytes = 20;

    /// <summary>Reads the header's value; false for one that says nothing.</summary>
    public static bool TryRead(ReadOnlySpan<byte> value, out SourceHeader header)
    {
        header = default;
        if (AckSubject.TryParse(value, out AckSubject ack))
        {
            header = new SourceHeader(Encoding.UTF8.GetString(ack.Stream), "", ack.StreamSequence, "");
            return true;
        }

        string[] fields = Encoding.UTF8.GetString(value).Split(' ');
        if (fields.Length < 2 || fields.Length == 3) return false;
        ulong sequence = HeaderNumbers.ReadExpected(Encoding.UTF8.GetBytes(fields[1]));
        header = fields.Length < 4
            ? new SourceHeader(fields[0], "", sequence, "")
            : new SourceHeader(fields[0], $"{fields[0]} {fields[2]} {fields[3]}", sequence, fields.Length >= 6 ? fields[5] : "");
        return true;
    }

    /// <summary>Writes a value; returns its length.</summary>
    /// <param name="target">At least <see cref="LengthFor"/>.</param>
    /// <param name="subject">As it was in the origin.</param>
    public static int Write(Span<byte> target, OriginSpec origin, ulong sequence, ReadOnlySpan<byte> subject, ReadOnlySpan<byte> identity)
    {
        origin.HeaderStart.CopyTo(target);
        int length = origin.HeaderStart.Length;
        Utf8Formatter.TryFormat(sequence, target[length..], out int digits);
        length += digits;
        origin.HeaderMiddle.CopyTo(target[length..]);
        length += origin.HeaderMiddle.Length;
        subject.CopyTo(target[length..]);
        length += subject.Length;
        if (identity.IsEmpty) return length;
        target[length++] = (byte)' ';
        identity.CopyTo(target[length..]);
        return length + identity.Length;
    }

    public static int LengthFor(OriginSpec origin, ReadOnlySpan<byte> subject, ReadOnlySpan<byte> identity) =>
        origin.HeaderStart.Length + MostNumberBytes + origin.HeaderMiddle.Length + subject.Length + 1 + identity.Length;
}
