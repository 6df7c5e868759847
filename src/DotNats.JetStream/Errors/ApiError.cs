using System.Text.Json;

namespace DotNats.JetStream;

/// <summary>What an answer says when a request was refused.</summary>
/// <param name="Code">Class of error, after the status codes of HTTP.</param>
/// <param name="ErrCode">Which error it is; 0 where there is no number for it.</param>
/// <param name="Description">Sentence for people; as listed it may have placeholders, <c>{err}</c> for instance.</param>
internal sealed record ApiError(int Code, int ErrCode, string Description)
{
    /// <summary>The same error with placeholders replaced: <c>With(("{err}", text))</c>.</summary>
    public ApiError With(params ReadOnlySpan<(string Placeholder, string Text)> replacements)
    {
        string description = Description;
        foreach ((string placeholder, string text) in replacements)
            description = description.Replace(placeholder, text, StringComparison.Ordinal);
        return this with { Description = description };
    }

    /// <summary>Whether it is the listed error, whatever stands for its placeholders.</summary>
    public bool Is(ApiError listed) => ErrCode == listed.ErrCode;

    /// <summary>Writes <c>{"code":…,"err_code":…,"description":…}</c>.</summary>
    public void WriteTo(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteNumber("code"u8, Code);
        if (ErrCode != 0) json.WriteNumber("err_code"u8, ErrCode);
        if (Description.Length > 0) json.WriteString("description"u8, Description);
        json.WriteEndObject();
    }

    /// <summary>As log lines name it: <c>stream not found (10059)</c>.</summary>
    public override string ToString() => $"{Description} ({ErrCode})";
}
