using System.Buffers.Text;
using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging;

namespace DotNats.Logging;

/// <summary>How a log line starts: <c>[pid] 2026/11/22 20:48:15.123456 [INF] </c>, as nats-server writes it.</summary>
// Owner: shared by all threads; immutable but for the cached second, which is replaced whole.
public sealed class LogLineFormat
{
    private readonly byte[] _processPrefix;
    private readonly bool _timestamps;
    private readonly bool _utc;
    private readonly bool _colors;
    private readonly TimeProvider _time;
    private SecondText? _second;

    /// <param name="processId">Shown in brackets before everything else.</param>
    /// <param name="timestamps">False leaves the time out (<c>logtime</c>).</param>
    /// <param name="utc">Time in UTC instead of the local zone (<c>logtime_utc</c>).</param>
    /// <param name="colors">Labels in the terminal colours of nats-server.</param>
    /// <param name="time">Clock and local time zone.</param>
    public LogLineFormat(int processId, bool timestamps = true, bool utc = false, bool colors = false, TimeProvider? time = null)
    {
        _processPrefix = Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"[{processId}] "));
        _timestamps = timestamps;
        _utc = utc;
        _colors = colors;
        _time = time ?? TimeProvider.System;
    }

    internal TimeProvider Time => _time;

    internal void AppendHeader(ref LogEntryBuffer entry, LogLevel level)
    {
        entry.Append(_processPrefix);
        if (_timestamps) AppendTime(ref entry);
        entry.Append(_colors ? ColoredLabel(level) : PlainLabel(level));
    }

    private void AppendTime(ref LogEntryBuffer entry)
    {
        DateTimeOffset now = _time.GetUtcNow();
        long second = now.UtcTicks / TimeSpan.TicksPerSecond;
        SecondText? text = Volatile.Read(ref _second);
        if (text is null || text.Second != second)
        {
            text = new SecondText(second, _utc ? now : TimeZoneInfo.ConvertTime(now, _time.LocalTimeZone));
            Volatile.Write(ref _second, text);
        }
        entry.Append(text.Utf8);
        Span<byte> fraction = stackalloc byte[7];
        long microseconds = now.UtcTicks % TimeSpan.TicksPerSecond / TimeSpan.TicksPerMicrosecond;
        Utf8Formatter.TryFormat(microseconds, fraction, out _, new System.Buffers.StandardFormat('D', 6));
        fraction[6] = (byte)' ';
        entry.Append(fraction);
    }

    private static ReadOnlySpan<byte> PlainLabel(LogLevel level) => level switch
    {
        LogLevel.Trace => "[TRC] "u8,
        LogLevel.Debug => "[DBG] "u8,
        LogLevel.Warning => "[WRN] "u8,
        LogLevel.Error => "[ERR] "u8,
        LogLevel.Critical => "[FTL] "u8,
        _ => "[INF] "u8,
    };

    private static ReadOnlySpan<byte> ColoredLabel(LogLevel level) => level switch
    {
        LogLevel.Trace => "[\e[33mTRC\e[0m] "u8,
        LogLevel.Debug => "[\e[36mDBG\e[0m] "u8,
        LogLevel.Warning => "[\e[0;93mWRN\e[0m] "u8,
        LogLevel.Error => "[\e[31mERR\e[0m] "u8,
        LogLevel.Critical => "[\e[31mFTL\e[0m] "u8,
        _ => "[\e[32mINF\e[0m] "u8,
    };

    /// <summary>Date and time down to the second, with the dot before the microseconds: the part many lines in a row share.</summary>
    private sealed class SecondText(long second, DateTimeOffset time)
    {
        public long Second { get; } = second;

        public byte[] Utf8 { get; } = Encoding.UTF8.GetBytes(time.ToString("yyyy/MM/dd HH:mm:ss.", CultureInfo.InvariantCulture));
    }
}
