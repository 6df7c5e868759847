using System.Buffers;
using CsCheck;
using DotNats.JetStream.Consumers.State;
using Shouldly;
using Xunit;

namespace JetStream.Tests.Consumers.State;

public class ConsumerStateFormatTests
{
    private const long Second = 1_000_000_000;

    private static readonly StoredConsumerState Sample = new()
    {
        AckFloor = new SequencePair(4, 10),
        Delivered = new SequencePair(9, 16),
        Pending = [new PendingMessage(12, 5, 100 * Second, 3), new PendingMessage(13, 6, 90 * Second, 1)],
        Exhausted = [new ExhaustedMessage(15, 5)],
    };

    [Fact]
    public void It_is_written_as_version_two()
    {
        // 22 2, floors, delivered, count, second (110), two pending, redelivered.
        Write(Sample, 110 * Second).ShouldBe([22, 2, 4, 10, 9, 16, 2, 220, 1, 2, 1, 20, 3, 2, 40, 2, 2, 2, 5, 5]);
        Write(new StoredConsumerState(), 0).ShouldBe([22, 2, 0, 0, 0, 0, 0, 0]);
    }

    [Fact]
    public void What_is_written_is_read()
    {
        StoredConsumerState read = ConsumerStateFormat.TryRead(Write(Sample, 110 * Second)).ShouldNotBeNull();
        (read.AckFloor, read.Delivered).ShouldBe((Sample.AckFloor, Sample.Delivered));
        read.Pending.ShouldBe(Sample.Pending);
        read.Exhausted.ShouldBe(Sample.Exhausted);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void What_was_given_up_is_remembered_wherever_the_floor_is(int givenUp)
    {
        var config = new DotNats.JetStream.ConsumerConfig { AckPolicy = DotNats.JetStream.AckPolicy.Explicit, AckWaitNanoseconds = Second, MaxDeliver = 1 };
        var state = new ConsumerState(config, 1);
        for (int stream = 1; stream <= 3; stream++) state.Deliver((ulong)stream, stream == givenUp ? 0 : 100 * Second);
        state.TakeDue(50 * Second);
        state.TryPeekRedelivery(out _, out _).ShouldBeFalse();
        for (int stream = 1; stream <= 3; stream++)
        {
            if (stream != givenUp) state.Ack((ulong)stream, (ulong)stream, 0);
        }

        state.AckFloor.Stream.ShouldBe(3UL);
        var restored = new ConsumerState(config, 1);
        restored.Restore(ConsumerStateFormat.TryRead(Write(StoredConsumerState.Of(state), 110 * Second)).ShouldNotBeNull());
        for (int stream = 1; stream <= 3; stream++) restored.Needs((ulong)stream).ShouldBe(stream == givenUp);
    }

    [Fact]
    public void Order_in_the_file_does_not_matter()
    {
        byte[] bytes = [22, 2, 4, 10, 9, 16, 2, 220, 1, 3, 2, 40, 2, 1, 20, 2, 5, 5, 2, 2];
        ConsumerStateFormat.TryRead(bytes).ShouldNotBeNull().Pending.ShouldBe(Sample.Pending);
    }

    [Fact]
    public void Version_one_counts_delivered_from_the_floor_and_knows_no_consumer_sequences()
    {
        byte[] bytes = [22, 1, 4, 10, 3, 5, 2, 200, 1, 2, 20, 3, 0, 0];
        StoredConsumerState read = ConsumerStateFormat.TryRead(bytes).ShouldNotBeNull();
        read.Delivered.ShouldBe(new SequencePair(6, 14));
        read.Pending.ShouldBe([new PendingMessage(12, 5, 110 * Second, 1), new PendingMessage(13, 6, 100 * Second, 1)]);
    }

    [Theory]
    [InlineData(new byte[] { })]
    [InlineData(new byte[] { 22 })]
    [InlineData(new byte[] { 22, 3, 0, 0, 0, 0, 0, 0 })]
    [InlineData(new byte[] { 21, 2, 0, 0, 0, 0, 0, 0 })]
    [InlineData(new byte[] { 22, 2, 0, 0, 0 })]
    [InlineData(new byte[] { 22, 2, 0, 0, 0, 0, 200, 200, 1, 1, 1, 1 })]
    [InlineData(new byte[] { 22, 2, 0, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1, 0, 0, 0, 0 })]
    public void Nonsense_is_refused(byte[] bytes) => ConsumerStateFormat.TryRead(bytes).ShouldBeNull();

    [Fact]
    public void Anything_is_read_or_refused()
    {
        Gen.Byte.Array[0, 80].Sample(bytes =>
        {
            byte[] file = [22, (byte)((bytes.Length % 2) + 1), .. bytes];
            if (ConsumerStateFormat.TryRead(file) is not { } read) return;
            var state = new ConsumerState(new DotNats.JetStream.ConsumerConfig { AckPolicy = DotNats.JetStream.AckPolicy.Explicit, AckWaitNanoseconds = Second }, 1);
            state.Restore(read);
            state.TakeDue(long.MaxValue - 1);
            while (state.TryPeekRedelivery(out ulong stream, out _)) state.Ack(stream, 1, 0);
            Write(StoredConsumerState.Of(state), 0);
        }, iter: 20_000);
    }

    private static byte[] Write(StoredConsumerState state, long now)
    {
        var target = new ArrayBufferWriter<byte>();
        ConsumerStateFormat.Write(target, state, now);
        return target.WrittenSpan.ToArray();
    }
}
