namespace DotNats.Server.Accounts;

/// <summary>The way back of one request that went to a service of another account.</summary>
// Owner: whoever made it until it is in the exporter's ServiceResponses; from then on whoever takes its ticket out of there. One for a single
// response goes back to the pool after that; one for several is left to the collector, as its users may be at work at once.
// Invariant: in the requester's AwaitedReplies exactly while its ticket is out or its owner is at work.
internal sealed class ServiceResponse
{
    private byte[] _reply = [];
    private int _replyLength;

    /// <summary>Where it can be found; digits of the reply subject.</summary>
    public ulong Ticket { get; set; }

    /// <summary>The account that gives the response.</summary>
    public ServiceResponses Responses { get; set; } = null!;

    /// <summary>The account that waits for it.</summary>
    public Account Requester { get; set; } = null!;

    /// <summary>The service asked; null for what the server itself imports.</summary>
    public ServiceExport? Export { get; set; }

    /// <summary>The importing account lets the service know who asks.</summary>
    public bool Share { get; set; }

    /// <summary>More than one response may come.</summary>
    public bool IsStream { get; set; }

    public long ThresholdTicks { get; set; }

    /// <summary>When the request or, of several, the last response passed, in ticks of the server clock.</summary>
    public long LastTicks;

    /// <summary>Its measurement; null for nearly all.</summary>
    public LatencySample? Sample { get; set; }

    /// <summary>What takes it out of the requester's AwaitedReplies.</summary>
    public int Handle { get; set; }

    /// <summary>Where the requester wants the response.</summary>
    public ReadOnlySpan<byte> Reply => _reply.AsSpan(0, _replyLength);

    public void SetReply(ReadOnlySpan<byte> reply)
    {
        if (_reply.Length < reply.Length) _reply = new byte[Math.Max(64, reply.Length)];
        reply.CopyTo(_reply);
        _replyLength = reply.Length;
    }

    /// <summary>Ready for the pool: keeps nothing alive, and no long subject.</summary>
    public void Clear()
    {
        Responses = null!;
        Requester = null!;
        Export = null;
        Sample = null;
        if (_reply.Length > 256) _reply = [];
        _replyLength = 0;
    }
}
