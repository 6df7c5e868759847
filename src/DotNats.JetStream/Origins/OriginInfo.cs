using System.Text.Json;

namespace DotNats.JetStream.Origins;

/// <summary>What answers say of an origin.</summary>
/// <param name="WasAsked">Its server was asked for a consumer.</param>
/// <param name="Sequence">Of the last message received, in the origin.</param>
/// <param name="Active">Since something was heard of it; null for never.</param>
internal readonly record struct OriginInfo(StreamSource Source, bool IsMirror, bool WasAsked, ulong Lag, ulong Sequence, TimeSpan? Active, ApiError? Error)
{
    public void WriteTo(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("name"u8, Source.Name);
        if (Source.External is { } external)
        {
            json.WriteStartObject("external"u8);
            json.WriteString("api"u8, external.ApiPrefix);
            json.WriteString("deliver"u8, external.DeliverPrefix);
            json.WriteEndObject();
        }

        json.WriteNumber("lag"u8, Lag);
        // Compat: of sources only.
        if (!IsMirror) json.WriteUnlessZero("seq"u8, Sequence);
        json.WriteNumber("active"u8, Active is { } since ? since.Ticks * TimeSpan.NanosecondsPerTick : -1);
        if (Error is not null)
        {
            json.WritePropertyName("error"u8);
            Error.WriteTo(json);
        }

        // Compat: a mirror's once it was asked for; a source's at once, but where there are transforms, they are what filters.
        if (IsMirror ? WasAsked : Source.SubjectTransforms.Count == 0) json.WriteUnlessEmpty("filter_subject"u8, Source.FilterSubject);
        WriteTransforms(json);
        json.WriteEndObject();
    }

    private void WriteTransforms(Utf8JsonWriter json)
    {
        if (Source.SubjectTransforms.Count == 0) return;
        json.WriteStartArray("subject_transforms"u8);
        foreach (SubjectTransformConfig transform in Source.SubjectTransforms)
        {
            json.WriteStartObject();
            json.WriteString("src"u8, transform.Source);
            json.WriteString("dest"u8, transform.Destination);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
