namespace DotNats.JetStream.Consumers.State;

/// <summary>White space as Go's <c>bytes.TrimSpace</c> sees it in ASCII.</summary>
internal static class GoSpace
{
    public static ReadOnlySpan<byte> Trim(ReadOnlySpan<byte> text) => text.Trim(" \t\n\v\f\r"u8);
}
