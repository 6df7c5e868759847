using System.Text.Json;

namespace DotNats.JetStream.Origins;

/// <summary>What a stream had received of its sources when it had stored up to a sequence: kept beside its messages, which may go.</summary>
/// <remarks>
/// Of each source there are several, the newest last: where the stream's log ends before <see cref="SourcePosition.At"/>, it has lost something since, and the one before
/// counts. Behind <paramref name="Last"/> only messages tell.
/// </remarks>
internal sealed record SourcePositions(ulong Last, IReadOnlyDictionary<string, SourcePosition[]> Sources)
{
    public static SourcePositions None { get; } = new(0, new Dictionary<string, SourcePosition[]>());

    /// <summary>Reads what was kept; none where it is damaged.</summary>
    public static SourcePositions Read(ReadOnlySpan<byte> text)
    {
        try
        {
            var reader = new Utf8JsonReader(text);
            using JsonDocument document = JsonDocument.ParseValue(ref reader);
            var sources = new Dictionary<string, SourcePosition[]>(StringComparer.Ordinal);
            foreach (JsonProperty source in document.RootElement.GetProperty("sources"u8).EnumerateObject())
            {
                sources[source.Name] = [.. source.Value.EnumerateArray().Select(static position => new SourcePosition(
                    position.GetProperty("seq"u8).GetUInt64(), position.GetProperty("id"u8).GetString() ?? "", position.GetProperty("at"u8).GetUInt64()))];
            }

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
        foreach ((string name, SourcePosition[] kept) in positions.Sources.OrderBy(static source => source.Key, StringComparer.Ordinal))
        {
            json.WriteStartArray(name);
            foreach (SourcePosition position in kept)
            {
                json.WriteStartObject();
                json.WriteNumber("seq"u8, position.Sequence);
                json.WriteString("id"u8, position.Identity);
                json.WriteNumber("at"u8, position.At);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        json.WriteEndObject();
        json.WriteEndObject();
    });

    /// <summary>Without what a log does not have that ends at a sequence. What the log stores there next is something else.</summary>
    public SourcePositions CutAt(ulong last)
    {
        if (Last <= last) return this;
        var left = new Dictionary<string, SourcePosition[]>(StringComparer.Ordinal);
        foreach ((string name, SourcePosition[] kept) in Sources)
        {
            SourcePosition[] those = [.. kept.Where(position => position.At <= last)];
            if (those.Length > 0) left[name] = those;
        }

        return new SourcePositions(0, left);
    }

    public bool IsSameAs(SourcePositions other) => Last == other.Last && Sources.Count == other.Sources.Count
        && Sources.All(source => other.Sources.TryGetValue(source.Key, out SourcePosition[]? kept) && kept.AsSpan().SequenceEqual(source.Value));
}

/// <param name="Sequence">Up to which everything of the origin was received.</param>
/// <param name="Identity">Of the origin; empty where it is not known.</param>
/// <param name="At">Sequence of the copying stream that is there once that is true: of the last message that was copied.</param>
internal readonly record struct SourcePosition(ulong Sequence, string Identity, ulong At);
