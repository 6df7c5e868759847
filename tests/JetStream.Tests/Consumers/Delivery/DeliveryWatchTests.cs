using DotNats.JetStream.Consumers;
using Shouldly;
using Xunit;

namespace JetStream.Tests.Consumers;

public class DeliveryWatchTests
{
    private const long Second = 1_000_000_000;

    [Fact]
    public void Work_and_demand_without_a_reason_to_rest_are_noticed_once()
    {
        var watch = new DeliveryWatch();
        watch.OnRest(hasWork: true, hasDemand: true, isExplained: false, 10 * Second);
        watch.OnRest(hasWork: true, hasDemand: true, isExplained: false, 12 * Second);
        watch.NextDue.ShouldBe(15 * Second);
        watch.TryTake((15 * Second) - 1).ShouldBeFalse();
        watch.TryTake(15 * Second).ShouldBeTrue();
        watch.TryTake(20 * Second).ShouldBeFalse();
        watch.NextDue.ShouldBe(long.MaxValue);
    }

    [Theory]
    [InlineData(false, true, false)]
    [InlineData(true, false, false)]
    [InlineData(true, true, true)]
    public void With_a_reason_to_rest_there_is_nothing_to_notice(bool hasWork, bool hasDemand, bool isExplained)
    {
        var watch = new DeliveryWatch();
        watch.OnRest(hasWork: true, hasDemand: true, isExplained: false, 0);
        watch.OnRest(hasWork, hasDemand, isExplained, Second);
        watch.NextDue.ShouldBe(long.MaxValue);
    }

    [Fact]
    public void A_delivery_begins_anew()
    {
        var watch = new DeliveryWatch();
        watch.OnRest(hasWork: true, hasDemand: true, isExplained: false, 0);
        watch.TryTake(5 * Second).ShouldBeTrue();
        watch.OnDelivered();
        watch.OnRest(hasWork: true, hasDemand: true, isExplained: false, 6 * Second);
        watch.TryTake(11 * Second).ShouldBeTrue();
    }
}
