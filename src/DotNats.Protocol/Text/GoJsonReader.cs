using System.Globalization;
using System.Text;
using System.Text.Json;
using DotNats.Primitives;

namespace DotNats.Protocol.Text;

/// <summary>Reads the values of JSON as Go's <c>encoding/json</c> reads them into fields, with the same words for what is wrong.</summary>
/// <remarks>
/// Each method takes what the field held and returns what it holds afterwards: null leaves most fields alone, and so does a value of a wrong
/// kind. The first thing that is wrong is told; reading goes on to the end. Structures are read by <see cref="GoJsonStruct{T}"/>.
/// </remarks>
public ref struct GoJsonReader
{
    private const int MaxDepth = 10_000;

    private readonly ReadOnlySpan<byte> _json;
    private readonly string _root;
    private readonly bool _isStrict;
    private readonly List<PathStep> _path = [];
    private Utf8JsonReader _reader;
    private string? _error;

    /// <summary>Stands on the first token of text that <see cref="GoJsonSyntax"/> has found to be JSON.</summary>
    /// <param name="root">Name of Go's structure, with its package.</param>
    /// <param name="isStrict">Fields that are not known are wrong.</param>
    internal GoJsonReader(ReadOnlySpan<byte> json, string root, bool isStrict)
    {
        _json = GoJsonText.Repair(json);
        _root = root;
        _isStrict = isStrict;
        _reader = new Utf8JsonReader(_json, new JsonReaderOptions { MaxDepth = MaxDepth });
        _reader.Read();
    }

    /// <summary>Reads JSON that is one string; empty where it is null or something else, which is wrong.</summary>
    public static string ReadText(ReadOnlySpan<byte> json, out string? error)
    {
        error = GoJsonSyntax.FindError(json);
        if (error is not null) return "";
        var reader = new GoJsonReader(json, "string", isStrict: false);
        string text = reader.Text("");
        error = reader.Error;
        return text;
    }

    private readonly record struct PathStep(string Name, bool IsIndex);

    /// <summary>The first thing that is wrong, in Go's words; null so far.</summary>
    public readonly string? Error => _error;

    /// <summary>Whether the value is null.</summary>
    public readonly bool IsNull => _reader.TokenType == JsonTokenType.Null;

    public string Text(string current, string typeName = "string")
    {
        if (_reader.TokenType == JsonTokenType.String) return GoJsonText.Read(ref _reader);
        if (!IsNull) RefuseValue(typeName);
        return current;
    }

    public bool Flag(bool current)
    {
        if (_reader.TokenType is JsonTokenType.True or JsonTokenType.False) return _reader.TokenType == JsonTokenType.True;
        if (!IsNull) RefuseValue("bool");
        return current;
    }

    public long Whole(long current, string typeName = "int64")
    {
        if (IsNumber(typeName))
        {
            if (_reader.TryGetInt64(out long number)) return number;
            RefuseNumber(typeName);
        }

        return current;
    }

    /// <summary>A duration: nanoseconds.</summary>
    public long Duration(long current) => Whole(current, "time.Duration");

    public int Whole32(int current)
    {
        if (IsNumber("int32"))
        {
            if (_reader.TryGetInt32(out int number)) return number;
            RefuseNumber("int32");
        }

        return current;
    }

    /// <summary>A whole number without sign.</summary>
    public ulong Natural(ulong current)
    {
        if (IsNumber("uint64"))
        {
            // Compat: Go takes no sign here, not even that of -0.
            if (_reader.ValueSpan[0] != '-' && _reader.TryGetUInt64(out ulong number)) return number;
            RefuseNumber("uint64");
        }

        return current;
    }

    /// <summary>A time behind a pointer: null stands for none.</summary>
    public GoTime? Time(GoTime? current)
    {
        if (IsNull) return null;
        if (_reader.TokenType != JsonTokenType.String)
        {
            RefuseValue("time.Time");
            return current ?? default(GoTime);
        }

        if (GoTime.TryParse(GoJsonText.Read(ref _reader), out GoTime time, out string? error)) return time;
        Refuse(error!);
        return current ?? default(GoTime);
    }

    /// <summary>A list of texts; null among them is an empty one.</summary>
    public IReadOnlyList<string> Texts(IReadOnlyList<string> current) =>
        List(current, "[]string", static (ref reader) => reader.Text(""));

    /// <summary>A list; null is one that was not given (<see cref="GoList"/>).</summary>
    /// <param name="typeName">Go's name of the whole list's type.</param>
    public IReadOnlyList<T> List<T>(IReadOnlyList<T> current, string typeName, GoJsonItem<T> read)
    {
        if (IsNull) return [];
        if (_reader.TokenType != JsonTokenType.StartArray)
        {
            RefuseValue(typeName);
            return current;
        }

        var items = new List<T>();
        while (_reader.Read() && _reader.TokenType != JsonTokenType.EndArray)
        {
            _path.Add(new PathStep(items.Count.ToString(CultureInfo.InvariantCulture), IsIndex: true));
            items.Add(read(ref this));
            _path.RemoveAt(_path.Count - 1);
        }

        return items.Count == 0 ? GoList.GivenEmpty<T>() : items;
    }

    /// <summary>Texts by name, added to those there were; null stands for none.</summary>
    public IReadOnlyDictionary<string, string> Map(IReadOnlyDictionary<string, string> current)
    {
        if (IsNull) return new Dictionary<string, string>();
        if (_reader.TokenType != JsonTokenType.StartObject)
        {
            RefuseValue("map[string]string");
            return current;
        }

        var map = new Dictionary<string, string>(current, StringComparer.Ordinal);
        while (NextMember() is { } name)
        {
            map[name] = Text("");
            EndMember();
        }

        return map;
    }

    /// <summary>The value as it stands in the text, for types that read their own JSON.</summary>
    public ReadOnlySpan<byte> Raw()
    {
        int start = (int)_reader.TokenStartIndex;
        _reader.Skip();
        return _json[start..(int)_reader.BytesConsumed];
    }

    /// <summary>Tells what is wrong, unless something was before.</summary>
    public void Refuse(string error) => _error ??= error;

    /// <summary>Refuses the whole value for its kind, and passes over it.</summary>
    internal void RefuseValue(string typeName) => RefuseValue(KindOfValue(_reader.TokenType), typeName);

    /// <summary>Enters an object; false where the value is something else, which is refused unless it is null.</summary>
    internal bool BeginObject(string typeName)
    {
        if (_reader.TokenType == JsonTokenType.StartObject) return true;
        if (!IsNull) RefuseValue(typeName);
        return false;
    }

    /// <summary>Name of the object's next member, whose value is read next; null at its end.</summary>
    internal string? NextMember()
    {
        _reader.Read();
        if (_reader.TokenType == JsonTokenType.EndObject) return null;
        string name = GoJsonText.Read(ref _reader);
        _reader.Read();
        _path.Add(new PathStep(name, IsIndex: false));
        return name;
    }

    internal void EndMember() => _path.RemoveAt(_path.Count - 1);

    /// <summary>Passes over the value of a member that is not known.</summary>
    internal void PassUnknown(string name)
    {
        if (_isStrict) Refuse($"json: unknown field {GoQuote.Quote(name)}");
        _reader.Skip();
    }

    private bool IsNumber(string typeName)
    {
        if (_reader.TokenType == JsonTokenType.Number) return true;
        if (!IsNull) RefuseValue(typeName);
        return false;
    }

    private void RefuseNumber(string typeName) => RefuseValue($"number {Encoding.UTF8.GetString(_reader.ValueSpan)}", typeName);

    private void RefuseValue(string what, string typeName)
    {
        if (_error is null) Refuse($"json: cannot unmarshal {what} into {Place()} of type {typeName}");
        _reader.Skip();
    }

    // Compat: an item of a list is told without the words that introduce a field.
    private readonly string Place()
    {
        if (_path.Count == 0) return "Go value";
        var place = new StringBuilder(_path[^1].IsIndex ? "" : "Go struct field ").Append(_root.AsSpan(_root.IndexOf('.') + 1));
        foreach (PathStep step in _path) place.Append('.').Append(step.Name);
        return place.ToString();
    }

    private static string KindOfValue(JsonTokenType token) => token switch
    {
        JsonTokenType.String => "string",
        JsonTokenType.Number => "number",
        JsonTokenType.True or JsonTokenType.False => "bool",
        JsonTokenType.StartArray => "array",
        _ => "object",
    };
}

/// <summary>Reads one item of a list.</summary>
public delegate T GoJsonItem<T>(ref GoJsonReader json);
