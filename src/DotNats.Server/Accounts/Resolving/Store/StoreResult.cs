namespace DotNats.Server.Accounts.Resolving;

/// <summary>What became of a change to a store.</summary>
/// <param name="Changed">What is kept is another JWT than before.</param>
/// <param name="Error">Why nothing was done, for answers; null when it was, or was not necessary.</param>
internal readonly record struct StoreResult(bool Changed, string? Error)
{
    public static StoreResult Same { get; } = new(false, null);

    public static StoreResult Done { get; } = new(true, null);

    public static StoreResult Refused(string error) => new(false, error);
}
