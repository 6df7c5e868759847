namespace DotNats.JetStream.Consumers.State;

/// <summary>Why a message is delivered no more.</summary>
// Numbers are stored in journals: they stay.
internal enum LetterReason : byte
{
    /// <summary>It was delivered as often as allowed.</summary>
    MaxDeliveries = 1,

    /// <summary>A client terminated it.</summary>
    Terminated = 2,
}

/// <summary>A dead letter that is not known to be stored.</summary>
/// <param name="Description">What a client said of the message; empty for nothing.</param>
/// <param name="Attempts">How often it was sent since the consumer was opened.</param>
/// <param name="Due">When it is sent again, in nanoseconds since 1970.</param>
/// <param name="Vain">How often in a row no stream took it.</param>
/// <param name="IsBare">It is sent without the message's own headers: with them there were too many for a stream.</param>
internal sealed record OwedLetter(LetterReason Reason, string Description, int Attempts = 0, long Due = 0, int Vain = 0, bool IsBare = false);

/// <summary>Messages that are given up and have to stay until their dead letters are stored.</summary>
// Owner: one ConsumerState, a part of it. Lifetime: what it holds is made when there is the first one.
// Invariant: each is pending, waits for nothing and is not delivered again.
internal struct OwedLetters
{
    /// <summary>So many wait for whoever keeps dead letters; more would fill the memory where he never does.</summary>
    public const int Most = 10_000;

    private Dictionary<ulong, OwedLetter>? _letters;

    public readonly int Count => _letters?.Count ?? 0;

    public readonly bool HasRoom => Count < Most;

    /// <summary>Sequences of the messages, in no order.</summary>
    public readonly IEnumerable<ulong> Sequences => _letters is null ? [] : _letters.Keys;

    /// <summary>The letter of a message; null where none is owed.</summary>
    public readonly OwedLetter? Find(ulong stream) => _letters?.GetValueOrDefault(stream);

    public void Set(ulong stream, OwedLetter letter) => (_letters ??= [])[stream] = letter;

    /// <summary>The message is done with, but for its letter.</summary>
    public readonly bool IsTerminated(ulong stream) => Find(stream) is { Reason: LetterReason.Terminated };

    public readonly bool Contains(ulong stream) => _letters is { Count: > 0 } && _letters.ContainsKey(stream);

    public readonly void Remove(ulong stream) => _letters?.Remove(stream);

    public void Clear() => _letters = null;
}
