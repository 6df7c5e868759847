using DotNats.Server.Connections;

namespace Fuzz.Clients;

/// <summary>A peer that takes everything at once and keeps it.</summary>
internal sealed class RecordingEndpoint : Endpoint
{
    private readonly MemoryStream _taken = new();

    public ReadOnlySpan<byte> Taken => _taken.GetBuffer().AsSpan(0, (int)_taken.Length);

    public override void Flush(bool becameWritable)
    {
        SegmentViews views = default;
        int count = Connection.Outbound.BeginFlush(views, becameWritable);
        while (count > 0)
        {
            long sent = 0;
            for (int i = 0; i < count; i++)
            {
                _taken.Write(views[i].Buffer, views[i].Start, views[i].End - views[i].Start);
                sent += views[i].End - views[i].Start;
            }

            count = Connection.Outbound.ContinueFlush(views, sent, wouldBlock: false, out _);
        }
    }

    public override void Resume()
    {
    }

    public override void BeginClose(bool discard) => Flush(becameWritable: false);
}
