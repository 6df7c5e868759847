namespace DotNats.JetStream.Publishing.Batches;

internal enum AtomicOutcome
{
    /// <summary>Kept for the commit: answered with nothing, so that the publisher goes on.</summary>
    Staged,

    /// <summary>Answered with the error. The batch is over, or never was.</summary>
    Refused,

    /// <summary>All of the batch is to be appended in this order, committed at once, and answered with the last sequence.</summary>
    Commit,
}

/// <summary>What became of a message of an atomic batch.</summary>
/// <param name="Error">Of a refusal.</param>
/// <param name="AbandonReason">What an advisory says of the batch; null for none.</param>
/// <param name="Messages">To be appended.</param>
internal readonly record struct AtomicStep(AtomicOutcome Outcome, ApiError? Error = null, string? AbandonReason = null, IReadOnlyList<StagedMessage>? Messages = null)
{
    public static AtomicStep Staged => default;

    public static AtomicStep Refuse(ApiError error, string? abandonReason = null) => new(AtomicOutcome.Refused, error, abandonReason);

    public static AtomicStep Commit(IReadOnlyList<StagedMessage> messages) => new(AtomicOutcome.Commit, Messages: messages);
}

/// <summary>Why an atomic batch came to nothing, as advisories say it.</summary>
internal static class AbandonReasons
{
    public const string Timeout = "timeout";
    public const string Large = "large";
    public const string Incomplete = "incomplete";

    /// <summary>It asked for a server that can do more.</summary>
    public const string Unsupported = "unsupported";
}
