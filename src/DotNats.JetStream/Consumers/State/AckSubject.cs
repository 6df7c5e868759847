using DotNats.JetStream.Publishing.Headers;

namespace DotNats.JetStream.Consumers.State;

/// <summary>What the subject of an acknowledgement says.</summary>
/// <remarks>
/// Grammar: <c>$JS.ACK.stream.consumer.deliveries.stream-sequence.consumer-sequence.time.pending</c>, or the same with <c>domain.account-hash.</c>
/// before the stream and any tokens behind. Written by <see cref="AckSubjectWriter"/>.
/// Compat: what is no number reads as the largest, a larger one wraps around.
/// </remarks>
internal readonly ref struct AckSubject
{
    private const int TokensOfShort = 9;
    private const int TokensOfLong = 11;

    /// <summary>Empty in the short form.</summary>
    public ReadOnlySpan<byte> Domain { get; private init; }

    /// <summary>Empty in the short form.</summary>
    public ReadOnlySpan<byte> AccountHash { get; private init; }

    public ReadOnlySpan<byte> Stream { get; private init; }

    public ReadOnlySpan<byte> Consumer { get; private init; }

    public ulong Deliveries { get; private init; }

    public ulong StreamSequence { get; private init; }

    public ulong ConsumerSequence { get; private init; }

    /// <summary>When the message was stored, in nanoseconds since 1970.</summary>
    public long Time { get; private init; }

    public ulong Pending { get; private init; }

    /// <summary>Reads a subject; false for one that is no acknowledgement's.</summary>
    public static bool TryParse(ReadOnlySpan<byte> subject, out AckSubject ack)
    {
        ack = default;
        Span<Range> tokens = stackalloc Range[TokensOfLong];
        int count = 0;
        int start = 0;
        while (true)
        {
            int length = subject[start..].IndexOf((byte)'.');
            int end = length < 0 ? subject.Length : start + length;
            if (count < TokensOfLong) tokens[count] = start..end;
            count++;
            if (length < 0) break;
            start = end + 1;
        }

        if ((count != TokensOfShort && count < TokensOfLong) || !subject.StartsWith("$JS.ACK."u8)) return false;
        int at = count == TokensOfShort ? 2 : 4;
        ack = new AckSubject
        {
            Domain = at == 4 ? subject[tokens[2]] : default,
            AccountHash = at == 4 ? subject[tokens[3]] : default,
            Stream = subject[tokens[at]],
            Consumer = subject[tokens[at + 1]],
            Deliveries = HeaderNumbers.ReadExpected(subject[tokens[at + 2]]),
            StreamSequence = HeaderNumbers.ReadExpected(subject[tokens[at + 3]]),
            ConsumerSequence = HeaderNumbers.ReadExpected(subject[tokens[at + 4]]),
            Time = HeaderNumbers.ReadWrapping(subject[tokens[at + 5]]),
            Pending = HeaderNumbers.ReadExpected(subject[tokens[at + 6]]),
        };
        return true;
    }
}
