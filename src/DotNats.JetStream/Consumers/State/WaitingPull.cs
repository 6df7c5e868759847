using DotNats.JetStream.Streams;

namespace DotNats.JetStream.Consumers.State;

/// <summary>A pull request that waits for messages.</summary>
// Owner: one PullQueue, which uses it again for another request once it is done. Whoever is given one keeps nothing of it.
internal sealed class WaitingPull
{
    private byte[] _reply = [];
    private int _replyLength;

    /// <summary>Where its messages go.</summary>
    public ReadOnlySpan<byte> Reply => _reply.AsSpan(0, _replyLength);

    /// <summary>Whatever the consumer knows of whom it is from.</summary>
    public object? Origin { get; private set; }

    /// <summary>It came from another account: its end for want of interest is told.</summary>
    public bool IsImported { get; private set; }

    /// <summary>Messages it still wants.</summary>
    public long Messages { get; internal set; }

    /// <summary>Bytes it has still room for; 0 for any number.</summary>
    public long Bytes { get; internal set; }

    /// <summary>Messages it was given.</summary>
    public long Given { get; internal set; }

    public bool NoWait { get; private set; }

    /// <summary><see cref="long.MaxValue"/> for never.</summary>
    public long ExpiresAt { get; private set; }

    public long HeartbeatNanoseconds { get; private set; }

    /// <summary><see cref="long.MaxValue"/> for never.</summary>
    public long NextHeartbeat { get; internal set; }

    /// <summary>Empty for none.</summary>
    public string Group { get; private set; } = "";

    /// <summary>The pin it has; empty for none.</summary>
    public string PinId { get; internal set; } = "";

    public long MinPending { get; private set; }

    public long MinAckPending { get; private set; }

    /// <summary>Lower ones come first.</summary>
    public long Priority { get; private set; }

    // In the order in which they are served.
    internal WaitingPull? Previous { get; set; }

    internal WaitingPull? Next { get; set; }

    internal void Set(in PullRequest request, ReadOnlySpan<byte> reply, object? origin, bool isImported, long now)
    {
        if (_reply.Length < reply.Length) _reply = new byte[reply.Length];
        reply.CopyTo(_reply);
        _replyLength = reply.Length;
        (Origin, IsImported) = (origin, isImported);
        (Messages, Bytes, Given, NoWait) = (request.Batch, request.MaxBytes, 0, request.NoWait);
        ExpiresAt = request.ExpiresNanoseconds == 0 ? long.MaxValue : StreamClock.After(now, request.ExpiresNanoseconds);
        HeartbeatNanoseconds = request.HeartbeatNanoseconds;
        NextHeartbeat = HeartbeatNanoseconds > 0 ? StreamClock.After(now, HeartbeatNanoseconds) : long.MaxValue;
        (Group, PinId) = (request.Group ?? "", request.PinId ?? "");
        (MinPending, MinAckPending) = (request.MinPending, request.MinAckPending);
        // Compat: a request that says nothing of groups comes after all that do.
        Priority = request.IsJson ? request.Priority : int.MaxValue;
    }

    internal void BeatAgain(long now)
    {
        if (HeartbeatNanoseconds > 0) NextHeartbeat = StreamClock.After(now, HeartbeatNanoseconds);
    }

    internal void Clear() => (Origin, Group, PinId) = (null, "", "");
}
