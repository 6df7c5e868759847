using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using DotNats.Primitives;

namespace DotNats.Security;

/// <summary>One object of a JWT's JSON, read as Go's <c>encoding/json</c> reads it.</summary>
/// <remarks>
/// Compat: names match whatever their case, the last of equal ones counts, null is absent, unknown names are skipped, numbers are whole and in
/// range, and a wrong type makes the whole JWT unreadable: that is a <see cref="JsonException"/>, caught in <see cref="JwtReader"/> alone.
/// </remarks>
internal readonly struct ClaimObject
{
    private readonly JsonElement _element;
    private readonly bool _plainNames;

    private ClaimObject(JsonElement element)
    {
        _element = element;
        _plainNames = HasPlainNames(element);
    }

    /// <summary>False when the object is not there or null; everything in it is absent then.</summary>
    public bool Exists => _element.ValueKind == JsonValueKind.Object;

    public JsonElement Element => _element;

    public static ClaimObject Of(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Undefined or JsonValueKind.Null => default,
        JsonValueKind.Object => new ClaimObject(element),
        _ => throw WrongType("an object"),
    };

    public static JsonException WrongType(string wanted) => new($"{wanted} is expected");

    /// <summary>The member; undefined when it is absent or null.</summary>
    public JsonElement Find(string name)
    {
        JsonElement found = default;
        if (!Exists)
            return found;
        if (_plainNames)
            _element.TryGetProperty(name, out found);
        else
            found = FindFolded(name);
        return found.ValueKind == JsonValueKind.Null ? default : found;
    }

    public ClaimObject Object(string name) => Of(Find(name));

    public string Text(string name) => Find(name) is { ValueKind: not JsonValueKind.Undefined } found ? TextOf(found) : "";

    public bool Flag(string name) => Find(name).ValueKind switch
    {
        JsonValueKind.Undefined or JsonValueKind.False => false,
        JsonValueKind.True => true,
        _ => throw WrongType("true or false"),
    };

    public long Number(string name, long whenAbsent = 0, long least = long.MinValue, long most = long.MaxValue) =>
        Find(name) is { ValueKind: not JsonValueKind.Undefined } found ? NumberOf(found, least, most) : whenAbsent;

    public ulong Unsigned(string name)
    {
        JsonElement found = Find(name);
        if (found.ValueKind == JsonValueKind.Undefined)
            return 0;
        return found.ValueKind == JsonValueKind.Number && found.TryGetUInt64(out ulong value) ? value : throw WrongType("a whole number");
    }

    /// <summary>A duration in nanoseconds.</summary>
    public TimeSpan Duration(string name) => TimeSpan.FromTicks(Number(name) / TimeSpan.NanosecondsPerTick);

    /// <summary>Null when the list is absent.</summary>
    public string[]? TextsOrNull(string name) => List(name, static item => item.ValueKind == JsonValueKind.Null ? "" : TextOf(item));

    public string[] Texts(string name) => TextsOrNull(name) ?? [];

    /// <summary>Null when the list is absent.</summary>
    public T[]? List<T>(string name, Func<JsonElement, T> read)
    {
        JsonElement found = Find(name);
        if (found.ValueKind == JsonValueKind.Undefined)
            return null;
        if (found.ValueKind != JsonValueKind.Array)
            throw WrongType("a list");
        T[] items = new T[found.GetArrayLength()];
        int count = 0;
        foreach (JsonElement item in found.EnumerateArray())
            items[count++] = read(item);
        return items;
    }

    /// <summary>A map by whatever names it has; empty when it is absent.</summary>
    public IReadOnlyDictionary<string, T> Map<T>(string name, Func<JsonElement, T> read)
    {
        ClaimObject found = Object(name);
        if (!found.Exists)
            return EmptyMap<T>.Instance;
        Dictionary<string, T> map = new(StringComparer.Ordinal);
        foreach (JsonProperty property in found._element.EnumerateObject())
            map[NameOf(property)] = read(property.Value);
        return map;
    }

    public static string TextOf(JsonElement element)
    {
        if (element.ValueKind != JsonValueKind.String)
            throw WrongType("text");
        return Unescape(JsonMarshal.GetRawUtf8Value(element)[1..^1]);
    }

    public static long NumberOf(JsonElement element, long least = long.MinValue, long most = long.MaxValue) =>
        element.ValueKind == JsonValueKind.Number && element.TryGetInt64(out long value) && value >= least && value <= most
            ? value
            : throw WrongType("a whole number");

    private static string NameOf(JsonProperty property) => Unescape(JsonMarshal.GetRawUtf8PropertyName(property));

    // Halves of surrogate pairs become U+FFFD here, where GetString would throw.
    private static string Unescape(ReadOnlySpan<byte> text) => text.Contains((byte)'\\') ? GoJsonText.Unescape(text) : Encoding.UTF8.GetString(text);

    private static bool HasPlainNames(JsonElement element)
    {
        foreach (JsonProperty property in element.EnumerateObject())
        {
            foreach (byte character in JsonMarshal.GetRawUtf8PropertyName(property))
            {
                if (character is not ((>= (byte)'a' and <= (byte)'z') or (>= (byte)'0' and <= (byte)'9') or (byte)'_'))
                    return false;
            }
        }

        return true;
    }

    private JsonElement FindFolded(string name)
    {
        JsonElement found = default;
        foreach (JsonProperty property in _element.EnumerateObject())
        {
            string other = NameOf(property);
            bool same = other.Length == name.Length;
            for (int i = 0; same && i < name.Length; i++)
                same = GoJsonText.Fold(other[i]) == name[i];
            if (same)
                found = property.Value;
        }

        return found;
    }
}
