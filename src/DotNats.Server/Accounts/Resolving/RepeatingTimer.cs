using DotNats.Primitives;

namespace DotNats.Server.Accounts.Resolving;

/// <summary>Posts the same work again and again until it is disposed.</summary>
internal sealed class RepeatingTimer : WheelTimer, IDisposable
{
    private readonly TimerWheel _wheel;
    private readonly TimeSpan _interval;
    private readonly Action _tick;
    private volatile bool _isDisposed;

    /// <param name="tick">Short: called on the thread of all timers.</param>
    public RepeatingTimer(TimerWheel wheel, TimeSpan interval, Action tick)
    {
        _wheel = wheel;
        _interval = interval;
        _tick = tick;
        wheel.Schedule(this, interval);
    }

    public void Dispose()
    {
        _isDisposed = true;
        _wheel.Cancel(this);
    }

    protected override void OnExpired()
    {
        if (_isDisposed) return;
        _wheel.Schedule(this, _interval);
        _tick();
    }
}
