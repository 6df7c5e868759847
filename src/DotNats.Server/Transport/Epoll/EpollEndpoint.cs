using System.Net.Sockets;
using System.Runtime.InteropServices;
using DotNats.Server.Connections;
using DotNats.Server.Transport.Opening;

namespace DotNats.Server.Transport.Epoll;

/// <summary>One socket on an epoll loop.</summary>
// Owner: its loop reads and closes; any thread sends (Outbound sees to it that only one does at a time).
// Lifetime: the descriptor is closed by the loop alone, once no flusher can be inside a system call with it.
internal sealed class EpollEndpoint(EpollLoop loop, Socket socket) : Endpoint
{
    private readonly int _descriptor = (int)socket.SafeHandle.DangerousGetHandle();
    private WriteDeadline? _deadline;
    private long _appendedAtRead;

    public int Descriptor => _descriptor;

    public Socket Socket => socket;

    /// <summary>What has to be settled before the session sees a byte; null for nothing.</summary>
    public LoopOpening? Opening { get; set; }

    /// <summary>Where the loop keeps it; -1 before it is added and after it is gone.</summary>
    public int Slot { get; set; } = -1;

    /// <summary>The descriptor is closed.</summary>
    public bool Finished { get; set; }

    /// <summary>The kernel may have more than was read.</summary>
    public bool Readable { get; set; }

    /// <summary>The peer sends nothing more; its end may still have to be read.</summary>
    public bool PeerEnded { get; set; }

    /// <summary>On the loop's list of connections to go on reading.</summary>
    public bool Listed { get; set; }

    /// <summary>Not to be read until this moment or <see cref="Resume"/>; 0 when not paused.</summary>
    public long PausedUntil { get; set; }

    /// <summary>Not to be read until <see cref="Resume"/>.</summary>
    public bool Suspended { get; set; }

    /// <summary>True when something was sent to the peer since the last call.</summary>
    public bool SawOutput()
    {
        long appended = Connection.Outbound.AppendedBytes;
        bool saw = appended != _appendedAtRead;
        _appendedAtRead = appended;
        return saw;
    }

    /// <summary>Close was asked for; what waits may still leave.</summary>
    public volatile bool Closing;

    /// <summary>Start of a command that has not arrived whole.</summary>
    public PartialCommand Partial { get; } = new();

    public override void Flush(bool becameWritable)
    {
        SegmentViews views = default;
        int count = Connection.Outbound.BeginFlush(views, becameWritable);
        if (count == 0) return;
        while (count > 0)
        {
            long total = Send(views, count, out long sent);
            if (sent < 0)
            {
                Connection.Outbound.AbortFlush();
                Connection.Close(CloseReason.WriteError);
                return;
            }

            count = Connection.Outbound.ContinueFlush(views, sent, wouldBlock: sent < total, out List<IPausedProducer>? resumed);
            if (resumed is not null)
            {
                foreach (IPausedProducer producer in resumed) producer.Resume();
            }

            if (count == 0 && sent < total) WatchDeadline();
        }

        // Who closed it while this was going on left the rest to its flusher.
        if (Closing && Connection.Outbound.IsQuiet) loop.PostClose(this);
    }

    /// <summary>One vectored send. <paramref name="sent"/> is 0 where the peer takes nothing now, -1 where it is gone.</summary>
    private long Send(ReadOnlySpan<Outbound.Segment> views, int count, out long sent)
    {
        Span<LinuxCalls.IoVector> vectors = stackalloc LinuxCalls.IoVector[SegmentViews.Length];
        long total = 0;
        for (int i = 0; i < count; i++)
        {
            // Chunks are pinned arrays: the address holds for as long as the outbound owns them.
            int length = views[i].End - views[i].Start;
            vectors[i] = new LinuxCalls.IoVector { Base = Marshal.UnsafeAddrOfPinnedArrayElement(views[i].Buffer, views[i].Start), Length = length };
            total += length;
        }

        do
        {
            sent = LinuxCalls.writev(_descriptor, ref vectors[0], count);
            if (sent >= 0) return total;
        }
        while (Marshal.GetLastPInvokeError() == LinuxCalls.ErrorInterrupted);

        sent = Marshal.GetLastPInvokeError() == LinuxCalls.ErrorAgain ? 0 : -1;
        return total;
    }

    private void WatchDeadline()
    {
        if (Connection.IsClosed) return;
        (_deadline ??= new WriteDeadline(Connection)).Watch();
    }

    public override void Resume() => loop.PostResume(this);

    public override void BeginClose(bool discard)
    {
        Closing = true;
        _deadline?.Stop();
        if (!discard) Flush(becameWritable: false);
        if (!discard && !Connection.Outbound.IsQuiet) new CloseLinger(this, loop).Start(Connection.Server);
        else loop.PostClose(this);
    }

    /// <summary>The loop is done with it.</summary>
    public void Dispose() => socket.Dispose();
}
