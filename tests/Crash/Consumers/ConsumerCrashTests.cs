using Crash.Harness;
using Shouldly;
using Xunit;

namespace Crash.Consumers;

public sealed class ConsumerCrashTests
{
    [Fact]
    public void An_acknowledgement_that_was_answered_is_there_after_a_crash() => CrashRun.Repeat(300, ConsumerCase.Run).ShouldBeGreaterThanOrEqualTo(300);

    [Fact]
    public void A_flipped_bit_is_noticed() => CrashRun.Repeat(1000, ConsumerFlipCase.Run).ShouldBeGreaterThanOrEqualTo(1000);

    [Fact]
    public void A_full_disk_loses_nothing() => CrashRun.Repeat(50, ConsumerFullDiskCase.Run).ShouldBeGreaterThanOrEqualTo(50);
}
