namespace DotNats.JetStream.Consumers.State;

/// <summary>The bytes of a change in a consumer's journal.</summary>
/// <remarks>Grammar: kind, stream sequence, and by kind the time in nanoseconds since 1970 or the consumer sequence. Numbers are varints.</remarks>
internal static class ConsumerChangeFormat
{
    /// <summary>Bytes that every change fits in.</summary>
    public const int MaxLength = 1 + (2 * VarintWriter.MaxBytes);

    /// <summary>Writes a change and returns its length.</summary>
    public static int Write(Span<byte> target, in ConsumerChange change)
    {
        target[0] = (byte)change.Kind;
        int at = 1 + VarintWriter.Write(target[1..], change.Stream);
        if (HasTime(change.Kind)) at += VarintWriter.Write(target[at..], (ulong)change.Time);
        else if (change.Kind == ConsumerChangeKind.Acked) at += VarintWriter.Write(target[at..], change.Consumer);
        return at;
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
        change = new ConsumerChange(kind, stream, consumer, time);
        return !reader.IsBroken && kind is >= ConsumerChangeKind.Delivered and <= ConsumerChangeKind.Forgotten;
    }

    private static bool HasTime(ConsumerChangeKind kind) =>
        kind is ConsumerChangeKind.Delivered or ConsumerChangeKind.Redelivered or ConsumerChangeKind.Progressed or ConsumerChangeKind.Delayed;
}
