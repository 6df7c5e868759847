namespace DotNats.JetStream.Publishing.Schedules;

/// <summary>One field of a cron expression: the values at which it fires, as bits.</summary>
/// <remarks>
/// Grammar: <c>range ("," range)*</c> with <c>range = ("*" | "?" | value ["-" value]) ["/" step]</c>; a single value with a step goes on to the
/// field's end. Values may be names in the fields that have them.
/// </remarks>
/// <param name="Bits">Bit n for value n.</param>
/// <param name="IsAny">Written as a star that leaves nothing out: decides how days of month and week go together.</param>
internal readonly record struct CronField(ulong Bits, bool IsAny)
{
    private static readonly string[] Months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    private static readonly string[] Weekdays = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

    /// <summary>Fires at that value.</summary>
    public bool Has(int value) => (Bits & (1UL << value)) != 0;

    public static bool TryParseClock(string text, int max, out CronField field) => TryParse(text, new Bounds(0, max, []), out field);

    public static bool TryParseDay(string text, out CronField field) => TryParse(text, new Bounds(1, 31, []), out field);

    public static bool TryParseMonth(string text, out CronField field) => TryParse(text, new Bounds(1, 12, Months), out field);

    public static bool TryParseWeekday(string text, out CronField field) => TryParse(text, new Bounds(0, 6, Weekdays), out field);

    // Compat: a field of nothing but commas is valid and never fires.
    private static bool TryParse(string text, Bounds bounds, out CronField field)
    {
        ulong bits = 0;
        bool isAny = false;
        field = default;
        foreach (string range in text.Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            if (!TryParseRange(range, bounds, out ulong part, out bool isAnyPart)) return false;
            bits |= part;
            isAny |= isAnyPart;
        }

        field = new CronField(bits, isAny);
        return true;
    }

    private static bool TryParseRange(string text, Bounds bounds, out ulong bits, out bool isAny)
    {
        bits = 0;
        isAny = false;
        string[] parts = text.Split('/');
        string[] ends = parts[0].Split('-');
        if (parts.Length > 2 || !TryParseEnds(ends, bounds, out long start, out long end, out isAny)) return false;
        long step = 1;
        if (parts.Length == 2)
        {
            if (!TryParseNumber(parts[1], out step) || step == 0) return false;
            if (ends.Length == 1) end = bounds.Max;
            if (step > 1) isAny = false;
        }

        if (start < bounds.Min || end > bounds.Max || start > end) return false;
        for (long value = start; value <= end; value += Math.Min(step, bounds.Max + 1)) bits |= 1UL << (int)value;
        return true;
    }

    // Compat: behind a star an end is not looked at.
    private static bool TryParseEnds(string[] ends, Bounds bounds, out long start, out long end, out bool isAny)
    {
        (start, end) = (bounds.Min, bounds.Max);
        isAny = ends[0] is "*" or "?";
        if (isAny) return true;
        if (ends.Length > 2 || !TryParseValue(ends[0], bounds, out start)) return false;
        end = start;
        return ends.Length == 1 || TryParseValue(ends[1], bounds, out end);
    }

    private static bool TryParseValue(string text, Bounds bounds, out long value)
    {
        int name = Array.FindIndex(bounds.Names, name => name.Equals(text, StringComparison.OrdinalIgnoreCase));
        value = name + bounds.Min;
        return name >= 0 || TryParseNumber(text, out value);
    }

    private static bool TryParseNumber(string text, out long value)
    {
        value = 0;
        string digits = text is ['+', ..] ? text[1..] : text;
        return digits.Length > 0 && digits.All(char.IsAsciiDigit) && long.TryParse(digits, out value);
    }

    private readonly record struct Bounds(int Min, int Max, string[] Names);
}
