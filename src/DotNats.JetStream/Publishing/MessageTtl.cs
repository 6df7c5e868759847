using System.Text;
using DotNats.JetStream.Publishing.Headers;
using DotNats.Protocol.Text;

namespace DotNats.JetStream.Publishing;

/// <summary>
/// How long a message lives by its own header (ADR-43): <c>never</c>, seconds, or a duration of at least a second, of which whole seconds count.
/// </summary>
/// <param name="Seconds">0 for no time of its own, -1 for ever.</param>
internal readonly record struct MessageTtl(long Seconds)
{
    private const long Forever = -1;
    private const long NanosecondsPerSecond = 1_000_000_000;

    // Digits that stay below the 292 years a duration can have.
    private const int SafeDigits = 9;
    private const int SafeMinuteDigits = 8;
    private const int SafeHourDigits = 6;

    public static MessageTtl None => default;

    public static MessageTtl Never => new(Forever);

    public bool IsNone => Seconds == 0;

    public bool IsNever => Seconds < 0;

    /// <summary>Reads the value of a header; false for one that means no time. An empty value is no time of its own.</summary>
    public static bool TryRead(ReadOnlySpan<byte> value, out MessageTtl ttl)
    {
        ttl = None;
        if (value.IsEmpty) return true;
        if (!TryReadPlain(value, out long seconds)) return TryReadDuration(value, out ttl);
        ttl = new MessageTtl(seconds);
        return true;
    }

    /// <summary>When a message stored then expires; <see cref="long.MaxValue"/> for never, 0 for no time of its own.</summary>
    /// <param name="timestamp">Nanoseconds since 1970.</param>
    public long ExpiryOf(long timestamp)
    {
        if (IsNone) return 0;
        // A time beyond what 64 bits of nanoseconds hold never comes.
        return IsNever || Seconds > (long.MaxValue - timestamp) / NanosecondsPerSecond ? long.MaxValue : timestamp + (Seconds * NanosecondsPerSecond);
    }

    // What nearly everybody writes, without making a string of it: "never", 3600, 60s, 5m, 2h.
    private static bool TryReadPlain(ReadOnlySpan<byte> value, out long seconds)
    {
        seconds = Forever;
        if (Ascii.EqualsIgnoreCase(value, "never"u8)) return true;
        (int unit, int most) = value[^1] switch
        {
            (byte)'s' => (1, SafeDigits),
            (byte)'m' => (60, SafeMinuteDigits),
            (byte)'h' => (3600, SafeHourDigits),
            _ => (0, SafeDigits),
        };
        ReadOnlySpan<byte> digits = unit == 0 ? value : value[..^1];
        if (digits.IsEmpty || digits.Length > most) return false;
        seconds = HeaderNumbers.ReadWrapping(digits);
        if (seconds <= 0) return false;
        if (unit > 0) seconds *= unit;
        return true;
    }

    private static bool TryReadDuration(ReadOnlySpan<byte> value, out MessageTtl ttl)
    {
        ttl = None;
        if (GoDuration.TryParseNanoseconds(Encoding.UTF8.GetString(value), out long nanoseconds, out _))
        {
            if (nanoseconds < NanosecondsPerSecond) return false;
            ttl = new MessageTtl(nanoseconds / NanosecondsPerSecond);
            return true;
        }

        // Compat: "0" is a duration below a second and refused; "00" is a number and means no time of its own.
        long seconds = HeaderNumbers.ReadWrapping(value);
        if (seconds < 0) return false;
        ttl = new MessageTtl(seconds);
        return true;
    }
}
