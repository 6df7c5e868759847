using System.Globalization;

namespace DotNats.JetStream.Publishing;

internal enum PublishOutcome
{
    /// <summary>To be stored as the publication is now.</summary>
    Store,

    /// <summary>Stored before: acknowledged with that sequence, once that is as safe as it shall be, and marked as a duplicate.</summary>
    Duplicate,

    /// <summary>Not stored; the error says why.</summary>
    Refuse,
}

/// <summary>What becomes of a message.</summary>
/// <param name="Sequence">Of the message that a duplicate repeats.</param>
/// <param name="Error">Why it is refused.</param>
internal readonly record struct PublishVerdict(PublishOutcome Outcome, ulong Sequence = 0, ApiError? Error = null)
{
    public static PublishVerdict Store => default;

    public bool IsStore => Outcome == PublishOutcome.Store;

    public static PublishVerdict Duplicate(ulong sequence) => new(PublishOutcome.Duplicate, sequence);

    public static PublishVerdict Refuse(ApiError error) => new(PublishOutcome.Refuse, Error: error);

    /// <summary>Another sequence was expected than this one.</summary>
    public static PublishVerdict WrongLastSequence(ulong last) =>
        Refuse(ApiErrors.StreamWrongLastSequence.With(("{seq}", last.ToString(CultureInfo.InvariantCulture))));

    /// <summary>An error whose text is the reason.</summary>
    public static PublishVerdict Refuse(ApiError error, string reason) => Refuse(error.With(("{err}", reason)));
}
