using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace JetStream.Tests.Schemas;

/// <summary>A JSON schema, as far as the official schemas use the language: a keyword that is not known throws.</summary>
internal sealed class JsonSchema(JsonElement schema)
{
    // Words that describe, and two that stand among keywords by mistake (stream_list_response).
    private static readonly HashSet<string> Notes =
        ["$schema", "$id", "$comment", "title", "description", "default", "deprecationMessage", "missing", "offline"];

    /// <summary>What is wrong with a value, with its place; nothing where it is valid.</summary>
    public IEnumerable<string> Validate(JsonElement value) => Validate(schema, value, "$");

    private static IEnumerable<string> Validate(JsonElement schema, JsonElement value, string place)
    {
        if (schema.ValueKind == JsonValueKind.True) return [];
        if (schema.ValueKind == JsonValueKind.False) return [$"{place}: nothing is allowed here"];
        return schema.EnumerateObject().Where(keyword => !Notes.Contains(keyword.Name)).SelectMany(keyword => Apply(schema, keyword, value, place));
    }

    private static IEnumerable<string> Apply(JsonElement schema, JsonProperty keyword, JsonElement value, string place)
    {
        JsonElement rule = keyword.Value;
        return keyword.Name switch
        {
            "type" => When(!Types(rule).Any(type => IsOfType(value, type)), $"{place}: is {value.ValueKind}, not {rule}"),
            "const" => When(!JsonElement.DeepEquals(rule, value), $"{place}: is {value}, not {rule}"),
            "enum" => When(!rule.EnumerateArray().Any(choice => JsonElement.DeepEquals(choice, value)), $"{place}: {value} is none of {rule}"),
            "minimum" => When(IsNumber(value) && Number(value) < Number(rule), $"{place}: {value} is less than {rule}"),
            "maximum" => When(IsNumber(value) && Number(value) > Number(rule), $"{place}: {value} is more than {rule}"),
            "minLength" => When(IsText(value) && Length(value) < rule.GetInt32(), $"{place}: '{value}' is shorter than {rule}"),
            "maxLength" => When(IsText(value) && Length(value) > rule.GetInt32(), $"{place}: '{value}' is longer than {rule}"),
            "pattern" => When(IsText(value) && !Regex.IsMatch(value.GetString()!, rule.GetString()!), $"{place}: '{value}' does not match {rule}"),
            "format" => When(IsText(value) && !HasFormat(value.GetString()!, rule.GetString()!), $"{place}: '{value}' is no {rule}"),
            "required" => Required(rule, value, place),
            "properties" => Properties(rule, value, place),
            "additionalProperties" or "patternProperties" => OtherProperties(schema, keyword, value, place),
            "items" => value.ValueKind == JsonValueKind.Array ? value.EnumerateArray().SelectMany((item, i) => Validate(rule, item, $"{place}[{i}]")) : [],
            "allOf" => rule.EnumerateArray().SelectMany(part => Validate(part, value, place)),
            "oneOf" => OneOf(rule, value, place),
            _ => throw new NotSupportedException($"{place}: keyword {keyword.Name}"),
        };
    }

    private static IEnumerable<string> Required(JsonElement names, JsonElement value, string place) => value.ValueKind != JsonValueKind.Object
        ? []
        : names.EnumerateArray().Select(name => name.GetString()!).Where(name => !value.TryGetProperty(name, out _)).Select(name => $"{place}: has no {name}");

    private static IEnumerable<string> Properties(JsonElement properties, JsonElement value, string place) => value.ValueKind != JsonValueKind.Object
        ? []
        : value.EnumerateObject().SelectMany(member => properties.TryGetProperty(member.Name, out JsonElement rule) ? Validate(rule, member.Value, $"{place}.{member.Name}") : []);

    private static IEnumerable<string> OtherProperties(JsonElement schema, JsonProperty keyword, JsonElement value, string place)
    {
        if (value.ValueKind != JsonValueKind.Object) yield break;
        foreach (JsonProperty member in value.EnumerateObject())
        {
            bool isPattern = keyword.Name == "patternProperties";
            if (!isPattern && IsNamed(schema, member.Name)) continue;
            IEnumerable<JsonElement> rules = isPattern
                ? keyword.Value.EnumerateObject().Where(pattern => Regex.IsMatch(member.Name, pattern.Name)).Select(pattern => pattern.Value)
                : [keyword.Value];
            foreach (string error in rules.SelectMany(rule => Validate(rule, member.Value, $"{place}.{member.Name}"))) yield return error;
        }
    }

    private static bool IsNamed(JsonElement schema, string name) =>
        (schema.TryGetProperty("properties", out JsonElement properties) && properties.TryGetProperty(name, out _))
        || (schema.TryGetProperty("patternProperties", out JsonElement patterns) && patterns.EnumerateObject().Any(pattern => Regex.IsMatch(name, pattern.Name)));

    private static List<string> OneOf(JsonElement choices, JsonElement value, string place)
    {
        var outcomes = choices.EnumerateArray().Select(choice => Validate(choice, value, place).ToList()).ToList();
        int valid = outcomes.Count(errors => errors.Count == 0);
        if (valid == 1) return [];
        return valid > 1 ? [$"{place}: is {valid} of what it should be one of"] : outcomes.MinBy(errors => errors.Count)!;
    }

    private static IEnumerable<string> Types(JsonElement rule) =>
        rule.ValueKind == JsonValueKind.Array ? rule.EnumerateArray().Select(type => type.GetString()!) : [rule.GetString()!];

    private static bool IsOfType(JsonElement value, string type) => type switch
    {
        "object" => value.ValueKind == JsonValueKind.Object,
        "array" => value.ValueKind == JsonValueKind.Array,
        "string" => value.ValueKind == JsonValueKind.String,
        "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
        "null" => value.ValueKind == JsonValueKind.Null,
        "number" => value.ValueKind == JsonValueKind.Number,
        "integer" => value.ValueKind == JsonValueKind.Number && decimal.IsInteger(Number(value)),
        _ => throw new NotSupportedException($"type {type}"),
    };

    private static bool HasFormat(string text, string format) => format == "date-time"
        ? DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.None, out _) && text.Contains('T', StringComparison.Ordinal)
        : throw new NotSupportedException($"format {format}");

    private static bool IsNumber(JsonElement value) => value.ValueKind == JsonValueKind.Number;

    private static bool IsText(JsonElement value) => value.ValueKind == JsonValueKind.String;

    private static decimal Number(JsonElement value) => decimal.Parse(value.GetRawText(), NumberStyles.Float, CultureInfo.InvariantCulture);

    private static int Length(JsonElement value) => value.GetString()!.EnumerateRunes().Count();

    private static string[] When(bool isWrong, string error) => isWrong ? [error] : [];
}
