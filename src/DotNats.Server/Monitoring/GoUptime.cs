namespace DotNats.Server.Monitoring;

/// <summary>How long something has run, as monitoring replies show it: <c>5s</c>, <c>1h2m3s</c>, <c>1y2d3h4m5s</c>. A year has 365 days.</summary>
public static class GoUptime
{
    /// <summary>Writes whole seconds; the largest unit that is not zero comes first.</summary>
    public static string Format(TimeSpan duration)
    {
        long seconds = duration.Ticks / TimeSpan.TicksPerSecond;
        long minutes = seconds / 60;
        long hours = minutes / 60;
        long days = hours / 24;
        long years = days / 365;
        if (years > 0) return $"{years}y{days % 365}d{hours % 24}h{minutes % 60}m{seconds % 60}s";
        if (days > 0) return $"{days}d{hours % 24}h{minutes % 60}m{seconds % 60}s";
        if (hours > 0) return $"{hours}h{minutes % 60}m{seconds % 60}s";
        return minutes > 0 ? $"{minutes}m{seconds % 60}s" : $"{seconds}s";
    }
}
