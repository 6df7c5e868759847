using Crash.Harness;
using Shouldly;
using Xunit;

namespace Crash.Logs;

/// <summary>Random runs, started by hand until they find nothing any more: CONTRIBUTING.md has the command.</summary>
public sealed class LogCrashTests
{
    [Fact(Explicit = true)]
    public void What_was_acknowledged_survives_crashes() => CrashRun.Repeat(150, CrashCase.Run).ShouldBeGreaterThanOrEqualTo(150);

    [Fact(Explicit = true)]
    public void A_flipped_bit_costs_one_message_and_is_named() => CrashRun.Repeat(2000, FlipCase.Run).ShouldBeGreaterThanOrEqualTo(2000);

    [Fact(Explicit = true)]
    public void A_full_disk_loses_nothing() => CrashRun.Repeat(50, FullDiskCase.Run).ShouldBeGreaterThanOrEqualTo(50);
}
