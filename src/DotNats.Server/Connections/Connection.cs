using DotNats.Server.Routing;

namespace DotNats.Server.Connections;

/// <summary>One peer: its endpoint below, its session above, its outbound beside.</summary>
// Owner: the receive side writes the In… counters; the outbound has its own lock; closing is once, by whoever comes first.
// Lifetime: from accept until the endpoint has closed; the closed ring keeps a snapshot only.
internal sealed class Connection : IStallPoint
{
    private int _closing;

    public Connection(ServerCore server, ulong id, Endpoint endpoint, string remoteIp, int remotePort)
    {
        Server = server;
        Id = id;
        Endpoint = endpoint;
        RemoteIp = remoteIp;
        RemotePort = remotePort;
        Outbound = new Outbound(server.Chunks, server.Options.Limits.MaxPendingBytes);
        StartTicks = LastActivityTicks = server.Time.GetTimestamp();
        StartTime = server.Time.GetUtcNow();
        endpoint.Connection = this;
    }

    public ServerCore Server { get; }

    public ulong Id { get; }

    public Endpoint Endpoint { get; private set; }

    public Outbound Outbound { get; }

    /// <summary>The protocol spoken; a PROXY header gives way to the client session once read.</summary>
    public Session Session { get; set; } = null!;

    public string RemoteIp { get; set; }

    public int RemotePort { get; set; }

    public DateTimeOffset StartTime { get; }

    public long StartTicks { get; }

    /// <summary>When something was last received or handed over for sending, in the server clock's ticks.</summary>
    public long LastActivityTicks;

    /// <summary>Messages published; written by the receive side.</summary>
    public long InMessages;

    /// <summary>Payload and header bytes published; written by the receive side.</summary>
    public long InBytes;

    /// <summary>Times its producers were made to wait.</summary>
    public long Stalls;

    public bool IsClosed => Volatile.Read(ref _closing) != 0;

    public CloseReason CloseReason { get; private set; }

    public DateTimeOffset StopTime { get; private set; }

    /// <summary>Goes on over another transport; the old one has let go of the socket. Only while the connection is being opened.</summary>
    public void MoveTo(Endpoint endpoint)
    {
        endpoint.Connection = this;
        Endpoint = endpoint;
    }

    /// <summary>Appends protocol text and sees to it that it leaves. Any thread, no lock held.</summary>
    public void SendNow(ReadOnlySpan<byte> text)
    {
        Outbound.Acquire();
        AppendResult result = Outbound.Append(text);
        Outbound.Release();
        if (result == AppendResult.Closed) return;
        Endpoint.Flush(becameWritable: false);
    }

    public bool TryPause(IPausedProducer producer)
    {
        if (!Outbound.TryPause(producer)) return false;
        Stalls++;
        return true;
    }

    /// <summary>Ends the connection once; later calls do nothing. Any thread; the caller holds no connection lock.</summary>
    public void Close(CloseReason reason, DeliveryContext? context = null)
    {
        context?.ReleaseHeld();
        if (Interlocked.Exchange(ref _closing, 1) != 0) return;
        CloseReason = reason;
        StopTime = Server.Time.GetUtcNow();
        bool discard = reason is CloseReason.SlowConsumerPendingBytes or CloseReason.SlowConsumerWriteDeadline or CloseReason.WriteError;
        Outbound.Acquire();
        List<IPausedProducer>? paused = Outbound.Close(discard);
        Outbound.Release();
        Server.OnConnectionClosing(this);
        Session.OnClosed(reason);
        if (paused is not null)
        {
            foreach (IPausedProducer producer in paused) producer.Resume();
        }

        Endpoint.BeginClose(discard);
        Server.OnConnectionClosed(this);
    }

    public override string ToString() => Session is MemberSession client ? client.LogName : $"{RemoteIp}:{RemotePort} - cid:{Id}";
}
