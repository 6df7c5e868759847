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
/// <param name="Number">Sequence of a duplicate; of an error what its text has for <c>{seq}</c> or <c>{size}</c>.</param>
/// <param name="Text">What the error's text has for <c>{err}</c>, <c>{id}</c> or <c>{header}</c>.</param>
internal readonly record struct PublishVerdict(PublishOutcome Outcome, PublishError Error = PublishError.None, ulong Number = 0, string? Text = null)
{
    public static PublishVerdict Store => default;

    public bool IsStore => Outcome == PublishOutcome.Store;

    public static PublishVerdict Duplicate(ulong sequence) => new(PublishOutcome.Duplicate, Number: sequence);

    public static PublishVerdict Refuse(PublishError error) => new(PublishOutcome.Refuse, error);

    public static PublishVerdict Refuse(PublishError error, ulong number) => new(PublishOutcome.Refuse, error, number);

    public static PublishVerdict Refuse(PublishError error, string text) => new(PublishOutcome.Refuse, error, Text: text);
}
