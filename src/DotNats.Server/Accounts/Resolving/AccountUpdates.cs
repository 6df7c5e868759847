namespace DotNats.Server.Accounts.Resolving;

/// <summary>The accounts in use, as a resolver sees them: whom it tells of changes.</summary>
internal sealed record AccountUpdates
{
    /// <summary>No account is in use.</summary>
    public static AccountUpdates None { get; } = new() { IsInUse = static _ => false, Apply = static _ => new((string?)null), Remove = static _ => default };

    /// <summary>Is the account of this key in use?</summary>
    public required Func<string, bool> IsInUse { get; init; }

    /// <summary>Puts a JWT of an account in use in force; null, or why not in nats-server's words.</summary>
    public required Func<string, ValueTask<string?>> Apply { get; init; }

    /// <summary>Ends an account in use whose JWT was deleted.</summary>
    public required Func<string, ValueTask> Remove { get; init; }
}
