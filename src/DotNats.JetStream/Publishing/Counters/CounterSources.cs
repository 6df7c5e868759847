using System.Buffers;
using System.Text.Json;
using DotNats.Primitives;

namespace DotNats.JetStream.Publishing.Counters;

/// <summary>What each stream and subject that a counter collects from has counted: header <c>Nats-Counter-Sources</c>, <c>{"stream":{"subject":"123"}}</c>.</summary>
// Owner: who counts. Lifetime: one message, or a batch being judged. Invariant: in the order in which Go writes maps.
internal sealed class CounterSources
{
    private static readonly JsonWriterOptions WriterOptions = new() { Encoder = GoJsonEncoder.Instance, SkipValidation = true };

    private readonly SortedDictionary<string, SortedDictionary<string, string>> _streams = new(StringComparer.Ordinal);

    public bool IsEmpty => _streams.Count == 0;

    /// <summary>Reads a header's value; false where it is none.</summary>
    public static bool TryRead(ReadOnlySpan<byte> json, out CounterSources sources)
    {
        sources = new CounterSources();
        if (json.IsEmpty) return true;
        try
        {
            var reader = new Utf8JsonReader(GoJsonText.Repair(json));
            return sources.Read(ref reader) && !reader.Read();
        }
        catch (JsonException)
        {
            return false;
        }
    }

    /// <summary>Puts what a source has counted in place of what it had before, which is returned; empty for nothing.</summary>
    public string Exchange(string stream, string subject, string value)
    {
        if (!_streams.TryGetValue(stream, out SortedDictionary<string, string>? subjects))
        {
            subjects = new SortedDictionary<string, string>(StringComparer.Ordinal);
            _streams[stream] = subjects;
        }

        string previous = subjects.GetValueOrDefault(subject, "");
        subjects[subject] = value;
        return previous;
    }

    public byte[] Write()
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var writer = new Utf8JsonWriter(buffer, WriterOptions))
        {
            writer.WriteStartObject();
            foreach ((string stream, SortedDictionary<string, string> subjects) in _streams)
            {
                writer.WriteStartObject(stream);
                foreach ((string subject, string value) in subjects) writer.WriteString(subject, value);
                writer.WriteEndObject();
            }

            writer.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    // Compat: null stands for nothing wherever it does; anything else of the wrong kind makes the whole unreadable.
    private bool Read(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.Null) return true;
        if (reader.TokenType != JsonTokenType.StartObject) return false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string stream = GoJsonText.Read(ref reader);
            reader.Read();
            var subjects = new SortedDictionary<string, string>(StringComparer.Ordinal);
            if (reader.TokenType != JsonTokenType.Null && !ReadSubjects(ref reader, subjects)) return false;
            _streams[stream] = subjects;
        }

        return true;
    }

    private static bool ReadSubjects(ref Utf8JsonReader reader, SortedDictionary<string, string> subjects)
    {
        if (reader.TokenType != JsonTokenType.StartObject) return false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string subject = GoJsonText.Read(ref reader);
            reader.Read();
            if (reader.TokenType is not (JsonTokenType.String or JsonTokenType.Null)) return false;
            subjects[subject] = reader.TokenType == JsonTokenType.Null ? "" : GoJsonText.Read(ref reader);
        }

        return true;
    }
}
