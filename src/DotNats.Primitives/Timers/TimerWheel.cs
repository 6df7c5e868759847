namespace DotNats.Primitives;

/// <summary>
/// All timers of a server on one clock: scheduling and cancelling cost a few list operations and no allocation, and the process is woken
/// only when something is due.
/// </summary>
// Owner: any thread; guarded by _gate. Callbacks run outside of it, one at a time, on the thread of the clock's timer.
// Lifetime: until Dispose; then nothing fires and scheduling does nothing.
// Invariant: _armedTick <= the tick of the next timer, unless callbacks are running, whose loop arms at its end.
public sealed class TimerWheel : IDisposable
{
    /// <summary>Timers fire on multiples of this after the wheel's start, never early.</summary>
    public static readonly TimeSpan Resolution = TimeSpan.FromMilliseconds(10);

    // Clocks may run a callback within Change when nothing is left to wait, and that would be inside our lock.
    private const long ShortestAlarm = 1;

    // System.Threading.Timer takes 49 days at most; waking for nothing once in 20 days does no harm.
    private const long LongestAlarm = 20L * 24 * 60 * 60 * 1000;

    private readonly Lock _gate = new();
    private readonly TimerSlots _slots = new();
    private readonly TimeProvider _time;
    private readonly Action<Exception> _onError;
    private readonly ITimer _clock;
    private readonly long _start;
    private long _armedTick = TimerSlots.Never;
    private bool _isFiring;
    private bool _isDisposed;

    /// <param name="onError">Gets what a timer threw; the wheel goes on. What this throws is dropped.</param>
    public TimerWheel(TimeProvider time, Action<Exception> onError)
    {
        _time = time;
        _onError = onError;
        _start = time.GetTimestamp();
        // The wheel outlives whoever makes it: its callbacks must not run in that one's execution context.
        AsyncFlowControl? flow = ExecutionContext.IsFlowSuppressed() ? null : ExecutionContext.SuppressFlow();
        _clock = time.CreateTimer(static wheel => ((TimerWheel)wheel!).Fire(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        flow?.Undo();
    }

    /// <summary>Timers that are scheduled.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
                return _slots.Count;
        }
    }

    /// <summary>
    /// Lets the timer expire once after <paramref name="due"/>, rounded up to <see cref="Resolution"/>; zero or less means as soon as
    /// possible, but never within this call. A timer that is scheduled already is moved.
    /// </summary>
    public void Schedule(WheelTimer timer, TimeSpan due)
    {
        lock (_gate)
        {
            if (_isDisposed)
                return;
            if (timer.Slot >= 0)
                _slots.Unlink(timer);
            _slots.Link(timer, DueTick(due));
            if (!_isFiring && timer.DueTick < _armedTick)
                Arm();
        }
    }

    /// <summary>Takes back a schedule.</summary>
    /// <returns>True when the timer was scheduled and will not expire now; false when it was not, or its callback has begun.</returns>
    public bool Cancel(WheelTimer timer)
    {
        lock (_gate)
        {
            if (timer.Slot < 0)
                return false;
            _slots.Unlink(timer);
            return true;
        }
    }

    /// <summary>Stops firing. Does not wait for a callback that is running.</summary>
    public void Dispose()
    {
        lock (_gate)
            _isDisposed = true;
        _clock.Dispose();
    }

    private void Fire()
    {
        lock (_gate)
        {
            // Two alarms may overlap when callbacks take longer than the time to the next: the running loop sees to all.
            if (_isFiring || _isDisposed)
                return;
            _isFiring = true;
            _armedTick = TimerSlots.Never;
        }
        while (TakeExpired() is { } timer)
            Run(timer);
    }

    /// <summary>The next timer to call back; when there is none, sets the alarm for the one after and ends the firing.</summary>
    private WheelTimer? TakeExpired()
    {
        lock (_gate)
        {
            WheelTimer? expired = _isDisposed ? null : _slots.PopExpired(NowTick());
            if (expired is null)
            {
                _isFiring = false;
                Arm();
            }
            return expired;
        }
    }

    private void Run(WheelTimer timer)
    {
        try
        {
            timer.OnExpired();
        }
        catch (Exception error)
        {
            try
            {
                _onError(error);
            }
            catch (Exception)
            {
                // Nobody is left to tell; the other timers still count on us.
            }
        }
    }

    private void Arm()
    {
        long next = _slots.NextTick();
        if (next == TimerSlots.Never || _isDisposed)
            return;
        _armedTick = next;
        long ticks = (next * Resolution.Ticks) - _time.GetElapsedTime(_start).Ticks;
        long milliseconds = (ticks + TimeSpan.TicksPerMillisecond - 1) / TimeSpan.TicksPerMillisecond;
        _clock.Change(TimeSpan.FromMilliseconds(Math.Clamp(milliseconds, ShortestAlarm, LongestAlarm)), Timeout.InfiniteTimeSpan);
    }

    private long NowTick() => _time.GetElapsedTime(_start).Ticks / Resolution.Ticks;

    private long DueTick(TimeSpan due)
    {
        // Half of what a TimeSpan holds is some 14,000 years and leaves room to add.
        long ahead = Math.Clamp(due.Ticks, 0, TimeSpan.MaxValue.Ticks / 2);
        return (_time.GetElapsedTime(_start).Ticks + ahead + Resolution.Ticks - 1) / Resolution.Ticks;
    }
}
