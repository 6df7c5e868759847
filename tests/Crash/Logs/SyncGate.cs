namespace Crash.Logs;

/// <summary>Holds a sync up until more was appended, so that what comes while the disk is busy is no matter of luck.</summary>
internal sealed class SyncGate(Action entered)
{
    private readonly ManualResetEventSlim _open = new(initialState: true);
    private volatile bool _isEntered;

    /// <summary>A sync waits.</summary>
    public bool IsEntered => _isEntered;

    /// <summary>Syncs wait from now on.</summary>
    public void Close()
    {
        _isEntered = false;
        _open.Reset();
    }

    public void Open() => _open.Set();

    /// <summary>On the thread that syncs.</summary>
    public void Pass()
    {
        if (_open.IsSet) return;
        _isEntered = true;
        entered();
        _open.Wait(TimeSpan.FromSeconds(20));
    }
}
