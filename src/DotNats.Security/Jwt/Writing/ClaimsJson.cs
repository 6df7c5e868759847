using System.Text.Json;

namespace DotNats.Security;

/// <summary>Members that are left out when they say nothing, as everywhere in NATS claims.</summary>
internal static class ClaimsJson
{
    public static void TextUnlessEmpty(this Utf8JsonWriter json, ReadOnlySpan<byte> name, string text)
    {
        if (text.Length > 0)
            json.WriteString(name, text);
    }

    public static void NumberUnlessZero(this Utf8JsonWriter json, ReadOnlySpan<byte> name, long number)
    {
        if (number != 0)
            json.WriteNumber(name, number);
    }

    public static void DurationUnlessZero(this Utf8JsonWriter json, ReadOnlySpan<byte> name, TimeSpan duration) =>
        json.NumberUnlessZero(name, Nanoseconds(duration));

    public static void FlagUnlessFalse(this Utf8JsonWriter json, ReadOnlySpan<byte> name, bool flag)
    {
        if (flag)
            json.WriteBoolean(name, true);
    }

    public static void TextsUnlessEmpty(this Utf8JsonWriter json, ReadOnlySpan<byte> name, IReadOnlyList<string>? texts)
    {
        if (texts is not { Count: > 0 })
            return;
        json.WriteStartArray(name);
        foreach (string text in texts)
            json.WriteStringValue(text);
        json.WriteEndArray();
    }

    /// <summary>Seconds by key, sorted as everything without an order of its own.</summary>
    public static void TimesUnlessEmpty(this Utf8JsonWriter json, ReadOnlySpan<byte> name, IReadOnlyDictionary<string, long> times)
    {
        if (times.Count == 0)
            return;
        json.WriteStartObject(name);
        foreach ((string key, long seconds) in times.OrderBy(entry => entry.Key, StringComparer.Ordinal))
            json.WriteNumber(key, seconds);
        json.WriteEndObject();
    }

    // A TimeSpan reaches further than nanoseconds in 64 bits do.
    public static long Nanoseconds(TimeSpan duration) =>
        long.Clamp(duration.Ticks, long.MinValue / TimeSpan.NanosecondsPerTick, long.MaxValue / TimeSpan.NanosecondsPerTick) * TimeSpan.NanosecondsPerTick;
}
