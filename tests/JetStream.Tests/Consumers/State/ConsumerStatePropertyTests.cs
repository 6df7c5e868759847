using System.Buffers;
using CsCheck;
using DotNats.JetStream;
using DotNats.JetStream.Consumers.State;
using Shouldly;
using Xunit;

namespace JetStream.Tests.Consumers.State;

/// <summary>The state beside its naive twin, through random histories.</summary>
public class ConsumerStatePropertyTests
{
    private const long Second = 1_000_000_000;

    private static readonly ConsumerConfig[] Configs =
    [
        new() { AckPolicy = AckPolicy.Explicit, AckWaitNanoseconds = 5 * Second, MaxDeliver = -1 },
        new() { AckPolicy = AckPolicy.Explicit, AckWaitNanoseconds = 5 * Second, MaxDeliver = 1 },
        new() { AckPolicy = AckPolicy.Explicit, AckWaitNanoseconds = 3 * Second, MaxDeliver = 3 },
        new() { AckPolicy = AckPolicy.Explicit, AckWaitNanoseconds = Second, BackOff = [Second, 4 * Second, 9 * Second], MaxDeliver = 5 },
        new() { AckPolicy = AckPolicy.All, AckWaitNanoseconds = 5 * Second, MaxDeliver = 2 },
        new() { AckPolicy = AckPolicy.None, MaxDeliver = -1 },
    ];

    private static readonly Gen<(int, int, int, int)[]> Histories = Gen.Select(Gen.Int[0, 19], Gen.Int[0, 30], Gen.Int[0, 12], Gen.Int[0, 3]).Array[0, 200];

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public void It_is_what_its_naive_twin_is(int config) => Histories.Sample(steps => Compare(Configs[config], steps), iter: 150);

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void What_was_recorded_makes_the_same_state_again(int config) => Histories.Sample(steps =>
    {
        var changes = new ChangeList();
        ConsumerState state = new(Configs[config], 5);
        state.StartRecording(changes);
        Run(state, steps);
        var again = new ConsumerState(Configs[config], 5);
        foreach (ConsumerChange change in changes.Changes) ConsumerReplay.Apply(again, change);
        ShouldBeSame(StoredConsumerState.Of(again), StoredConsumerState.Of(state));
        again.TryTakeExhausted(out _).ShouldBeFalse();
    }, iter: 150);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void What_is_owed_is_recorded_and_not_delivered_again(int config) => Histories.Sample(steps =>
    {
        var changes = new ChangeList();
        ConsumerState state = new(Configs[config], 5) { OwesLetters = true };
        state.StartRecording(changes);
        RunWithLetters(state, steps);
        var again = new ConsumerState(Configs[config], 5);
        foreach (ConsumerChange change in changes.Changes) ConsumerReplay.Apply(again, Reread(change));
        ShouldBeSame(StoredConsumerState.Of(again), StoredConsumerState.Of(state));
        again.Letters.Sequences.Order().ShouldBe(state.Letters.Sequences.Order());
        foreach (ulong sequence in again.Letters.Sequences) again.Letters.Find(sequence).ShouldBe(state.Letters.Find(sequence));
        (again.PendingCount, again.UnsettledCount).ShouldBe((state.PendingCount, state.UnsettledCount));
    }, iter: 150);

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    [InlineData(4)]
    public void What_is_written_is_read(int config) => Histories.Sample(steps =>
    {
        var state = new ConsumerState(Configs[config], 5);
        Run(state, steps);
        var bytes = new ArrayBufferWriter<byte>();
        StoredConsumerState stored = StoredConsumerState.Of(state);
        ConsumerStateFormat.Write(bytes, stored, 1_700_000_000 * Second);
        StoredConsumerState read = ConsumerStateFormat.TryRead(bytes.WrittenSpan).ShouldNotBeNull();
        ShouldBeSame(read, stored with { Pending = [.. stored.Pending.Select(one => one with { DeliveredAt = (one.DeliveredAt + Second - 1) / Second * Second })] });
        var restored = new ConsumerState(Configs[config], 1);
        restored.Restore(read);
        ShouldBeSame(StoredConsumerState.Of(restored), read);
        restored.PendingCount.ShouldBe(state.PendingCount);
        restored.RedeliveredCount.ShouldBe(state.RedeliveredCount);
    }, iter: 100);

    private static void ShouldBeSame(StoredConsumerState one, StoredConsumerState other)
    {
        one.Delivered.ShouldBe(other.Delivered);
        one.AckFloor.ShouldBe(other.AckFloor);
        one.Pending.ShouldBe(other.Pending);
        one.Exhausted.ShouldBe(other.Exhausted);
    }

    private static void Compare(ConsumerConfig config, (int, int, int, int)[] steps)
    {
        var state = new ConsumerState(config, 5);
        var twin = new NaiveConsumerState(config, 5);
        long now = 1_600_000_000 * Second;
        foreach ((int what, int sequence, int number, int pause) in steps)
        {
            now += pause * Second / 2;
            Step(state, twin, what, (ulong)sequence, number, now);
            state.Delivered.ShouldBe(twin.Delivered);
            state.AckFloor.ShouldBe(twin.AckFloor);
            state.NextSequence.ShouldBe(twin.Next);
            state.PendingCount.ShouldBe(twin.PendingCount);
            state.RedeliveredCount.ShouldBe(twin.RedeliveredCount);
            state.RedeliveryCount.ShouldBe(twin.QueueCount);
            state.NextDue.ShouldBe(twin.NextDue);
            StoredConsumerState stored = StoredConsumerState.Of(state);
            stored.Pending.ShouldBe(twin.Pending);
            stored.Exhausted.ShouldBe(twin.Exhausted);
            for (ulong at = 0; at < 40; at++) state.Needs(at).ShouldBe(twin.Needs(at));
        }
    }

    private static void Step(ConsumerState state, NaiveConsumerState twin, int what, ulong sequence, int number, long now)
    {
        ulong consumer = state.AckFloor.Consumer + (ulong)number;
        switch (what)
        {
            case <= 5:
                ulong next = state.NextSequence + (sequence % 3);
                state.Deliver(next, now).ConsumerSequence.ShouldBe(twin.Deliver(next, now));
                break;
            case <= 8:
                bool any = state.TryPeekRedelivery(out ulong peeked, out _);
                twin.Peek().ShouldBe(any ? peeked : null);
                if (any) state.Redeliver(peeked, now).Deliveries.ShouldBe(twin.Redeliver(peeked, now));
                break;
            case <= 12:
                state.Ack(sequence, consumer, now).ShouldBe(twin.Ack(sequence, consumer));
                state.Settled.ToArray().ShouldBe(twin.Settled);
                break;
            case 13:
                state.Nak(sequence, consumer, number % 3 * Second, now).ShouldBe(twin.Nak(sequence, consumer, number % 3 * Second, now));
                break;
            case 14:
                state.Progress(sequence, now).ShouldBe(twin.Progress(sequence, now));
                break;
            case 15 or 16:
                state.TakeDue(now).ShouldBe(twin.TakeDue(now));
                break;
            case 17:
                state.Remove(sequence, out _).ShouldBe(twin.Remove(sequence));
                state.Settled.ToArray().ShouldBe(twin.Settled);
                break;
            case 18 when number < 6:
                for (ulong at = 0; at < sequence / 2; at++) state.Remove(at, out _);
                state.Forget(sequence / 2);
                twin.RemoveBelow(sequence / 2);
                break;
            case 18:
                state.RedeliverAll();
                twin.RedeliverAll();
                break;
            case 19 when number < 4:
                state.Purge((sequence / 2) + 1);
                twin.Purge((sequence / 2) + 1);
                break;
            case 19 when number == 4:
                state.Reset(sequence + 1);
                twin.Reset(sequence + 1);
                break;
        }

        List<ulong> reported = [];
        while (state.TryTakeExhausted(out PendingMessage message)) reported.Add(message.StreamSequence);
        reported.ShouldBe(twin.Reported);
        twin.Reported.Clear();
    }

    private static void Run(ConsumerState state, (int, int, int, int)[] steps, long now = 1_600_000_000 * Second)
    {
        foreach ((int what, int sequence, int number, int pause) in steps)
        {
            now += (pause * Second / 2) + 1;
            ulong consumer = state.AckFloor.Consumer + (ulong)number;
            if (what <= 5) state.Deliver(state.NextSequence + (ulong)(sequence % 3), now);
            else if (what <= 8 && state.TryPeekRedelivery(out ulong peeked, out _)) state.Redeliver(peeked, now);
            else if (what <= 12) state.Ack((ulong)sequence, consumer, now);
            else if (what == 13) state.Nak((ulong)sequence, consumer, number % 3 * Second, now);
            else if (what == 14) state.Progress((ulong)sequence, now);
            else if (what <= 16) state.TakeDue(now);
            else if (what == 17) state.Remove((ulong)sequence, out _);
            else if (what == 18) state.Forget((ulong)sequence / 2);
            else if (number < 3) state.Purge(((ulong)sequence / 2) + 1);
            while (state.TryTakeExhausted(out _)) now++;
        }
    }

    // What comes last in each step is what clients and streams say of letters.
    private static void RunWithLetters(ConsumerState state, (int, int, int, int)[] steps)
    {
        long now = 1_700_000_000 * Second;
        foreach ((int what, int sequence, int number, int pause) in steps)
        {
            now += pause * Second;
            Run(state, [(what, sequence, number, 0)], now);
            ulong consumer = state.AckFloor.Consumer + (ulong)number;
            if (what % 3 == 0) state.Terminate((ulong)sequence, consumer, $"no use {number} ä", now);
            if (what % 5 == 0 && state.Letters.Contains((ulong)sequence)) state.Discharge((ulong)sequence).ShouldBeTrue();
            foreach (ulong owed in state.Letters.Sequences.ToArray())
            {
                state.Nak(owed, 1, 0, now).ShouldBeFalse();
                state.Progress(owed, now).ShouldBeFalse();
                state.Needs(owed).ShouldBeTrue();
                (state.AckFloor.Stream < owed).ShouldBeTrue();
                (state.TryPeekRedelivery(out ulong again, out _) && again == owed).ShouldBeFalse();
            }

            state.UnsettledCount.ShouldBe(state.PendingCount + state.Letters.Count);
        }
    }

    // Through the bytes of a journal.
    private static ConsumerChange Reread(ConsumerChange change)
    {
        Span<byte> bytes = stackalloc byte[ConsumerChangeFormat.MaxLength];
        byte[] written = change.Kind == ConsumerChangeKind.Owed ? ConsumerChangeFormat.WriteOwed(change) : bytes[..ConsumerChangeFormat.Write(bytes, change)].ToArray();
        var reader = new VarintReader(written);
        ConsumerChangeFormat.TryRead(ref reader, out ConsumerChange read).ShouldBeTrue();
        reader.Left.ShouldBe(0);
        return read;
    }

    private sealed class ChangeList : IConsumerRecorder
    {
        public List<ConsumerChange> Changes { get; } = [];

        public void Record(in ConsumerChange change) => Changes.Add(change);
    }
}
