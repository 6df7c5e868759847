using System.Buffers;

namespace DotNats.JetStream;

/// <summary>Names of streams and consumers: they become tokens of subjects and names of directories.</summary>
internal static class AssetName
{
    /// <summary>In bytes.</summary>
    public const int MaxLength = 255;

    private static readonly SearchValues<char> Forbidden = SearchValues.Create(" \t\r\n\f.*>\\/");

    public static bool IsValid(string name) => name.Length > 0 && !name.AsSpan().ContainsAny(Forbidden);
}
