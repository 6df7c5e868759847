using Crash.Harness;
using Shouldly;
using Xunit;

namespace Crash.Logs;

/// <summary>Random histories of file logs: a short run each; README.md says how to have longer ones.</summary>
public sealed class LogCrashTests
{
    [Fact]
    public void What_was_acknowledged_survives_crashes() => CrashRun.Repeat(600, CrashCase.Run).ShouldBeGreaterThanOrEqualTo(600);

    [Fact]
    public void A_flipped_bit_is_named_and_costs_one_message_at_most() => CrashRun.Repeat(1000, FlipCase.Run).ShouldBeGreaterThanOrEqualTo(1000);

    [Fact]
    public void An_atomic_batch_is_there_as_a_whole_or_not_at_all()
    {
        int torn = 0;
        CrashRun.Repeat(600, seed => BatchCase.Run(seed, count => Interlocked.Add(ref torn, count))).ShouldBeGreaterThanOrEqualTo(600);
        torn.ShouldBeGreaterThan(0);
    }

    [Fact]
    public void What_a_device_cannot_read_costs_nothing_else() => CrashRun.Repeat(300, FailingReadCase.Run).ShouldBeGreaterThanOrEqualTo(300);

    [Fact]
    public void A_full_disk_loses_nothing() => CrashRun.Repeat(100, FullDiskCase.Run).ShouldBeGreaterThanOrEqualTo(100);
}
