using System.Runtime.CompilerServices;

namespace DotNats.Server.Connections;

/// <summary>Room on the stack for what one flush takes at a time: sixteen chunks are up to a mebibyte.</summary>
[InlineArray(Length)]
internal struct SegmentViews
{
    public const int Length = 16;

    private Outbound.Segment _first;
}
