namespace DotNats.Primitives;

/// <summary>Says to one who looks now and then that something may have changed.</summary>
// Any thread sets it, after the change; one takes it, before it looks. A change that it does not see leaves the mark set.
public struct ChangeMark
{
    private volatile bool _isSet;

    /// <param name="isSet">Nobody has looked yet.</param>
    public ChangeMark(bool isSet) => _isSet = isSet;

    /// <summary>Something has changed.</summary>
    public void Set() => _isSet = true;

    /// <summary>Takes the mark; false where nothing has changed. What is read after this is as new as the mark.</summary>
    public bool TryTake()
    {
        if (!_isSet) return false;
        _isSet = false;
        // Without it the caller could read first: a change in between would be missed, and its mark taken away.
        Interlocked.MemoryBarrier();
        return true;
    }
}
