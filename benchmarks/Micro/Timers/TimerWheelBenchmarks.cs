using BenchmarkDotNet.Attributes;
using DotNats.Primitives;

namespace DotNats.Benchmarks;

/// <summary>Scheduling among many timers.</summary>
public class TimerWheelBenchmarks
{
    private readonly TimerWheel _wheel = new(TimeProvider.System, static _ => { });
    private readonly Timer _timer = new();

    [GlobalSetup]
    public void Fill()
    {
        for (int i = 0; i < 100_000; i++)
            _wheel.Schedule(new Timer(), TimeSpan.FromSeconds(100 + i));
    }

    [GlobalCleanup]
    public void Stop() => _wheel.Dispose();

    [Benchmark]
    public void Reschedule() => _wheel.Schedule(_timer, TimeSpan.FromMinutes(2));

    [Benchmark]
    public bool ScheduleAndCancel()
    {
        _wheel.Schedule(_timer, TimeSpan.FromSeconds(10));
        return _wheel.Cancel(_timer);
    }

    private sealed class Timer : WheelTimer
    {
        protected internal override void OnExpired()
        {
        }
    }
}
