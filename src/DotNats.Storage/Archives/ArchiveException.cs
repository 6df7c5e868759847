namespace DotNats.Storage;

/// <summary>An archive is not what it should be. The message is what nats-server says of the same bytes.</summary>
public sealed class ArchiveException(string message) : Exception(message)
{
    /// <summary>The end is missing, at a place where nothing else could be there.</summary>
    internal static ArchiveException UnexpectedEnd() => new("unexpected EOF");
}
