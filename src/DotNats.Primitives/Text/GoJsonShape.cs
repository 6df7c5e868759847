using System.Text;
using System.Text.Json;

namespace DotNats.Primitives;

/// <summary>
/// What Go's <c>encoding/json</c> expects where a value is read into one of its types, and in which words it refuses another. Pure data, for errors
/// only: whoever reads values does so on its own, and asks here when that fails.
/// </summary>
/// <remarks>
/// Compat: a wrong type is told after the whole text was found to be JSON; the first counts, and its path has names as they were written. Null fits
/// everywhere.
/// </remarks>
public sealed class GoJsonShape
{
    private const int MaxDepth = 10_000;

    private enum Kind
    {
        Text,
        Flag,
        Number,
        Object,
        Map,
        List,
        Other,
    }

    /// <summary>Checks a value with rules of its own: null, or the whole error. The reader is a copy and stands on the value.</summary>
    public delegate string? Check(Utf8JsonReader reader);

    private readonly Kind _kind;
    private readonly string _typeName;
    private Int128 _least;
    private Int128 _most;
    private IReadOnlyList<(string Name, GoJsonShape Shape)> _members = [];
    private GoJsonShape? _element;
    private Check? _check;

    private GoJsonShape(Kind kind, string typeName)
    {
        _kind = kind;
        _typeName = typeName;
    }

    public static GoJsonShape Text(string typeName = "string") => new(Kind.Text, typeName);

    public static GoJsonShape Flag() => new(Kind.Flag, "bool");

    public static GoJsonShape Number(string typeName = "int64") => Number(typeName, long.MinValue, long.MaxValue);

    /// <summary>A whole number in bounds.</summary>
    public static GoJsonShape Number(string typeName, Int128 least, Int128 most) => new(Kind.Number, typeName) { _least = least, _most = most };

    /// <summary>An object; members that are not named are passed over.</summary>
    public static GoJsonShape Struct(string typeName, params IReadOnlyList<(string Name, GoJsonShape Shape)> members) =>
        new(Kind.Object, typeName) { _members = members };

    /// <summary>An object by whatever names.</summary>
    public static GoJsonShape Map(string typeName, GoJsonShape element) => new(Kind.Map, typeName) { _element = element };

    public static GoJsonShape List(string typeName, GoJsonShape element) => new(Kind.List, typeName) { _element = element };

    public static GoJsonShape Texts(string typeName = "[]string") => List(typeName, Text());

    public static GoJsonShape Other(Check check) => new(Kind.Other, "") { _check = check };

    /// <summary>What is wrong with a text that is to have this shape; null for nothing.</summary>
    public string? FindError(ReadOnlySpan<byte> json)
    {
        if (GoJsonSyntax.FindError(json) is { } error) return error;
        var reader = new Utf8JsonReader(GoJsonText.Repair(json), new JsonReaderOptions { MaxDepth = MaxDepth });
        reader.Read();
        return FindError(ref reader, _typeName[(_typeName.IndexOf('.') + 1)..]);
    }

    /// <summary>The same for a value within another text.</summary>
    /// <param name="reader">Stands on the value, and on its end afterwards.</param>
    /// <param name="structure">What paths in errors begin with.</param>
    public string? FindError(ref Utf8JsonReader reader, string structure) => Walk(ref reader, new Place(structure, "", IsElement: false));

    /// <summary>What Go calls a value in errors.</summary>
    public static string NameOf(JsonTokenType token) => token switch
    {
        JsonTokenType.String => "string",
        JsonTokenType.Number => "number",
        JsonTokenType.True or JsonTokenType.False => "bool",
        JsonTokenType.StartArray => "array",
        _ => "object",
    };

    // The whole value is read in any case.
    private string? Walk(ref Utf8JsonReader reader, Place place)
    {
        JsonTokenType token = reader.TokenType;
        if (_check is not null && token != JsonTokenType.Null)
        {
            string? error = _check(reader);
            reader.Skip();
            return error;
        }

        switch (_kind, token)
        {
            case (_, JsonTokenType.Null):
            case (Kind.Text, JsonTokenType.String):
            case (Kind.Flag, JsonTokenType.True or JsonTokenType.False):
                return null;
            case (Kind.Number, JsonTokenType.Number):
                return IsInBounds(ref reader) ? null : Refuse(place, $"number {Encoding.UTF8.GetString(reader.ValueSpan)}");
            case (Kind.Object or Kind.Map, JsonTokenType.StartObject):
                return WalkMembers(ref reader, place);
            case (Kind.List, JsonTokenType.StartArray):
                return WalkElements(ref reader, place);
            default:
                reader.Skip();
                return Refuse(place, NameOf(token));
        }
    }

    private bool IsInBounds(ref Utf8JsonReader reader)
    {
        Int128 value;
        if (reader.TryGetInt64(out long whole)) value = whole;
        else if (reader.TryGetUInt64(out ulong large)) value = large;
        else return false;
        return value >= _least && value <= _most;
    }

    private string? WalkMembers(ref Utf8JsonReader reader, Place place)
    {
        string? error = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string name = GoJsonText.Read(ref reader);
            GoJsonShape? shape = _element ?? Find(name);
            reader.Read();
            if (shape is null) reader.Skip();
            else if (shape.Walk(ref reader, place.Inside(name, isElement: false)) is { } found) error ??= found;
        }

        return error;
    }

    private string? WalkElements(ref Utf8JsonReader reader, Place place)
    {
        string? error = null;
        for (int i = 0; reader.Read() && reader.TokenType != JsonTokenType.EndArray; i++)
        {
            if (_element!.Walk(ref reader, place.Inside($"{i}", isElement: true)) is { } found) error ??= found;
        }

        return error;
    }

    private GoJsonShape? Find(string written)
    {
        GoJsonShape? folded = null;
        foreach ((string name, GoJsonShape shape) in _members)
        {
            if (name == written) return shape;
            if (folded is null && GoJsonText.IsSameName(name, written)) folded = shape;
        }

        return folded;
    }

    // Compat: elements are named without the words that members are.
    private string Refuse(Place place, string what) => place.Path.Length == 0
        ? $"json: cannot unmarshal {what} into Go value of type {_typeName}"
        : $"json: cannot unmarshal {what} into {(place.IsElement ? "" : "Go struct field ")}{place.Structure}.{place.Path} of type {_typeName}";

    private readonly record struct Place(string Structure, string Path, bool IsElement)
    {
        public Place Inside(string name, bool isElement) => new(Structure, Path.Length == 0 ? name : $"{Path}.{name}", isElement);
    }
}
