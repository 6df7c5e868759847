using System.Buffers.Text;
using DotNats.Server;

namespace DotNats.JetStream.Api;

/// <summary>Level of the API that a request needs (ADR-44).</summary>
internal static class ApiLevel
{
    public static ReadOnlySpan<byte> Header => "Nats-Required-Api-Level"u8;

    /// <summary>Whether a required level is more than there is. What is no number is more than any.</summary>
    public static bool IsBeyond(ReadOnlySpan<byte> required)
    {
        if (required.IsEmpty) return false;
        return !Utf8Parser.TryParse(required, out int level, out int consumed) || consumed < required.Length || level > ServerVersion.JetStreamApiLevel;
    }
}
