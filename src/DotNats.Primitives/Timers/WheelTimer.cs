namespace DotNats.Primitives;

/// <summary>Something that wants to be called once after a time; derive from it to be scheduled on a <see cref="TimerWheel"/>.</summary>
// Owner: the lock of the one wheel it is scheduled on.
// Lifetime: linked into a slot from Schedule to expiry or Cancel; may be scheduled again at any time, also while it expires.
// Invariant: Slot >= 0 exactly while linked.
public abstract class WheelTimer
{
    internal WheelTimer? Next;
    internal WheelTimer? Previous;
    internal long DueTick;
    internal int Slot = -1;

    /// <summary>
    /// Called on the wheel's timer thread, outside its lock, one timer at a time: must be short and must not block. It may schedule and
    /// cancel timers, itself included.
    /// </summary>
    protected internal abstract void OnExpired();
}
