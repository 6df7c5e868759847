using System.Globalization;
using DotNats.Protocol.Text;

namespace DotNats.Reload;

/// <summary>Compares option values by what they hold, and shows them as nats-server's messages do.</summary>
internal static class OptionValue
{
    public static bool Same(object? before, object? after) => (before, after) switch
    {
        (null or "", null or "") => true,
        (IReadOnlyDictionary<string, string> a, IReadOnlyDictionary<string, string> b) => SameMap(a, b),
        (IReadOnlyDictionary<string, bool> a, IReadOnlyDictionary<string, bool> b) => SameMap(a, b),
        (IReadOnlySet<string> a, IReadOnlySet<string> b) => a.SetEquals(b),
        (IEnumerable<string> a, IEnumerable<string> b) => a.SequenceEqual(b, StringComparer.Ordinal),
        _ => Equals(before, after),
    };

    /// <summary>The value as Go prints it with <c>%v</c>.</summary>
    public static string Format(object? value) => value switch
    {
        null => "",
        true => "true",
        false => "false",
        TimeSpan duration => GoDuration.Format(duration),
        WriteTimeoutPolicy.Default => "",
        WriteTimeoutPolicy policy => policy == WriteTimeoutPolicy.Close ? "close" : "retry",
        IReadOnlyDictionary<string, bool> map => FormatMap(map),
        IFormattable formattable => formattable.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString() ?? "",
    };

    private static bool SameMap<T>(IReadOnlyDictionary<string, T> a, IReadOnlyDictionary<string, T> b) =>
        a.Count == b.Count && a.All(entry => b.TryGetValue(entry.Key, out T? value) && Equals(entry.Value, value));

    private static string FormatMap(IReadOnlyDictionary<string, bool> map) =>
        $"map[{string.Join(' ', map.OrderBy(entry => entry.Key, StringComparer.Ordinal).Select(entry => $"{entry.Key}:{Format(entry.Value)}"))}]";
}
