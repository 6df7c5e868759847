using Crash.Harness;
using Shouldly;
using Xunit;

namespace Crash.Stores;

public sealed class StoreCrashTests
{
    [Fact]
    public void Streams_and_consumers_are_as_before_or_as_after() => CrashRun.Repeat(300, StoreCase.Run).ShouldBeGreaterThanOrEqualTo(300);

    [Fact]
    public void What_one_sync_made_safe_in_many_logs_is_there()
    {
        int syncs = 0;
        CrashRun.Repeat(200, seed => SharedSyncCase.Run(seed, count => syncs += count)).ShouldBeGreaterThanOrEqualTo(200);
        syncs.ShouldBeGreaterThan(0);
    }
}
