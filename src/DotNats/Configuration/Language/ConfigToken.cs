namespace DotNats.Configuration.Language;

internal enum ConfigTokenKind
{
    Error,
    End,
    Key,
    String,
    Bool,
    Integer,
    Float,
    DateTime,
    Variable,
    Include,
    ArrayStart,
    ArrayEnd,
    MapStart,
    MapEnd,
}

/// <summary>A piece of a configuration file.</summary>
/// <param name="Text">Contents without quotes; of an error its message; of a variable the name without <c>$</c>.</param>
/// <param name="Line">Line of the token's end, from 1.</param>
/// <param name="Column">
/// Bytes from the line feed before the token's first byte to that byte: from 1, and on the first line, which no line feed precedes, from 0.
/// </param>
internal readonly record struct ConfigToken(ConfigTokenKind Kind, string Text, int Line, int Column);
