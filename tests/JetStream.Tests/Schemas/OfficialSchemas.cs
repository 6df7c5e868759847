using System.Collections.Concurrent;
using System.Text.Json;

namespace JetStream.Tests.Schemas;

/// <summary>The schemas that come with the official tools, by the <c>type</c> that answers and advisories carry.</summary>
internal static class OfficialSchemas
{
    private const string TypePrefix = "io.nats.jetstream.";
    private const string ResourcePrefix = "schema.";

    private static readonly ConcurrentDictionary<string, JsonSchema> Known = new(StringComparer.Ordinal);

    /// <summary>Every <c>type</c> that has a schema.</summary>
    public static IReadOnlyList<string> Types { get; } =
    [
        .. typeof(OfficialSchemas).Assembly.GetManifestResourceNames().Where(name => name.StartsWith(ResourcePrefix, StringComparison.Ordinal))
            .Select(name => TypePrefix + name[ResourcePrefix.Length..^".json".Length].Replace(".", ".v1.", StringComparison.Ordinal)).Order(),
    ];

    /// <summary>What is wrong with an answer or advisory, judged by the schema of its own <c>type</c>.</summary>
    public static IReadOnlyList<string> Validate(ReadOnlyMemory<byte> json)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        return document.RootElement.TryGetProperty("type", out JsonElement type) ? Validate(type.GetString()!, document.RootElement) : ["$: has no type"];
    }

    /// <summary>What is wrong with a value, judged by the schema of a type.</summary>
    public static IReadOnlyList<string> Validate(string type, JsonElement value) => [.. Known.GetOrAdd(type, Load).Validate(value)];

    private static JsonSchema Load(string type)
    {
        string name = type[TypePrefix.Length..].Replace(".v1.", ".", StringComparison.Ordinal);
        using Stream file = typeof(OfficialSchemas).Assembly.GetManifestResourceStream($"{ResourcePrefix}{name}.json")
            ?? throw new InvalidOperationException($"There is no schema for {type}.");
        using JsonDocument document = JsonDocument.Parse(file);
        return new JsonSchema(document.RootElement.Clone());
    }
}
