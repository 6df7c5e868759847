using System.Diagnostics;
using Load.Wire;

namespace Load.Workers;

/// <summary>One thread, one epoll: the frame of every worker that drives many connections at once.</summary>
internal abstract class EventLoop : IDisposable
{
    private const int ControlToken = -1;

    private readonly ControlPipe _control = new();

    protected EpollSet Epoll { get; } = new();

    /// <summary>Where every receive goes: large enough to take a socket's whole queue, small enough to stay in the cache.</summary>
    protected byte[] Buffer { get; } = GC.AllocateArray<byte>(256 * 1024, pinned: true);

    protected static long Now => Stopwatch.GetTimestamp();

    protected static long Nanoseconds(long milliseconds) => milliseconds * Stopwatch.Frequency / 1000;

    /// <summary>Runs until the harness says `quit` or is gone.</summary>
    internal void Run()
    {
        Epoll.Add(ControlPipe.Descriptor, EpollSet.In, ControlToken);
        ControlPipe.Answer();
        while (true)
        {
            int count = Epoll.Wait(Step());
            for (int i = 0; i < count; i++)
            {
                ReadyEvent ready = Epoll[i];
                if (ready.Token != ControlToken) OnReady(ready);
                else if (_control.Read() is not { } command || command[0] == "quit") return;
                else OnCommand(command);
            }
        }
    }

    /// <summary>
    /// What can be done without waiting. Returns how long epoll may wait, in milliseconds; 0 when there is more to do at once.
    /// </summary>
    protected abstract int Step();

    protected abstract void OnReady(ReadyEvent ready);

    protected abstract void OnCommand(string[] command);

    public virtual void Dispose() => Epoll.Dispose();
}
