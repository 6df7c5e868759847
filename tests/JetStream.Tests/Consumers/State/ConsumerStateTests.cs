using DotNats.JetStream;
using DotNats.JetStream.Consumers.State;
using Shouldly;
using Xunit;

namespace JetStream.Tests.Consumers.State;

public class ConsumerStateTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_terminated_message_holds_the_floor_until_its_letter_is_stored(bool acksAll)
    {
        var state = new ConsumerState(new ConsumerConfig { AckPolicy = acksAll ? AckPolicy.All : AckPolicy.Explicit, AckWaitNanoseconds = 1, MaxDeliver = -1 }, 1) { OwesLetters = true };
        for (ulong sequence = 1; sequence <= 4; sequence++) state.Deliver(sequence, 1);
        state.Terminate(2, 2, "no use", 2).ShouldBe(AckStatus.Acked);
        foreach (ulong sequence in (ulong[])[1, 2, 3]) state.Ack(sequence, sequence, 2);
        (state.AckFloor, state.PendingCount, state.UnsettledCount).ShouldBe((new SequencePair(1, 1), 1, 2));
        state.TakeDue(10);
        state.TryPeekRedelivery(out ulong again, out _).ShouldBeTrue();
        again.ShouldBe(4ul);
        state.Discharge(2).ShouldBeTrue();
        state.Settled.ToArray().ShouldBe([2ul]);
        (state.AckFloor, state.PendingCount, state.UnsettledCount).ShouldBe((new SequencePair(3, 3), 1, 1));
        state.Discharge(2).ShouldBeFalse();
    }

    [Fact]
    public void A_client_may_terminate_what_was_delivered_too_often_and_waits_for_its_letter()
    {
        ConsumerState state = Exhausting(1);
        state.TakeDue(40 * Second);
        state.Letters.Find(1)!.Reason.ShouldBe(LetterReason.MaxDeliveries);
        state.Letters.Set(1, state.Letters.Find(1)! with { Attempts = 3, Due = 7 });
        state.Terminate(1, 1, "no use", 41 * Second).ShouldBe(AckStatus.Acked);
        state.Letters.Find(1).ShouldBe(new OwedLetter(LetterReason.Terminated, "no use", Attempts: 3, Due: 7));
        state.Terminate(1, 1, "again", 41 * Second).ShouldBe(AckStatus.Known);
        state.Discharge(1).ShouldBeTrue();
        state.Settled.ToArray().ShouldBe([1ul]);
        (state.AckFloor.Stream, state.Needs(1)).ShouldBe((1ul, false));
    }

    [Fact]
    public void The_floor_passes_what_was_settled_behind_a_letter_once_that_is_stored()
    {
        ConsumerState state = Exhausting(3);
        state.Ack(2, 2, 1);
        state.TakeDue(40 * Second);
        state.Discharge(3);
        state.AckFloor.ShouldBe(new SequencePair(0, 0));
        state.Discharge(1);
        (state.AckFloor, state.Needs(1), state.Needs(2)).ShouldBe((new SequencePair(3, 3), true, false));
    }

    private const long Second = 1_000_000_000;

    private static ConsumerState Exhausting(ulong count)
    {
        var state = new ConsumerState(Explicit with { MaxDeliver = 1 }, 1) { OwesLetters = true };
        for (ulong sequence = 1; sequence <= count; sequence++) state.Deliver(sequence, 1);
        return state;
    }

    private static readonly ConsumerConfig Explicit = new() { AckPolicy = AckPolicy.Explicit, AckWaitNanoseconds = 30 * Second, MaxDeliver = -1 };

    [Fact]
    public void The_floor_stops_before_the_first_message_that_is_pending()
    {
        ConsumerState state = Delivered(10, 20, 30, 40);
        state.Ack(20, 2, 0).ShouldBe(AckStatus.Acked);
        state.AckFloor.ShouldBe(new SequencePair(0, 0));
        state.Ack(10, 1, 0).ShouldBe(AckStatus.Acked);
        state.AckFloor.ShouldBe(new SequencePair(2, 29));
        state.Ack(40, 4, 0).ShouldBe(AckStatus.Acked);
        state.AckFloor.ShouldBe(new SequencePair(2, 29));
        state.Ack(30, 3, 0).ShouldBe(AckStatus.Acked);
        state.AckFloor.ShouldBe(new SequencePair(4, 40));
    }

    [Fact]
    public void An_acknowledgement_counts_once_and_may_be_of_any_delivery()
    {
        ConsumerState state = Delivered(1);
        state.Nak(1, 1, 0, 0).ShouldBeTrue();
        state.TryPeekRedelivery(out ulong stream, out int deliveries).ShouldBeTrue();
        (stream, deliveries).ShouldBe((1UL, 2));
        state.Redeliver(1, 1).ShouldBe(new Delivery(2, 2));
        state.RedeliveredCount.ShouldBe(1);
        state.Ack(1, 1, 0).ShouldBe(AckStatus.Acked);
        state.AckFloor.ShouldBe(new SequencePair(2, 1));
        state.Ack(1, 2, 0).ShouldBe(AckStatus.Known);
        state.RedeliveredCount.ShouldBe(0);
    }

    [Theory]
    [InlineData(2UL)]
    [InlineData(ulong.MaxValue)]
    public void An_acknowledgement_of_what_was_not_delivered_does_nothing(ulong stream)
    {
        ConsumerState state = Delivered(1);
        state.Ack(stream, 2, 0).ShouldBe(AckStatus.Ahead);
        state.PendingCount.ShouldBe(1);
    }

    [Fact]
    public void Unacknowledged_messages_are_due_in_the_order_of_the_stream()
    {
        ConsumerState state = Delivered(1, 2, 3);
        state.Progress(1, 10 * Second);
        state.NextDue.ShouldBe(30 * Second);
        state.TakeDue((30 * Second) - 1).ShouldBe(0);
        state.TakeDue(40 * Second).ShouldBe(3);
        state.NextDue.ShouldBe(long.MaxValue);
        List<ulong> order = [];
        while (state.TryPeekRedelivery(out ulong stream, out _))
        {
            order.Add(stream);
            state.Redeliver(stream, 40 * Second);
        }

        order.ShouldBe([1UL, 2UL, 3UL]);
        state.NextDue.ShouldBe(70 * Second);
        state.Delivered.ShouldBe(new SequencePair(6, 3));
    }

    [Fact]
    public void A_delay_counts_from_the_refusal_and_takes_a_message_out_of_the_queue()
    {
        ConsumerState state = Delivered(1, 2);
        state.Nak(1, 1, 0, 0).ShouldBeTrue();
        state.Nak(1, 1, 5 * Second, Second).ShouldBeTrue();
        state.TryPeekRedelivery(out _, out _).ShouldBeFalse();
        state.NextDue.ShouldBe(6 * Second);
        state.TakeDue(6 * Second).ShouldBe(1);
    }

    [Fact]
    public void Further_deliveries_wait_as_long_as_the_steps_of_backoff_say()
    {
        var state = new ConsumerState(Explicit with { BackOff = [Second, 5 * Second] }, 1);
        state.Deliver(1, 0);
        state.NextDue.ShouldBe(Second);
        long now = Second;
        foreach (long wait in (long[])[5 * Second, 5 * Second])
        {
            state.TakeDue(now).ShouldBe(1);
            state.Redeliver(1, now);
            state.NextDue.ShouldBe(now + wait);
            now += wait;
        }
    }

    [Fact]
    public void Another_configuration_counts_for_what_is_pending_too()
    {
        ConsumerState state = Delivered(1, 2);
        state.Update(Explicit with { AckWaitNanoseconds = Second });
        state.NextDue.ShouldBe(Second);
        state.Update(Explicit with { BackOff = [3 * Second, 4 * Second] });
        state.NextDue.ShouldBe(3 * Second);
    }

    [Fact]
    public void What_was_delivered_too_often_is_reported_once_and_stays_needed()
    {
        var state = new ConsumerState(Explicit with { MaxDeliver = 2 }, 1);
        state.Deliver(1, 0);
        state.TakeDue(30 * Second);
        state.Redeliver(1, 30 * Second);
        state.TakeDue(60 * Second).ShouldBe(1);
        state.TryTakeExhausted(out _).ShouldBeFalse();
        state.TryPeekRedelivery(out _, out _).ShouldBeFalse();
        state.TryTakeExhausted(out PendingMessage message).ShouldBeTrue();
        message.ShouldBe(new PendingMessage(1, 1, 30 * Second, 2));
        state.TryTakeExhausted(out _).ShouldBeFalse();
        (state.PendingCount, state.RedeliveredCount, state.Needs(1)).ShouldBe((0, 1, true));
        state.Ack(1, 1, 0).ShouldBe(AckStatus.Acked);
        (state.RedeliveredCount, state.Needs(1)).ShouldBe((0, false));
    }

    [Fact]
    public void A_clock_that_is_set_back_holds_nothing_up()
    {
        var state = new ConsumerState(Explicit, 1);
        state.Deliver(1, 1000 * Second);
        state.Deliver(2, 10 * Second);
        state.NextDue.ShouldBe(40 * Second);
        state.TakeDue(40 * Second).ShouldBe(1);
        state.TryPeekRedelivery(out ulong stream, out _).ShouldBeTrue();
        stream.ShouldBe(2UL);
    }

    [Fact]
    public void With_policy_all_an_acknowledgement_settles_what_is_before_it()
    {
        var state = new ConsumerState(Explicit with { AckPolicy = AckPolicy.All }, 1);
        for (ulong at = 1; at <= 5; at++) state.Deliver(at, 0);
        state.Ack(3, 3, 0).ShouldBe(AckStatus.Acked);
        state.Settled.ToArray().ShouldBe([1UL, 2UL, 3UL]);
        state.AckFloor.ShouldBe(new SequencePair(3, 3));
        state.Ack(2, 2, 0).ShouldBe(AckStatus.Known);
        state.PendingCount.ShouldBe(2);
    }

    [Fact]
    public void Without_acknowledgements_nothing_is_pending()
    {
        var state = new ConsumerState(Explicit with { AckPolicy = AckPolicy.None }, 1);
        state.Deliver(7, 0);
        (state.PendingCount, state.AckFloor, state.Delivered).ShouldBe((0, new SequencePair(1, 7), new SequencePair(1, 7)));
        state.Ack(7, 1, 0).ShouldBe(AckStatus.NotNeeded);
    }

    [Fact]
    public void A_stream_that_lost_its_end_takes_back_what_was_delivered_of_it()
    {
        ConsumerState state = Delivered(1, 2, 3, 4);
        state.Ack(1, 1, 0);
        state.Truncate(2);
        (state.PendingCount, state.NextSequence, state.Delivered).ShouldBe((1, 3UL, new SequencePair(4, 2)));
        state.Truncate(0);
        (state.PendingCount, state.AckFloor, state.NextSequence).ShouldBe((0, new SequencePair(4, 0), 1UL));
    }

    [Fact]
    public void Delivering_and_acknowledging_allocates_nothing()
    {
        ConsumerState state = new(Explicit, 1);
        ulong sequence = 1;
        Round(state, ref sequence);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 10; i++) Round(state, ref sequence);
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBe(0);
        state.PendingCount.ShouldBe(0);
    }

    private static void Round(ConsumerState state, ref ulong sequence)
    {
        ulong first = sequence;
        for (int i = 0; i < 1000; i++) state.Deliver(sequence++, i);
        state.Nak(first, state.Delivered.Consumer, 0, 0);
        state.Nak(first + 1, state.Delivered.Consumer, 5, 0);
        state.TakeDue(100);
        while (state.TryPeekRedelivery(out ulong stream, out _)) state.Redeliver(stream, 1000);
        for (ulong i = 0; i < 1000; i++) state.Ack(first + (i * 7 % 1000), 1, 0);
    }

    private static ConsumerState Delivered(params ulong[] streams)
    {
        var state = new ConsumerState(Explicit, 1);
        foreach (ulong stream in streams) state.Deliver(stream, 0);
        return state;
    }
}
