using Microsoft.Win32.SafeHandles;

namespace DotNats.Storage;

/// <summary>Wakes one thread that waits, or the next that is going to; signals given meanwhile are as many wake-ups.</summary>
/// <remarks>
/// On Linux a counter of the kernel's: one system call on either side. The framework's semaphores spin before they wait, which takes the
/// processor from those that have something to do, and pass through two locks.
/// </remarks>
// Owner: whoever made it; any thread. Lifetime: disposed when nobody waits any more; a signal that comes later is for nobody.
internal sealed class ThreadSignal : IDisposable
{
    private readonly SemaphoreSlim? _semaphore;
    private readonly SafeFileHandle? _counter;

    public ThreadSignal()
    {
        if (OperatingSystem.IsLinux()) _counter = UnixCalls.CreateCounter();
        if (_counter is null) _semaphore = new SemaphoreSlim(0);
    }

    public void Set()
    {
        try
        {
            if (_counter is not null) UnixCalls.AddToCounter(_counter);
            else _semaphore!.Release();
        }
        catch (ObjectDisposedException)
        {
            // A timer that was at work when everything ended. Its number may be another file's by now: the handle knows.
        }
    }

    public void Wait()
    {
        if (_counter is not null) UnixCalls.TakeFromCounter(_counter);
        else _semaphore!.Wait();
    }

    public void Dispose()
    {
        _semaphore?.Dispose();
        _counter?.Dispose();
    }
}
