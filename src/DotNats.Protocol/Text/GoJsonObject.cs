using System.Text;
using System.Text.Json;
using DotNats.Primitives;

namespace DotNats.Protocol.Text;

/// <summary>What a member of a JSON object may be.</summary>
public enum GoJsonKind
{
    Text,
    Flag,

    /// <summary>A whole number of 64 bits with sign.</summary>
    Number,

    /// <summary>A whole number of 64 bits without sign.</summary>
    Identifier,
    Texts,

    /// <summary>Bytes in base64.</summary>
    Bytes,
}

/// <summary>A member that is read; others are passed over.</summary>
/// <param name="TypeName">What error texts call its type; null for the usual name of its kind.</param>
public readonly record struct GoJsonField(string Name, GoJsonKind Kind, string? TypeName = null);

/// <summary>A JSON object read as Go's <c>encoding/json</c> reads it into a structure, with the same words for what is wrong.</summary>
/// <remarks>
/// Compat: names match whatever their case, null leaves a member alone, the last of several members of one name counts, a wrong type is told
/// after the whole text was found to be JSON, bytes that are no UTF-8 become U+FFFD.
/// </remarks>
public sealed class GoJsonObject
{
    private const int MaxDepth = 10_000;

    private readonly Dictionary<string, object> _values = new(StringComparer.Ordinal);
    private readonly string _structure;
    private string? _error;

    private GoJsonObject(string typeName) => _structure = typeName[(typeName.IndexOf('.') + 1)..];

    /// <summary>An object without members.</summary>
    public static GoJsonObject Empty { get; } = new("");

    /// <summary>Reads an object, or <c>null</c> for one without members. Where <paramref name="error"/> is not null, something is wrong.</summary>
    /// <param name="typeName">Name of Go's structure, with its package: error texts have it.</param>
    public static GoJsonObject Read(ReadOnlySpan<byte> json, string typeName, IReadOnlyList<GoJsonField> fields, out string? error)
    {
        var result = new GoJsonObject(typeName);
        error = GoJsonSyntax.FindError(json);
        if (error is not null) return result;
        var reader = new Utf8JsonReader(GoJsonText.Repair(json), new JsonReaderOptions { MaxDepth = MaxDepth });
        reader.Read();
        if (reader.TokenType == JsonTokenType.StartObject) result.ReadMembers(ref reader, fields);
        else if (reader.TokenType != JsonTokenType.Null) error = $"json: cannot unmarshal {GoJsonShape.NameOf(reader.TokenType)} into Go value of type {typeName}";
        error ??= result._error;
        return result;
    }

    /// <summary>Absent is empty.</summary>
    public string Text(string name) => Value(name) as string ?? "";

    /// <summary>Absent is false.</summary>
    public bool Flag(string name) => Value(name) is true;

    /// <summary>Absent is 0.</summary>
    public long Number(string name) => Value(name) is long number ? number : 0;

    /// <summary>Absent is 0.</summary>
    public ulong Identifier(string name) => Value(name) is ulong number ? number : 0;

    /// <summary>Absent is an empty list.</summary>
    public IReadOnlyList<string> Texts(string name) => Value(name) as IReadOnlyList<string> ?? [];

    /// <summary>Absent is null.</summary>
    public byte[]? Bytes(string name) => Value(name) as byte[];

    private object? Value(string name) => _values.GetValueOrDefault(name);

    // Compat: errors name a member as it was written.
    private void ReadMembers(ref Utf8JsonReader reader, IReadOnlyList<GoJsonField> fields)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string name = GoJsonText.Read(ref reader);
            GoJsonField? field = Find(fields, name);
            reader.Read();
            if (field is { } wanted && reader.TokenType != JsonTokenType.Null) ReadMember(wanted, ref reader, name);
            else reader.Skip();
        }
    }

    private static GoJsonField? Find(IReadOnlyList<GoJsonField> fields, string name)
    {
        foreach (GoJsonField field in fields)
        {
            if (field.Name == name) return field;
        }

        foreach (GoJsonField field in fields)
        {
            if (GoJsonText.IsSameName(field.Name, name)) return field;
        }

        return null;
    }

    private void ReadMember(GoJsonField field, ref Utf8JsonReader reader, string name)
    {
        switch (field.Kind, reader.TokenType)
        {
            case (GoJsonKind.Text, JsonTokenType.String):
                _values[field.Name] = GoJsonText.Read(ref reader);
                break;
            case (GoJsonKind.Flag, JsonTokenType.True or JsonTokenType.False):
                _values[field.Name] = reader.TokenType == JsonTokenType.True;
                break;
            case (GoJsonKind.Number, JsonTokenType.Number):
                if (reader.TryGetInt64(out long number)) _values[field.Name] = number;
                else Refuse(field, name, $"number {Encoding.UTF8.GetString(reader.ValueSpan)}");
                break;
            case (GoJsonKind.Identifier, JsonTokenType.Number):
                if (reader.TryGetUInt64(out ulong identifier)) _values[field.Name] = identifier;
                else Refuse(field, name, $"number {Encoding.UTF8.GetString(reader.ValueSpan)}");
                break;
            case (GoJsonKind.Bytes, JsonTokenType.String):
                if (reader.TryGetBytesFromBase64(out byte[]? bytes)) _values[field.Name] = bytes;
                else _error ??= "illegal base64 data at input byte 0";
                break;
            case (GoJsonKind.Texts, JsonTokenType.StartArray):
                _values[field.Name] = ReadTexts(ref reader, name);
                break;
            default:
                Refuse(field, name, GoJsonShape.NameOf(reader.TokenType));
                reader.Skip();
                break;
        }
    }

    private List<string> ReadTexts(ref Utf8JsonReader reader, string name)
    {
        var texts = new List<string>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType == JsonTokenType.String)
            {
                texts.Add(GoJsonText.Read(ref reader));
                continue;
            }

            // Null stands for an empty text, as everywhere in Go.
            texts.Add("");
            if (reader.TokenType == JsonTokenType.Null) continue;
            // Compat: elements are named without the words that members are.
            _error ??= $"json: cannot unmarshal {GoJsonShape.NameOf(reader.TokenType)} into {_structure}.{name}.{texts.Count - 1} of type string";
            reader.Skip();
        }

        return texts;
    }

    private void Refuse(GoJsonField field, string name, string what) =>
        _error ??= $"json: cannot unmarshal {what} into Go struct field {_structure}.{name} of type {field.TypeName ?? TypeNameOf(field.Kind)}";

    private static string TypeNameOf(GoJsonKind kind) => kind switch
    {
        GoJsonKind.Text => "string",
        GoJsonKind.Flag => "bool",
        GoJsonKind.Number => "int",
        GoJsonKind.Identifier => "uint64",
        GoJsonKind.Texts => "[]string",
        _ => "[]uint8",
    };
}
