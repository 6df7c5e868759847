using DotNats.Server.Transport.Epoll;

namespace DotNats.Server.Transport;

/// <summary>The loops that carry plain sockets, of whichever listener they came in by.</summary>
// Owner: the server. Started with the first listener; none where there is no epoll.
internal sealed class TransportLoops(ServerCore server)
{
    // Loops beyond this bring nothing the benchmarks could see; each costs a thread.
    private const int MaxLoops = 8;

    private EpollLoop[] _loops = [];
    private int _next;

    /// <summary>True serves sockets over streams even where there are epoll loops. Set before the start; for tests of that path.</summary>
    public bool IsPortable { get; set; }

    public void Start()
    {
        if (!OperatingSystem.IsLinux() || IsPortable || _loops.Length > 0) return;
        var loops = new EpollLoop[Math.Clamp(Environment.ProcessorCount, 1, MaxLoops)];
        for (int i = 0; i < loops.Length; i++)
        {
            loops[i] = new EpollLoop(server, i);
            loops[i].Start();
        }

        _loops = loops;
    }

    /// <summary>The loop for the next connection; null where sockets are served over streams.</summary>
    public EpollLoop? Next() => _loops.Length == 0 ? null : _loops[(uint)Interlocked.Increment(ref _next) % (uint)_loops.Length];

    /// <summary>Every connection has been closed.</summary>
    public void Stop()
    {
        foreach (EpollLoop loop in _loops) loop.Stop();
    }
}
