namespace DotNats.Security;

/// <summary>Whether claims count at a moment.</summary>
public enum JwtTimeState
{
    Valid,
    NotYetValid,
    Expired,
}

/// <summary>When claims count. Times of day of users are <see cref="ConnectTimes"/>.</summary>
public static class JwtValidity
{
    // Compat: whole seconds are compared, so that claims count to the end of the second they expire in.
    public static JwtTimeState StateAt(JwtClaims claims, DateTimeOffset now)
    {
        long seconds = now.ToUnixTimeSeconds();
        if (claims.ExpiresAtSeconds > 0 && seconds > claims.ExpiresAtSeconds)
            return JwtTimeState.Expired;
        return claims.NotBeforeSeconds > 0 && claims.NotBeforeSeconds > seconds ? JwtTimeState.NotYetValid : JwtTimeState.Valid;
    }

    /// <summary>Time left until the claims expire, zero when they have, null when they never do.</summary>
    public static TimeSpan? Remaining(JwtClaims claims, DateTimeOffset now)
    {
        if (claims.ExpiresAtSeconds == 0)
            return null;
        long seconds = long.Clamp(claims.ExpiresAtSeconds, 0, (long)TimeSpan.MaxValue.TotalSeconds) - now.ToUnixTimeSeconds();
        return TimeSpan.FromSeconds(Math.Max(0, seconds));
    }

    /// <summary>The earlier of two ends; null for none.</summary>
    public static TimeSpan? Earlier(TimeSpan? left, TimeSpan? right) => left is null || right < left ? right ?? left : left;

    /// <summary>True when <paramref name="key"/>, or everybody, is revoked for what was issued at that second or before.</summary>
    public static bool IsRevoked(IReadOnlyDictionary<string, long> revocations, string key, long issuedAtSeconds) =>
        (revocations.TryGetValue("*", out long all) && all >= issuedAtSeconds) || (revocations.TryGetValue(key, out long one) && one >= issuedAtSeconds);
}
