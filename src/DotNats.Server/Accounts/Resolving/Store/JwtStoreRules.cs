namespace DotNats.Server.Accounts.Resolving;

/// <summary>What a store keeps, and for how long.</summary>
internal sealed record JwtStoreRules
{
    // Compat: nats-server's, where a cache has no limit.
    private const long DefaultCacheLimit = 1000;

    /// <summary>JWTs kept at most.</summary>
    public long Limit { get; init; } = long.MaxValue;

    /// <summary>At the limit, the JWT that was not asked for longest makes room; false refuses the new one.</summary>
    public bool EvictsAtLimit { get; init; }

    /// <summary>Time a JWT is kept after it was last asked for; zero keeps it until it expires itself.</summary>
    public TimeSpan TimeToLive { get; init; }

    /// <summary>Deleted JWTs stay as <c>.jwt.deleted</c>.</summary>
    public bool KeepsDeleted { get; init; }

    /// <summary>Time between searches for what has expired: half the time to live, a minute at most.</summary>
    public TimeSpan ExpiryInterval =>
        TimeToLive > TimeSpan.Zero && TimeToLive < TimeSpan.FromMinutes(2) ? TimeToLive / 2 : TimeSpan.FromMinutes(1);

    public static JwtStoreRules Of(ResolverOptions options) => options.Kind == ResolverKind.Cache
        ? new JwtStoreRules
        {
            Limit = options.Limit > 0 ? options.Limit : DefaultCacheLimit,
            EvictsAtLimit = true,
            TimeToLive = options.TimeToLive > TimeSpan.Zero ? options.TimeToLive : TimeSpan.Zero,
        }
        : new JwtStoreRules
        {
            Limit = options.Limit > 0 ? options.Limit : long.MaxValue,
            KeepsDeleted = !options.HardDelete,
        };
}
