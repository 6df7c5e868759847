using System.Globalization;
using DotNats.Primitives;

namespace DotNats.Configuration.Language;

/// <summary>Values as Go's formatting verbs print them, since nats-server's messages are compared and searched for.</summary>
internal static class GoText
{
    /// <summary><c>%q</c>: in double quotes, with what cannot be printed escaped.</summary>
    public static string Quote(string text) => GoQuote.Quote(text);

    /// <summary><c>%q</c> of a list: <c>["a" "b"]</c>.</summary>
    public static string Quote(IEnumerable<string> items) => $"[{string.Join(' ', items.Select(Quote))}]";

    /// <summary><c>%T</c>: the Go type nats-server would have for this value.</summary>
    public static string TypeOf(object value) => value switch
    {
        string => "string",
        long => "int64",
        double => "float64",
        bool => "bool",
        DateTime => "time.Time",
        ConfigList => "[]interface {}",
        _ => "map[string]interface {}",
    };

    /// <summary><c>%v</c> of a value from a file.</summary>
    public static string Print(object value) => value switch
    {
        string text => text,
        bool flag => flag ? "true" : "false",
        long number => number.ToString(CultureInfo.InvariantCulture),
        double number => Float(number),
        DateTime date => date.ToString("yyyy-MM-dd HH:mm:ss +0000 'UTC'", CultureInfo.InvariantCulture),
        ConfigList list => $"[{string.Join(' ', list.Items.Select(i => Print(i.Value)))}]",
        ConfigMap map => $"map[{string.Join(' ', map.Entries.Order(ByKey).Select(e => $"{e.Key}:{Print(e.Value.Value)}"))}]",
        _ => "",
    };

    /// <summary><c>%s</c> of a value from a file, which is meant for text and says so of anything else.</summary>
    public static string PrintAsText(object value) => value is string text ? text : $"%!s({TypeOf(value)}={Print(value)})";

    /// <summary><c>%v</c> of a float: shortest digits, with an exponent below 1e-4 and from 1e21.</summary>
    public static string Float(double value) => FloatFormat.Write(value, smallest: 1e-4, exponentDigits: 2);

    private static readonly Comparer<KeyValuePair<string, ConfigNode>> ByKey =
        Comparer<KeyValuePair<string, ConfigNode>>.Create((a, b) => string.CompareOrdinal(a.Key, b.Key));
}
