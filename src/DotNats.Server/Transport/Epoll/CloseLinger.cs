using DotNats.Primitives;

namespace DotNats.Server.Transport.Epoll;

/// <summary>Gives a closing connection a moment to take its last bytes, then closes it all the same.</summary>
internal sealed class CloseLinger(EpollEndpoint endpoint, EpollLoop loop) : WheelTimer
{
    // The loop closes earlier when the bytes are out; a peer that does not read must not hold a descriptor for long.
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(2);

    public void Start(ServerCore server) => server.Timers.Schedule(this, Longest);

    protected override void OnExpired() => loop.PostClose(endpoint);
}
