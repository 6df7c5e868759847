namespace DotNats.JetStream.Direct;

/// <summary>Writes times as Go does (RFC 3339 with nanoseconds, without needless zeros, UTC), without making a string of them.</summary>
internal static class TimeStampText
{
    /// <summary>Bytes of <c>2026-01-02T03:04:05.123456789Z</c>.</summary>
    public const int Longest = 30;

    private const long NanosecondsPerSecond = 1_000_000_000;

    /// <param name="timestamp">Nanoseconds since 1970, not before.</param>
    /// <returns>Bytes written.</returns>
    public static int Write(long timestamp, Span<byte> target)
    {
        (long seconds, long nanoseconds) = Math.DivRem(timestamp, NanosecondsPerSecond);
        DateTime time = DateTime.UnixEpoch.AddTicks(seconds * TimeSpan.TicksPerSecond);
        Digits(target, time.Year, 4);
        target[4] = (byte)'-';
        Digits(target[5..], time.Month, 2);
        target[7] = (byte)'-';
        Digits(target[8..], time.Day, 2);
        target[10] = (byte)'T';
        Digits(target[11..], time.Hour, 2);
        target[13] = (byte)':';
        Digits(target[14..], time.Minute, 2);
        target[16] = (byte)':';
        Digits(target[17..], time.Second, 2);
        int length = 19;
        if (nanoseconds > 0)
        {
            target[length] = (byte)'.';
            Digits(target[20..], (int)nanoseconds, 9);
            length = 29;
            while (target[length - 1] == '0') length--;
        }

        target[length] = (byte)'Z';
        return length + 1;
    }

    private static void Digits(Span<byte> target, int value, int count)
    {
        for (int i = count - 1; i >= 0; i--)
        {
            target[i] = (byte)('0' + (value % 10));
            value /= 10;
        }
    }
}
