using DotNats.Primitives;
using DotNats.Protocol.Text;

namespace DotNats.Configuration.Validation;

/// <summary>Which compression modes there are and what their thresholds must be.</summary>
internal static class CompressionRules
{
    private const int MostThresholds = 4;

    /// <summary>What is wrong, or null.</summary>
    public static string? Check(CompressionOptions? compression)
    {
        if (compression is not { Mode.Length: > 0 })
            return null;
        return compression.Mode.ToLowerInvariant() switch
        {
            "auto" or "s2_auto" => CheckThresholds(compression),
            "on" or "enabled" or "true" or "off" or "disabled" or "false" or "accept" or "not supported" or "not_supported"
                or "fast" or "s2_fast" or "better" or "s2_better" or "best" or "s2_best" => null,
            _ => $"unsupported compression mode {GoQuote.Quote(compression.Mode)}",
        };
    }

    // Zero leaves a level out wherever it stands; at the end it says nothing.
    private static string? CheckThresholds(CompressionOptions compression)
    {
        if (compression.RoundTripThresholds.Count == 0)
            return null;
        string shown = $"[{string.Join(' ', compression.RoundTripThresholds.Select(GoDuration.Format))}]";
        TimeSpan highest = TimeSpan.Zero;
        foreach (TimeSpan threshold in compression.RoundTripThresholds.Where(t => t > TimeSpan.Zero))
        {
            if (threshold < highest)
                return $"RTT threshold values {shown} should be in ascending order";
            highest = threshold;
        }
        int used = compression.RoundTripThresholds.Reverse().SkipWhile(t => t <= TimeSpan.Zero).Count();
        string mode = GoQuote.Quote(compression.Mode);
        if (used > MostThresholds)
            return $"compression mode {mode} should have no more than 4 RTT thresholds: {shown}";
        return used == 0 ? $"compression mode {mode} requires at least one RTT threshold" : null;
    }
}
