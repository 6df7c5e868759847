namespace DotNats.Configuration;

/// <summary>What is wrong, or doubtful, in a configuration, and where.</summary>
/// <param name="Message">What is wrong, in nats-server's words, without the position.</param>
/// <param name="File">File as it was named; null when the text came from no file or the error belongs to no place.</param>
/// <param name="Line">Line from 1; 0 when unknown.</param>
/// <param name="Column">Byte column, from 1, on the first line from 0; 0 also when unknown.</param>
public sealed record ConfigError(string Message, string? File = null, int Line = 0, int Column = 0)
{
    /// <summary>True for errors whose message says the place itself, as those of the syntax do.</summary>
    internal bool MessageSaysPlace { get; init; }

    /// <summary>The line nats-server prints: <c>file:line:column: message</c>.</summary>
    public override string ToString() => File is null || MessageSaysPlace ? Message : $"{File}:{Line}:{Column}: {Message}";
}
