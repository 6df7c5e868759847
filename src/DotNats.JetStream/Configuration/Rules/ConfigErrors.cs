namespace DotNats.JetStream;

/// <summary>Errors of configurations that have a text of their own.</summary>
internal static class ConfigErrors
{
    public static ApiError Invalid(string text) => ApiErrors.StreamInvalidConfig.With(("{err}", text));

    /// <summary>What would have been corrected, had nobody asked to be told instead.</summary>
    public static ApiError Pedantic(string text) => ApiErrors.Pedantic.With(("{err}", text));
}
