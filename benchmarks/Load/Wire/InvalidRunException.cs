namespace Load.Wire;

/// <summary>
/// The run cannot count: bytes were lost, added or changed, or the server died, refused or stalled. The text is the reason shown.
/// </summary>
internal sealed class InvalidRunException(string reason) : Exception(reason);
