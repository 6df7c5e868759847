namespace DotNats.Storage;

/// <summary>Wakes one thread that waits, or the next that is going to; signals given meanwhile are as many wake-ups.</summary>
/// <remarks>
/// On Linux a counter of the kernel's: one system call on either side. The framework's semaphores spin before they wait, which takes the
/// processor from those that have something to do, and pass through two locks.
/// </remarks>
// Owner: whoever made it; any thread. Lifetime: disposed when nobody waits any more.
internal sealed class ThreadSignal : IDisposable
{
    private readonly SemaphoreSlim? _semaphore;
    private readonly int _counter = -1;

    public ThreadSignal()
    {
        if (OperatingSystem.IsLinux()) _counter = UnixCalls.CreateCounter();
        if (_counter < 0) _semaphore = new SemaphoreSlim(0);
    }

    public void Set()
    {
        if (_semaphore is not null) _semaphore.Release();
        else UnixCalls.AddToCounter(_counter);
    }

    public void Wait()
    {
        if (_semaphore is not null) _semaphore.Wait();
        else UnixCalls.TakeFromCounter(_counter);
    }

    public void Dispose()
    {
        _semaphore?.Dispose();
        if (_counter >= 0) UnixCalls.CloseCounter(_counter);
    }
}
