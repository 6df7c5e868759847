namespace DotNats.JetStream.Consumers.State;

/// <summary>The clients behind pull requests, as the queue of requests sees them.</summary>
// On the consumer's runner, from within calls of the queue; it must not be called back.
internal interface IPullClients
{
    /// <summary>Somebody listens where a request's messages go.</summary>
    bool HasInterest(WaitingPull pull);

    /// <summary>Tells a client something. A heartbeat says what was delivered last.</summary>
    /// <param name="reply">Where to; valid during the call.</param>
    /// <param name="origin">What was given with the request.</param>
    void Tell(ReadOnlySpan<byte> reply, object? origin, in PullStatus status);

    /// <summary>A client has become the one that gets a group's messages.</summary>
    void OnPinned(string group, string pinId);

    /// <summary>A client has ceased to be the one; another may be.</summary>
    /// <param name="reason"><c>timeout</c> or <c>admin</c>.</param>
    void OnUnpinned(string group, string reason);
}
