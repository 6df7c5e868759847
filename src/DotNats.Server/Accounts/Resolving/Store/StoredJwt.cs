namespace DotNats.Server.Accounts.Resolving;

/// <summary>What the index of a store says of one JWT.</summary>
// Owner: the store's writer makes and drops it; readers mark its use.
internal sealed class StoredJwt(byte[] hash, JwtSummary summary, TimeSpan timeToLive, UseCounter uses)
{
    private long _lastUse;
    private long _keptUntilTicks;

    /// <summary>SHA-256 of the file.</summary>
    public byte[] Hash { get; } = hash;

    public JwtSummary Summary { get; } = summary;

    /// <summary>Grows with every use of any JWT of the store.</summary>
    public long LastUse => Volatile.Read(ref _lastUse);

    /// <summary>When it is dropped unless somebody asks for it; null where there is no such time.</summary>
    public DateTimeOffset? KeptUntil => timeToLive > TimeSpan.Zero ? new DateTimeOffset(Volatile.Read(ref _keptUntilTicks), TimeSpan.Zero) : null;

    public void Touch(DateTimeOffset now)
    {
        Volatile.Write(ref _lastUse, uses.Next());
        if (timeToLive <= TimeSpan.Zero) return;
        Volatile.Write(ref _keptUntilTicks, timeToLive < DateTimeOffset.MaxValue - now ? (now + timeToLive).UtcTicks : DateTimeOffset.MaxValue.UtcTicks);
    }
}

/// <summary>Numbers uses, so that the one longest ago can be told.</summary>
internal sealed class UseCounter
{
    private long _last;

    public long Next() => Interlocked.Increment(ref _last);
}
