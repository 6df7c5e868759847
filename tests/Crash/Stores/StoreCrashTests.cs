using Crash.Harness;
using Shouldly;
using Xunit;

namespace Crash.Stores;

public sealed class StoreCrashTests
{
    [Fact]
    public void Streams_and_consumers_are_as_before_or_as_after() => CrashRun.Repeat(300, StoreCase.Run).ShouldBeGreaterThanOrEqualTo(300);
}
