namespace DotNats.Storage;

/// <summary>Whose turn it is at something that one thread at a time works on: the loop's, or its owner's.</summary>
// Lifetime: that of the work. Invariant: Idle -> Queued -> Running -> Idle, or Queued again where more came.
internal sealed class WorkTurns(SyncLoop loop, ISyncWork work)
{
    private const int Idle = 0;
    private const int Queued = 1;
    private const int Running = 2;
    private const int RunningAndWanted = 3;

    private int _state;

    /// <summary>Asks for a turn of the loop. What the caller wrote before is seen by that turn.</summary>
    public void Request()
    {
        // A turn that begins just now and finds nothing of it must not be taken for one that is still to come.
        Interlocked.MemoryBarrier();
        while (true)
        {
            int state = Volatile.Read(ref _state);
            if (state is Queued or RunningAndWanted) return;
            int next = state == Idle ? Queued : RunningAndWanted;
            if (Interlocked.CompareExchange(ref _state, next, state) != state) continue;
            if (next == Queued) loop.Enqueue(work);
            return;
        }
    }

    /// <summary>Begins the turn that was asked for.</summary>
    public bool TryBegin() => Interlocked.CompareExchange(ref _state, Running, Queued) == Queued;

    /// <summary>Begins a turn on the owner's thread; false where the loop has it or will.</summary>
    public bool TryBeginHere() => Interlocked.CompareExchange(ref _state, Running, Idle) == Idle;

    /// <summary>Waits for the turn on the owner's thread, before the loop where that has not begun.</summary>
    public void BeginHere()
    {
        var wait = default(SpinWait);
        while (!TryBeginHere() && !TryBegin()) wait.SpinOnce();
    }

    /// <summary>Leaves a turn to the loop.</summary>
    public void PassOn()
    {
        Volatile.Write(ref _state, Queued);
        loop.Enqueue(work);
    }

    /// <summary>Ends a turn. Others get theirs before this work has another.</summary>
    /// <param name="looksAgain">The caller is a thread of the loop that looks for work next: nobody else is woken for this.</param>
    public void End(bool looksAgain = false)
    {
        if (Interlocked.CompareExchange(ref _state, Idle, Running) == Running) return;
        Volatile.Write(ref _state, Queued);
        if (looksAgain) loop.EnqueueHere(work);
        else loop.Enqueue(work);
    }
}
