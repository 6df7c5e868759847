namespace DotNats.JetStream.Publishing.Schedules;

/// <summary>Time zones by their IANA names, from the system's data (<c>/usr/share/zoneinfo</c>).</summary>
/// <remarks>The framework keeps what was read. Where the system has no such data, only <c>UTC</c> is known.</remarks>
internal static class ScheduleZones
{
    /// <summary>Finds a zone; null for one that is not known.</summary>
    public static TimeZoneInfo? Find(string name)
    {
        if (name == "UTC") return TimeZoneInfo.Utc;
        // Compat: "Local" is the server's own zone, as for Go's LoadLocation.
        if (name == "Local") return TimeZoneInfo.Local;
        if (!IsPlain(name)) return null;
        try
        {
            // The framework does not look at case where it has read a zone before.
            return TimeZoneInfo.TryFindSystemTimeZoneById(name, out TimeZoneInfo? zone) && zone.Id == name ? zone : null;
        }
        catch (Exception failure) when (failure is InvalidTimeZoneException or IOException or UnauthorizedAccessException or ArgumentException)
        {
            return null;
        }
    }

    // Names are looked up as paths below the data's directory: nothing that leads out of it. No zone is called otherwise.
    private static bool IsPlain(string name) =>
        name.Length is > 0 and <= 64
        && char.IsAsciiLetter(name[0])
        && name.All(character => char.IsAsciiLetterOrDigit(character) || character is '/' or '_' or '-' or '+')
        && !name.EndsWith('/');
}
