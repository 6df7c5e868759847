using DotNats.JetStream;
using DotNats.JetStream.Consumers;
using DotNats.JetStream.Consumers.State;
using JetStream.Tests.Harness;
using Shouldly;
using Xunit;

namespace JetStream.Tests.Consumers;

public class IdlenessTests
{
    [Theory]
    [InlineData("")]
    [InlineData("to")]
    public void A_consumer_that_owes_letters_is_not_given_up(string deliverSubject)
    {
        ConsumerConfig config = TestConsumers.Durable("C") with { DeliverSubject = deliverSubject, InactiveThresholdNanoseconds = 60 * TestConsumers.Second };
        var state = new ConsumerState(config, 1) { OwesLetters = true };
        var idleness = new Idleness(config, 0);
        if (deliverSubject.Length > 0) idleness.SetActive(false, 0);
        state.Deliver(1, 1);
        state.Terminate(1, 1, "", 1);
        idleness.IsOver(hasRequests: false, state, config, 100 * TestConsumers.Second).ShouldBeFalse();
        idleness.NextDue.ShouldBeInRange(160 * TestConsumers.Second, 161 * TestConsumers.Second);
        state.Discharge(1);
        idleness.IsOver(hasRequests: false, state, config, 200 * TestConsumers.Second).ShouldBeTrue();
    }
}
