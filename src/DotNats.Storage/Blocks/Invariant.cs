using System.Diagnostics.CodeAnalysis;

namespace DotNats.Storage;

/// <summary>What must hold for stored data to be right, checked always: a broken one stops its log, never the process.</summary>
internal static class Invariant
{
    public static void Check([DoesNotReturnIf(false)] bool holds, string what)
    {
        if (!holds) Fail(what);
    }

    [DoesNotReturn]
    private static void Fail(string what) => throw new BrokenInvariantException(what);
}

/// <summary>Data in memory contradicts itself.</summary>
public sealed class BrokenInvariantException(string what) : Exception($"broken invariant: {what}");
