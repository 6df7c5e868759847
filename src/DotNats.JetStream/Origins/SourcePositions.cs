using System.Text.Json;

namespace DotNats.JetStream.Origins;

/// <summary>What a stream had received of its sources when it had stored up to a sequence: kept beside its messages, which may go.</summary>
/// <remarks>Where the stream's log ends before that sequence, the log has lost something since, and only its messages tell.</remarks>
internal sealed record SourcePositions(ulong Last, IReadOnlyDictionary<string, SourcePosition> Sources)
{
    public static SourcePositions None { get; } = new(0, new Dictionary<string, SourcePosition>());

    /// <summary>Reads what was kept; none where it is damaged.</summary>
    public static SourcePositions Read(ReadOnlySpan<byte> text)
    {
        try
        {
            var reader = new Utf8JsonReader(text);
            using JsonDocument document = JsonDocument.ParseValue(ref reader);
            var sources = new Dictionary<string, SourcePosition>(StringComparer.Ordinal);
            foreach (JsonProperty source in document.RootElement.GetProperty("sources"u8).EnumerateObject())
                sources[source.Name] = new SourcePosition(source.Value.GetProperty("seq"u8).GetUInt64(), source.Value.GetProperty("id"u8).GetString() ?? "");
            return new SourcePositions(document.RootElement.GetProperty("last"u8).GetUInt64(), sources);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or FormatException or KeyNotFoundException)
        {
            return None;
        }
    }

    public byte[] Write() => ApiJson.Write(this, static (json, positions) =>
    {
        json.WriteStartObject();
        json.WriteNumber("last"u8, positions.Last);
        json.WriteStartObject("sources"u8);
        foreach ((string name, SourcePosition position) in positions.Sources.OrderBy(static source => source.Key, StringComparer.Ordinal))
        {
            json.WriteStartObject(name);
            json.WriteNumber("seq"u8, position.Sequence);
            json.WriteString("id"u8, position.Identity);
            json.WriteEndObject();
        }

        json.WriteEndObject();
        json.WriteEndObject();
    });
}

/// <param name="Identity">Of the origin; empty where it is not known.</param>
internal readonly record struct SourcePosition(ulong Sequence, string Identity);
