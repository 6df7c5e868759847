using System.Globalization;

namespace DotNats.Protocol.Text;

/// <summary>One reading of a time in RFC 3339, in the order in which Go looks at its parts: the order decides which error is told.</summary>
internal ref struct GoTimeReader(string text)
{
    private const string Layout = "2006-01-02T15:04:05Z07:00";
    private const int NanosecondDigits = 9;

    private ReadOnlySpan<char> _rest = text;

    /// <summary>What is wrong, in Go's words.</summary>
    public string? Error { get; private set; }

    public bool Read(out GoTime time)
    {
        time = default;
        if (!ReadYear(out int year) || !Skip('-')
            || !ReadNumber("01", 2, out int month) || !InRange(month is >= 1 and <= 12, "month") || !Skip('-')
            || !ReadNumber("02", 2, out int day) || !Skip('T')
            || !ReadNumber("15", 1, out int hour) || !InRange(hour < 24, "hour") || !Skip(':')
            || !ReadNumber("04", 2, out int minute) || !InRange(minute < 60, "minute") || !Skip(':')
            || !ReadNumber("05", 2, out int second) || !InRange(second < 60, "second")) return false;
        int nanoseconds = ReadFraction();
        if (!ReadOffset(out int offset)) return false;
        if (_rest.Length > 0) return Fail($": extra text: {GoDuration.Quote(_rest.ToString())}");
        // The calendar repeats: the year 0 is as long as the year 4.
        if (day < 1 || day > DateTime.DaysInMonth(year == 0 ? 4 : year, month)) return Fail(": day out of range");
        long seconds = (GoTime.DaysOf(year, month, day) * 86_400) + (hour * 3600) + (minute * 60) + second;
        time = new GoTime(seconds - (offset * 60L), nanoseconds, offset);
        return true;
    }

    private bool ReadYear(out int year)
    {
        year = 0;
        if (_rest.Length < 4 || !int.TryParse(_rest[..4], NumberStyles.None, CultureInfo.InvariantCulture, out year)) return Expect("2006");
        _rest = _rest[4..];
        return true;
    }

    private bool Skip(char separator)
    {
        if (_rest.IsEmpty || _rest[0] != separator) return Expect(separator.ToString());
        _rest = _rest[1..];
        return true;
    }

    // Two digits, or one where fewer are allowed.
    private bool ReadNumber(string part, int least, out int number)
    {
        int digits = _rest is [>= '0' and <= '9', >= '0' and <= '9', ..] ? 2 : _rest is [>= '0' and <= '9', ..] ? 1 : 0;
        number = 0;
        if (digits < least) return Expect(part);
        number = int.Parse(_rest[..digits], NumberStyles.None, CultureInfo.InvariantCulture);
        _rest = _rest[digits..];
        return true;
    }

    private int ReadFraction()
    {
        if (_rest is not ['.' or ',', >= '0' and <= '9', ..]) return 0;
        int length = _rest[1..].IndexOfAnyExceptInRange('0', '9');
        ReadOnlySpan<char> digits = length < 0 ? _rest[1..] : _rest.Slice(1, length);
        _rest = _rest[(1 + digits.Length)..];
        int value = 0;
        for (int i = 0; i < NanosecondDigits; i++) value = (value * 10) + (i < digits.Length ? digits[i] - '0' : 0);
        return value;
    }

    private bool ReadOffset(out int minutes)
    {
        minutes = 0;
        if (_rest is ['Z', ..])
        {
            _rest = _rest[1..];
            return true;
        }

        if (_rest is not ['+' or '-', >= '0' and <= '9', >= '0' and <= '9', ':', >= '0' and <= '9', >= '0' and <= '9', ..]) return Expect("Z07:00");
        int hour = int.Parse(_rest.Slice(1, 2), NumberStyles.None, CultureInfo.InvariantCulture);
        int minute = int.Parse(_rest.Slice(4, 2), NumberStyles.None, CultureInfo.InvariantCulture);
        if (!InRange(hour <= 24, "time zone offset hour") || !InRange(minute <= 60, "time zone offset minute")) return false;
        minutes = ((hour * 60) + minute) * (_rest[0] == '-' ? -1 : 1);
        _rest = _rest[6..];
        return true;
    }

    private bool InRange(bool isInRange, string part) => isInRange || Fail($": {part} out of range");

    private bool Expect(string part) => Fail($" as {GoDuration.Quote(Layout)}: cannot parse {GoDuration.Quote(_rest.ToString())} as {GoDuration.Quote(part)}");

    private bool Fail(string what)
    {
        Error = $"parsing time {GoDuration.Quote(text)}{what}";
        return false;
    }
}
