using System.Buffers;

namespace DotNats.JetStream.Consumers.State;

/// <summary>The bytes of <c>o.dat</c>, as nats-server writes and reads them: version 2 is written, 1 and 2 are read.</summary>
/// <remarks>
/// Grammar: 22, version, floor of consumer, of stream, delivered of consumer, of stream, count and, where it is not 0, a second since 1970 and for each
/// pending message its distance to the stream's floor, to the consumer's floor (version 2) and seconds before that second (version 1: after it); count and for each message delivered
/// more than once its distance to the stream's floor and how often more. Numbers are varints, times in zigzag.
/// </remarks>
internal static class ConsumerStateFormat
{
    private const byte Magic = 22;
    private const long Second = 1_000_000_000;

    // A pending message takes three bytes at least.
    private const int SmallestPending = 3;

    /// <summary>Writes a state.</summary>
    /// <param name="now">Nanoseconds since 1970.</param>
    public static void Write(IBufferWriter<byte> target, StoredConsumerState state, long now)
    {
        var writer = new VarintWriter(target);
        writer.Byte(Magic);
        writer.Byte(2);
        writer.Number(state.AckFloor.Consumer);
        writer.Number(state.AckFloor.Stream);
        writer.Number(state.Delivered.Consumer);
        writer.Number(state.Delivered.Stream);
        writer.Number((ulong)state.Pending.Count);
        int redelivered = state.Exhausted.Count;
        if (state.Pending.Count > 0)
        {
            long second = (now + (Second / 2)) / Second;
            writer.Signed(second);
            foreach (PendingMessage message in state.Pending)
            {
                writer.Number(message.StreamSequence - state.AckFloor.Stream);
                writer.Number(unchecked(message.ConsumerSequence - state.AckFloor.Consumer));
                // Rounded up: nothing is due before its time. Compat: nats-server rounds down.
                writer.Signed(second - ((message.DeliveredAt + Second - 1) / Second));
                if (message.Deliveries > 1) redelivered++;
            }
        }

        writer.Number((ulong)redelivered);
        foreach (PendingMessage message in state.Pending)
        {
            if (message.Deliveries > 1) writer.Redelivered(unchecked(message.StreamSequence - state.AckFloor.Stream), message.Deliveries - 1);
        }

        // Compat: their distance is negative where the floor has passed them, and wraps around.
        foreach (ExhaustedMessage message in state.Exhausted) writer.Redelivered(unchecked(message.StreamSequence - state.AckFloor.Stream), message.Deliveries);
    }

    /// <summary>Reads a state; null for what is none.</summary>
    public static StoredConsumerState? TryRead(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < 2 || bytes[0] != Magic || bytes[1] is not (1 or 2)) return null;
        int version = bytes[1];
        var reader = new VarintReader(bytes[2..]);
        var floor = new SequencePair(reader.Number(), reader.Number());
        var delivered = new SequencePair(reader.Number(), reader.Number());
        if (version == 1) delivered = Adjust(delivered, floor);
        if (reader.IsBroken || (floor.Stream | delivered.Stream | floor.Consumer | delivered.Consumer) > long.MaxValue) return null;
        List<PendingMessage>? pending = ReadPending(ref reader, version, floor, delivered);
        if (pending is null) return null;
        List<ExhaustedMessage> exhausted = ReadRedelivered(ref reader, floor, pending);
        return new StoredConsumerState { AckFloor = floor, Delivered = delivered, Pending = pending, Exhausted = exhausted };
    }

    // Compat: version 1 has delivered as a distance to the floor.
    private static SequencePair Adjust(SequencePair delivered, SequencePair floor) => new(
        delivered.Consumer + (floor.Consumer > 1 ? floor.Consumer - 1 : 0),
        delivered.Stream + (floor.Stream > 1 ? floor.Stream - 1 : 0));

    private static List<PendingMessage>? ReadPending(ref VarintReader reader, int version, SequencePair floor, SequencePair delivered)
    {
        ulong count = reader.Number();
        if (reader.IsBroken || count > (ulong)reader.Left / (SmallestPending - (version == 1 ? 1u : 0u))) return null;
        var pending = new List<PendingMessage>((int)count);
        if (count == 0) return pending;
        long second = reader.Signed();
        for (ulong i = 0; i < count; i++)
        {
            ulong stream = unchecked(reader.Number() + floor.Stream);
            ulong consumer = version == 1 ? 0 : unchecked(reader.Number() + floor.Consumer);
            long distance = reader.Signed();
            if (reader.IsBroken || stream == 0) return null;
            long at = unchecked((version == 1 ? second + distance : second - distance) * Second);
            pending.Add(new PendingMessage(stream, consumer, at, 1));
        }

        pending.Sort(static (a, b) => a.StreamSequence.CompareTo(b.StreamSequence));
        Repair(pending, floor, delivered);
        return pending;
    }

    // Consumer sequences that are missing (version 1) or make no sense are counted from the one before on.
    private static void Repair(List<PendingMessage> pending, SequencePair floor, SequencePair delivered)
    {
        ulong last = floor.Consumer;
        for (int i = 0; i < pending.Count; i++)
        {
            PendingMessage message = pending[i];
            if (message.ConsumerSequence == 0 || message.ConsumerSequence > delivered.Consumer) pending[i] = message with { ConsumerSequence = last + 1 };
            last = pending[i].ConsumerSequence;
        }
    }

    private static List<ExhaustedMessage> ReadRedelivered(ref VarintReader reader, SequencePair floor, List<PendingMessage> pending)
    {
        var exhausted = new List<ExhaustedMessage>();
        // Compat: what is broken here is passed over.
        for (ulong left = reader.Number(); left > 0 && !reader.IsBroken; left--)
        {
            (ulong distance, ulong count) = (reader.Number(), reader.Number());
            ulong stream = unchecked(distance + floor.Stream);
            // The floor's own message may be one that was given up: no distance is one too. Compat: nats-server writes it and forgets it when it reads.
            if (reader.IsBroken || stream == 0 || count == 0) continue;
            int more = (int)Math.Min(count, int.MaxValue - 1);
            int at = Find(pending, stream);
            if (at >= 0) pending[at] = pending[at] with { Deliveries = more + 1 };
            else exhausted.Add(new ExhaustedMessage(stream, more));
        }

        exhausted.Sort(static (a, b) => a.StreamSequence.CompareTo(b.StreamSequence));
        return exhausted;
    }

    private static int Find(List<PendingMessage> pending, ulong stream)
    {
        (int low, int high) = (0, pending.Count - 1);
        while (low <= high)
        {
            int middle = (low + high) >>> 1;
            ulong found = pending[middle].StreamSequence;
            if (found == stream) return middle;
            if (found < stream) low = middle + 1;
            else high = middle - 1;
        }

        return -1;
    }
}
