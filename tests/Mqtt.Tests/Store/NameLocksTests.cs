using DotNats.Mqtt.Store;
using Microsoft.Extensions.Time.Testing;
using Shouldly;
using Xunit;

namespace Mqtt.Tests.Store;

public sealed class NameLocksTests
{
    [Fact]
    public async Task A_name_is_one_s_at_a_time()
    {
        var locks = new NameLocks();
        (int inside, int most) = (0, 0);
        await Eventually.ComesAsync(Task.WhenAll(Enumerable.Range(0, 50).Select(_ => Task.Run(async () =>
        {
            await locks.TakeAsync("a");
            most = Math.Max(most, Interlocked.Increment(ref inside));
            await Task.Yield();
            Interlocked.Decrement(ref inside);
            locks.GiveBack("a");
        }))));
        most.ShouldBe(1);
        locks.TryTake("a").ShouldBeTrue();
        locks.TryTake("a").ShouldBeFalse();
        locks.TryTake("b").ShouldBeTrue();
    }

    [Fact]
    public void Names_that_were_fought_for_are_forgotten()
    {
        var time = new FakeTimeProvider();
        var flapping = new FlappingClients(time);
        for (int i = 0; i < 1000; i++) flapping.Add($"{i}");
        flapping.IsJailed("7").ShouldBeTrue();
        time.Advance(FlappingClients.JailTime + TimeSpan.FromMilliseconds(1));
        flapping.IsJailed("7").ShouldBeFalse();
        for (int i = 1000; i < 1030; i++) flapping.Add($"{i}");
        flapping.Count.ShouldBe(30);
    }
}
