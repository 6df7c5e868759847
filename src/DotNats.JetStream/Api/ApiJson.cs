using System.Buffers;
using System.Text.Json;
using DotNats.Primitives;
using DotNats.Protocol.Text;

namespace DotNats.JetStream;

/// <summary>JSON of the JetStream API, in nats-server's text form. Parts of an object are written as Go's <c>omitempty</c> leaves them out.</summary>
internal static class ApiJson
{
    private static readonly JsonWriterOptions Options = new() { Encoder = GoJsonEncoder.Instance, SkipValidation = true };

    public static Utf8JsonWriter CreateWriter(IBufferWriter<byte> target) => new(target, Options);

    /// <summary>What <paramref name="write"/> writes, as bytes.</summary>
    public static byte[] Write<T>(T value, Action<Utf8JsonWriter, T> write)
    {
        var target = new ArrayBufferWriter<byte>(512);
        using (Utf8JsonWriter json = CreateWriter(target)) write(json, value);
        return target.WrittenSpan.ToArray();
    }

    public static void WriteUnlessEmpty(this Utf8JsonWriter json, ReadOnlySpan<byte> name, string value)
    {
        if (value.Length > 0) json.WriteString(name, value);
    }

    public static void WriteUnlessZero(this Utf8JsonWriter json, ReadOnlySpan<byte> name, long value)
    {
        if (value != 0) json.WriteNumber(name, value);
    }

    public static void WriteUnlessZero(this Utf8JsonWriter json, ReadOnlySpan<byte> name, ulong value)
    {
        if (value != 0) json.WriteNumber(name, value);
    }

    public static void WriteIfTrue(this Utf8JsonWriter json, ReadOnlySpan<byte> name, bool value)
    {
        if (value) json.WriteBoolean(name, value);
    }

    public static void WriteUnlessEmpty(this Utf8JsonWriter json, ReadOnlySpan<byte> name, IReadOnlyList<string> values)
    {
        if (values.Count > 0) json.WriteTexts(name, values);
    }

    public static void WriteTexts(this Utf8JsonWriter json, ReadOnlySpan<byte> name, IReadOnlyList<string> values)
    {
        json.WriteStartArray(name);
        foreach (string value in values) json.WriteStringValue(value);
        json.WriteEndArray();
    }

    /// <summary>Texts by name, in the order of their names.</summary>
    public static void WriteUnlessEmpty(this Utf8JsonWriter json, ReadOnlySpan<byte> name, IReadOnlyDictionary<string, string> values)
    {
        if (values.Count == 0) return;
        json.WriteStartObject(name);
        foreach ((string key, string value) in values.OrderBy(entry => entry.Key, StringComparer.Ordinal)) json.WriteString(key, value);
        json.WriteEndObject();
    }

    public static void WriteTime(this Utf8JsonWriter json, ReadOnlySpan<byte> name, GoTime time) => json.WriteString(name, time.ToString());
}
