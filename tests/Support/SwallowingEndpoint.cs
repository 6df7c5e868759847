using DotNats.Server.Connections;

namespace TestSupport;

/// <summary>A peer that takes everything at once.</summary>
internal sealed class SwallowingEndpoint : Endpoint
{
    /// <summary>The start of what it took last.</summary>
    public byte[] Last { get; } = new byte[64];

    public override void Flush(bool becameWritable)
    {
        SegmentViews views = default;
        int count = Connection.Outbound.BeginFlush(views, becameWritable);
        while (count > 0)
        {
            long sent = 0;
            views[0].Buffer.AsSpan(views[0].Start, Math.Min(Last.Length, views[0].End - views[0].Start)).CopyTo(Last);
            for (int i = 0; i < count; i++) sent += views[i].End - views[i].Start;
            count = Connection.Outbound.ContinueFlush(views, sent, wouldBlock: false, out _);
        }
    }

    public override void Resume()
    {
    }

    public override void BeginClose(bool discard)
    {
    }
}
