using System.Text;

namespace DotNats.JetStream.Consumers.State;

/// <summary>The bytes of a change in a consumer's journal.</summary>
/// <remarks>
/// Grammar: kind, stream sequence, and by kind the time in nanoseconds since 1970, the consumer sequence, or reason, length and bytes of what a client said. Numbers are varints.
/// </remarks>
internal static class ConsumerChangeFormat
{
    /// <summary>Bytes that every change fits in but what is owed.</summary>
    public const int MaxLength = 1 + (2 * VarintWriter.MaxBytes);

    // Bytes of what a client said; more would be kept for every letter that is owed.
    private const int MaxDescription = 256;

    /// <summary>As much of what a client said as is kept.</summary>
    public static string Cut(string description)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(description);
        return bytes.Length <= MaxDescription ? description : Encoding.UTF8.GetString(bytes, 0, CutLength(bytes));
    }

    /// <summary>Writes a change and returns its length.</summary>
    public static int Write(Span<byte> target, in ConsumerChange change)
    {
        target[0] = (byte)change.Kind;
        int at = 1 + VarintWriter.Write(target[1..], change.Stream);
        if (HasTime(change.Kind)) at += VarintWriter.Write(target[at..], (ulong)change.Time);
        else if (change.Kind == ConsumerChangeKind.Acked) at += VarintWriter.Write(target[at..], change.Consumer);
        return at;
    }

    /// <summary>The bytes of a message that owes a dead letter.</summary>
    public static byte[] WriteOwed(in ConsumerChange change)
    {
        byte[] description = Encoding.UTF8.GetBytes(change.Letter!.Description);
        int length = CutLength(description);
        byte[] bytes = new byte[MaxLength + VarintWriter.MaxBytes + length];
        bytes[0] = (byte)change.Kind;
        int at = 1 + VarintWriter.Write(bytes.AsSpan(1), change.Stream);
        bytes[at++] = (byte)change.Letter.Reason;
        at += VarintWriter.Write(bytes.AsSpan(at), (ulong)length);
        description.AsSpan(0, length).CopyTo(bytes.AsSpan(at));
        return bytes[..(at + length)];
    }

    /// <summary>Reads the next of several; false at their end, and where there is something else.</summary>
    public static bool TryRead(ref VarintReader reader, out ConsumerChange change)
    {
        change = default;
        if (reader.Left == 0) return false;
        var kind = (ConsumerChangeKind)reader.Number();
        ulong stream = reader.Number();
        ulong consumer = kind == ConsumerChangeKind.Acked ? reader.Number() : 0;
        long time = HasTime(kind) ? (long)reader.Number() : 0;
        OwedLetter? letter = kind == ConsumerChangeKind.Owed ? ReadLetter(ref reader) : null;
        change = new ConsumerChange(kind, stream, consumer, time, letter);
        return !reader.IsBroken && kind is >= ConsumerChangeKind.Delivered and <= ConsumerChangeKind.Owed;
    }

    // Not inside of a character.
    private static int CutLength(byte[] description)
    {
        int length = Math.Min(description.Length, MaxDescription);
        while (length < description.Length && (description[length] & 0xC0) == 0x80) length--;
        return length;
    }

    private static OwedLetter ReadLetter(ref VarintReader reader)
    {
        var reason = (LetterReason)reader.Number();
        return new OwedLetter(reason, Encoding.UTF8.GetString(reader.Bytes(reader.Number())));
    }

    private static bool HasTime(ConsumerChangeKind kind) =>
        kind is ConsumerChangeKind.Delivered or ConsumerChangeKind.Redelivered or ConsumerChangeKind.Progressed or ConsumerChangeKind.Delayed;
}
