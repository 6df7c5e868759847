using CsCheck;
using DotNats.Primitives;
using Microsoft.Extensions.Time.Testing;
using Shouldly;
using Xunit;

namespace Primitives.Tests;

public sealed class TimerWheelTests : IDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly List<Exception> _errors = [];
    private readonly TimerWheel _wheel;

    public TimerWheelTests() => _wheel = new TimerWheel(_time, _errors.Add);

    public void Dispose() => _wheel.Dispose();

    [Theory]
    [InlineData(10)]
    [InlineData(640)]
    [InlineData(650)]
    [InlineData(40_960)]
    [InlineData(120_000)]
    [InlineData(86_400_000)]
    public void Fires_at_its_time_and_not_before(int milliseconds)
    {
        var timer = new Probe();
        _wheel.Schedule(timer, TimeSpan.FromMilliseconds(milliseconds));
        _time.Advance(TimeSpan.FromMilliseconds(milliseconds - 1));
        timer.Fired.ShouldBe(0);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        timer.Fired.ShouldBe(1);
        _time.Advance(TimeSpan.FromDays(400));
        timer.Fired.ShouldBe(1);
    }

    [Fact]
    public void Time_between_two_ticks_is_rounded_up()
    {
        _time.Advance(TimeSpan.FromMilliseconds(3));
        var timer = new Probe();
        _wheel.Schedule(timer, TimeSpan.FromMilliseconds(50));
        _time.Advance(TimeSpan.FromMilliseconds(50));
        timer.Fired.ShouldBe(0);
        _time.Advance(TimeSpan.FromMilliseconds(7));
        timer.Fired.ShouldBe(1);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-5)]
    public void Nothing_fires_within_Schedule(int milliseconds)
    {
        var timer = new Probe();
        _wheel.Schedule(timer, TimeSpan.FromMilliseconds(milliseconds));
        timer.Fired.ShouldBe(0);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        timer.Fired.ShouldBe(1);
    }

    [Fact]
    public void Scheduling_again_moves_the_timer()
    {
        var timer = new Probe();
        _wheel.Schedule(timer, TimeSpan.FromSeconds(1));
        _time.Advance(TimeSpan.FromMilliseconds(900));
        _wheel.Schedule(timer, TimeSpan.FromSeconds(1));
        _time.Advance(TimeSpan.FromMilliseconds(990));
        timer.Fired.ShouldBe(0);
        _time.Advance(TimeSpan.FromMilliseconds(10));
        timer.Fired.ShouldBe(1);
        _wheel.Count.ShouldBe(0);
    }

    [Fact]
    public void An_earlier_timer_brings_the_alarm_forward()
    {
        Probe late = new(), early = new();
        _wheel.Schedule(late, TimeSpan.FromHours(1));
        _wheel.Schedule(early, TimeSpan.FromMilliseconds(20));
        _time.Advance(TimeSpan.FromMilliseconds(20));
        early.Fired.ShouldBe(1);
        late.Fired.ShouldBe(0);
    }

    [Fact]
    public void Cancelled_timer_does_not_fire()
    {
        Probe kept = new(), cancelled = new();
        _wheel.Schedule(kept, TimeSpan.FromSeconds(5));
        _wheel.Schedule(cancelled, TimeSpan.FromSeconds(5));
        _wheel.Cancel(cancelled).ShouldBeTrue();
        _wheel.Cancel(cancelled).ShouldBeFalse();
        _time.Advance(TimeSpan.FromSeconds(5));
        cancelled.Fired.ShouldBe(0);
        kept.Fired.ShouldBe(1);
        _wheel.Cancel(kept).ShouldBeFalse();
    }

    [Fact]
    public void Timer_expired_with_others_can_still_be_cancelled_by_the_first()
    {
        var second = new Probe();
        var first = new Probe(onExpired: () => _wheel.Cancel(second).ShouldBeTrue());
        _wheel.Schedule(first, TimeSpan.FromSeconds(1));
        _wheel.Schedule(second, TimeSpan.FromSeconds(1));
        _time.Advance(TimeSpan.FromSeconds(1));
        first.Fired.ShouldBe(1);
        second.Fired.ShouldBe(0);
        _errors.ShouldBeEmpty();
    }

    [Fact]
    public void Timer_can_schedule_itself_again()
    {
        Probe? timer = null;
        timer = new Probe(onExpired: () => _wheel.Schedule(timer!, TimeSpan.FromSeconds(1)));
        _wheel.Schedule(timer, TimeSpan.FromSeconds(1));
        for (int i = 0; i < 10; i++)
            _time.Advance(TimeSpan.FromSeconds(1));
        timer.Fired.ShouldBe(10);
    }

    [Fact]
    public void An_exception_is_reported_and_stops_nobody()
    {
        Probe bad = new(onExpired: () => throw new InvalidOperationException("boom")), good = new();
        _wheel.Schedule(bad, TimeSpan.FromSeconds(1));
        _wheel.Schedule(good, TimeSpan.FromSeconds(1));
        _time.Advance(TimeSpan.FromSeconds(1));
        good.Fired.ShouldBe(1);
        _errors.Single().Message.ShouldBe("boom");
        _wheel.Schedule(good, TimeSpan.FromSeconds(1));
        _time.Advance(TimeSpan.FromSeconds(1));
        good.Fired.ShouldBe(2);
    }

    [Fact]
    public void Callbacks_run_outside_the_lock()
    {
        bool otherThreadGotIn = false;
        var timer = new Probe(onExpired: () =>
        {
            var other = new Thread(() => _wheel.Schedule(new Probe(), TimeSpan.FromSeconds(1)));
            other.Start();
            otherThreadGotIn = other.Join(TimeSpan.FromSeconds(10));
        });
        _wheel.Schedule(timer, TimeSpan.FromSeconds(1));
        _time.Advance(TimeSpan.FromSeconds(1));
        otherThreadGotIn.ShouldBeTrue();
    }

    [Fact]
    public void Callbacks_run_one_at_a_time_even_if_the_alarm_rings_twice()
    {
        var clock = new AlarmCounter();
        using var wheel = new TimerWheel(clock, _errors.Add);
        var second = new Probe();
        bool nested = false;
        wheel.Schedule(
            new Probe(onExpired: () =>
            {
                clock.Ring();
                nested = second.Fired > 0;
            }),
            TimeSpan.FromSeconds(1));
        wheel.Schedule(second, TimeSpan.FromSeconds(1));
        clock.Advance(TimeSpan.FromSeconds(1));
        nested.ShouldBeFalse();
        second.Fired.ShouldBe(1);
    }

    [Fact]
    public void Idle_wheel_does_not_tick()
    {
        var clock = new AlarmCounter();
        using var wheel = new TimerWheel(clock, _errors.Add);
        clock.Advance(TimeSpan.FromHours(1));
        clock.Alarms.ShouldBe(0);
        wheel.Schedule(new Probe(), TimeSpan.FromMinutes(2));
        clock.Advance(TimeSpan.FromHours(1));
        clock.Alarms.ShouldBe(1);
    }

    [Fact]
    public void Cancelled_timers_wake_at_most_once_each_slot()
    {
        var clock = new AlarmCounter();
        using var wheel = new TimerWheel(clock, _errors.Add);
        Probe[] timers = [.. Enumerable.Range(1, 100).Select(_ => new Probe())];
        for (int i = 0; i < timers.Length; i++)
            wheel.Schedule(timers[i], TimeSpan.FromSeconds(60 + i));
        foreach (Probe timer in timers)
            wheel.Cancel(timer);
        clock.Advance(TimeSpan.FromHours(1));
        clock.Alarms.ShouldBe(1);
    }

    [Fact]
    public void Hundred_thousand_timers_all_fire()
    {
        Probe[] timers = [.. Enumerable.Range(0, 100_000).Select(_ => new Probe())];
        var random = new Random(1);
        foreach (Probe timer in timers)
            _wheel.Schedule(timer, TimeSpan.FromMilliseconds(random.Next(1, 3_600_000)));
        _wheel.Count.ShouldBe(timers.Length);
        _time.Advance(TimeSpan.FromHours(1) + TimerWheel.Resolution);
        timers.ShouldAllBe(t => t.Fired == 1);
        _wheel.Count.ShouldBe(0);
    }

    [Fact]
    public void Scheduling_allocates_nothing()
    {
        var timer = new Probe();
        _wheel.Schedule(timer, TimeSpan.FromSeconds(1));
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 1; i <= 1000; i++)
            _wheel.Schedule(timer, TimeSpan.FromSeconds(i));
        _wheel.Cancel(timer).ShouldBeTrue();
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBe(0);
    }

    [Fact]
    public void Threads_scheduling_and_cancelling_lose_no_timer_on_a_real_clock()
    {
        const int Threads = 3, TimersEach = 5000;
        using var wheel = new TimerWheel(TimeProvider.System, _errors.Add);
        using var unsettled = new CountdownEvent(Threads * TimersEach);
        Thread[] threads = [.. Enumerable.Range(0, Threads).Select(seed => new Thread(() =>
        {
            var random = new Random(seed);
            for (int i = 0; i < TimersEach; i++)
            {
                var timer = new Probe(onExpired: () => unsettled.Signal());
                wheel.Schedule(timer, TimeSpan.FromMilliseconds(random.Next(0, 60)));
                if (random.Next(4) == 0 && wheel.Cancel(timer))
                {
                    if (random.Next(2) == 0)
                        wheel.Schedule(timer, TimeSpan.FromMilliseconds(random.Next(0, 60)));
                    else
                        unsettled.Signal();
                }
            }
        }))];
        foreach (Thread thread in threads)
            thread.Start();
        foreach (Thread thread in threads)
            thread.Join();
        // Each timer ends once, by firing or by being cancelled: one time too often would throw, one time too few would wait for ever.
        unsettled.Wait(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken).ShouldBeTrue();
        wheel.Count.ShouldBe(0);
        _errors.ShouldBeEmpty();
    }

    [Fact]
    public async Task Callbacks_do_not_run_in_the_context_of_who_made_the_wheel()
    {
        var ambient = new AsyncLocal<string> { Value = "maker" };
        using var wheel = new TimerWheel(TimeProvider.System, _errors.Add);
        var seen = new TaskCompletionSource<string?>(TaskCreationOptions.RunContinuationsAsynchronously);
        wheel.Schedule(new Probe(onExpired: () => seen.SetResult(ambient.Value)), TimeSpan.Zero);
        (await seen.Task.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken)).ShouldBeNull();
        ambient.Value.ShouldBe("maker");
    }

    [Fact]
    public void Nothing_fires_after_Dispose()
    {
        var timer = new Probe();
        _wheel.Schedule(timer, TimeSpan.FromSeconds(1));
        _wheel.Dispose();
        _wheel.Schedule(new Probe(), TimeSpan.FromSeconds(1));
        _time.Advance(TimeSpan.FromSeconds(5));
        timer.Fired.ShouldBe(0);
    }

    [Fact]
    public void The_longest_time_is_accepted()
    {
        var timer = new Probe();
        _wheel.Schedule(timer, TimeSpan.MaxValue);
        _time.Advance(TimeSpan.FromDays(3650));
        timer.Fired.ShouldBe(0);
        _wheel.Cancel(timer).ShouldBeTrue();
    }

    [Fact]
    public void Timers_fire_in_order_whatever_is_moved_or_cancelled() =>
        Gen.Select(Gen.Int[0, 3], Gen.Int[0, 49], Gen.Int[1, 22].SelectMany(bits => Gen.Int[0, 1 << bits])).Array[1, 200].Sample(steps =>
        {
            var time = new FakeTimeProvider();
            using var wheel = new TimerWheel(time, static error => throw error);
            List<long> fired = [];
            long now = 0;
            long[] due = new long[50];
            var timers = new Probe[50];
            for (int i = 0; i < timers.Length; i++)
            {
                int id = i;
                timers[i] = new Probe(onExpired: () =>
                {
                    due[id].ShouldBeInRange(1, now);
                    fired.Add(due[id]);
                    due[id] = 0;
                });
            }
            foreach ((int action, int id, int ticks) in steps)
            {
                switch (action)
                {
                    case 0:
                        fired.Clear();
                        now += ticks;
                        time.Advance(ticks * TimerWheel.Resolution);
                        fired.ShouldBe(fired.Order());
                        due.ShouldAllBe(d => d == 0 || d > now);
                        break;
                    case 1:
                        wheel.Cancel(timers[id]).ShouldBe(due[id] != 0);
                        due[id] = 0;
                        break;
                    default:
                        due[id] = now + ticks + 1;
                        wheel.Schedule(timers[id], (ticks + 1) * TimerWheel.Resolution);
                        break;
                }
            }
        });

    private sealed class Probe(Action? onExpired = null) : WheelTimer
    {
        public int Fired { get; private set; }

        protected internal override void OnExpired()
        {
            Fired++;
            onExpired?.Invoke();
        }
    }

    /// <summary>A fake clock that counts how often its one timer went off, and lets it go off out of turn.</summary>
    private sealed class AlarmCounter : TimeProvider
    {
        private readonly FakeTimeProvider _inner = new();
        private Action? _ring;

        public int Alarms { get; private set; }

        public override long TimestampFrequency => _inner.TimestampFrequency;

        public void Advance(TimeSpan span) => _inner.Advance(span);

        public override long GetTimestamp() => _inner.GetTimestamp();

        public void Ring() => _ring!();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            _ring = () => callback(state);
            return _inner.CreateTimer(
                s =>
                {
                    Alarms++;
                    callback(s);
                },
                state,
                dueTime,
                period);
        }
    }
}
