using System.Text;
using DotNats.JetStream.Consumers.State;
using DotNats.JetStream.Origins;
using Shouldly;
using Xunit;

namespace JetStream.Tests.Origins;

public sealed class OriginPositionTests
{
    private readonly OriginPosition _position = new();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Messages_one_after_the_other_are_stored_and_tell_how_many_are_left(bool isMirror)
    {
        _position.Begin(10);
        Take(11, 1, pending: 3, isMirror: isMirror).ShouldBe(OriginVerdict.Store);
        _position.Lag.ShouldBe(2UL);
        Take(12, 2, pending: 0, isMirror: isMirror).ShouldBe(OriginVerdict.Store);
        _position.Lag.ShouldBe(0UL);
        (_position.Stream, _position.Consumer).ShouldBe((12UL, 2UL));
        _position.HasLost(2).ShouldBeFalse();
        _position.HasLost(0).ShouldBeFalse();
        _position.HasLost(3).ShouldBeTrue();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_hole_in_the_origin_is_none_on_the_way(bool isMirror)
    {
        _position.Begin(0);
        Take(5, 1, isMirror: isMirror).ShouldBe(OriginVerdict.Store);
        Take(9, 2, isMirror: isMirror).ShouldBe(OriginVerdict.Store);
        Take(20, 4, isMirror: isMirror).ShouldBe(OriginVerdict.Restart);
        (_position.Stream, _position.Consumer).ShouldBe((9UL, 2UL));
    }

    [Fact]
    public void A_mirror_takes_the_next_sequence_whatever_its_consumer_counted()
    {
        _position.Begin(5);
        Take(6, 7, isMirror: true).ShouldBe(OriginVerdict.Store);
        _position.Consumer.ShouldBe(7UL);
        Take(7, 9).ShouldBe(OriginVerdict.Restart);
        Take(7, 3).ShouldBe(OriginVerdict.PassOver);
    }

    [Fact]
    public void What_is_known_is_passed_over_and_counts_as_sent()
    {
        _position.Begin(5);
        Take(3, 1).ShouldBe(OriginVerdict.PassOver);
        Take(5, 2).ShouldBe(OriginVerdict.PassOver);
        Take(6, 3).ShouldBe(OriginVerdict.Store);
        Take(6, 3).ShouldBe(OriginVerdict.PassOver);
        Take(7, 4, deliveries: 2).ShouldBe(OriginVerdict.PassOver);
        (_position.Stream, _position.Consumer).ShouldBe((6UL, 3UL));
    }

    [Fact]
    public void A_message_that_could_not_be_stored_was_not_received()
    {
        _position.Begin(5);
        Take(6, 1).ShouldBe(OriginVerdict.Store);
        Take(8, 2).ShouldBe(OriginVerdict.Store);
        _position.GoBack();
        (_position.Stream, _position.Consumer).ShouldBe((6UL, 1UL));
    }

    [Fact]
    public void What_a_consumer_will_not_send_was_not_received()
    {
        _position.Begin(99);
        _position.Received.ShouldBe(0UL);
        Take(100, 1).ShouldBe(OriginVerdict.Store);
        _position.GoBack();
        _position.Received.ShouldBe(0UL);
        Take(101, 1).ShouldBe(OriginVerdict.Store);
        _position.Received.ShouldBe(101UL);
        // Another consumer, or another life.
        _position.Begin(110);
        _position.Received.ShouldBe(101UL);
        _position.Recover(7, hasMessages: false);
        (_position.Stream, _position.Received).ShouldBe((7UL, 0UL));
        _position.Recover(8, hasMessages: true);
        _position.Received.ShouldBe(8UL);
    }

    private OriginVerdict Take(ulong stream, ulong consumer, ulong pending = 0, int deliveries = 1, bool isMirror = false)
    {
        AckSubject.TryParse(Encoding.ASCII.GetBytes($"$JS.ACK.A.c.{deliveries}.{stream}.{consumer}.1.{pending}"), out AckSubject message).ShouldBeTrue();
        return _position.Take(message, isMirror);
    }
}
