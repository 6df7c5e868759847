using System.Text;
using DotNats.JetStream.Consumers.State;
using Shouldly;
using Xunit;

namespace JetStream.Tests.Consumers.State;

public class AckSubjectTests
{
    [Fact]
    public void What_is_written_is_read()
    {
        var writer = new AckSubjectWriter(ConsumerAddress.Short("ORDERS", "new"));
        Span<byte> subject = new byte[writer.MaxLength];
        subject = subject[..writer.Write(subject, new Delivery(22, 3), 17, 1_700_000_000_123_456_789, 5)];
        Encoding.UTF8.GetString(subject).ShouldBe("$JS.ACK.ORDERS.new.3.17.22.1700000000123456789.5");
        AckSubject.TryParse(subject, out AckSubject ack).ShouldBeTrue();
        Encoding.UTF8.GetString(ack.Stream).ShouldBe("ORDERS");
        Encoding.UTF8.GetString(ack.Consumer).ShouldBe("new");
        (ack.Deliveries, ack.StreamSequence, ack.ConsumerSequence, ack.Time, ack.Pending).ShouldBe((3UL, 17UL, 22UL, 1_700_000_000_123_456_789, 5UL));
        ack.Domain.IsEmpty.ShouldBeTrue();
    }

    [Theory]
    [InlineData("_")]
    [InlineData("hub")]
    public void The_long_form_names_domain_and_account(string token)
    {
        var writer = new AckSubjectWriter(ConsumerAddress.Long(token, "abcdefgh", "S", "C"));
        Span<byte> subject = new byte[writer.MaxLength];
        subject = subject[..writer.Write(subject, new Delivery(ulong.MaxValue, int.MaxValue), ulong.MaxValue, long.MaxValue, ulong.MaxValue)];
        Encoding.UTF8.GetString(subject).ShouldBe($"$JS.ACK.{token}.abcdefgh.S.C.2147483647.18446744073709551615.18446744073709551615.9223372036854775807.18446744073709551615");
        AckSubject.TryParse(subject, out AckSubject ack).ShouldBeTrue();
        Encoding.UTF8.GetString(ack.Domain).ShouldBe(token);
        Encoding.UTF8.GetString(ack.AccountHash).ShouldBe("abcdefgh");
        Encoding.UTF8.GetString(ack.Stream).ShouldBe("S");
        Encoding.UTF8.GetString(ack.Consumer).ShouldBe("C");
    }

    [Fact]
    public void The_long_form_may_have_more_behind_it()
    {
        AckSubject.TryParse("$JS.ACK._.hash.S.C.1.2.3.4.5.more.and.more"u8, out AckSubject ack).ShouldBeTrue();
        (ack.StreamSequence, ack.ConsumerSequence, ack.Pending).ShouldBe((2UL, 3UL, 5UL));
    }

    [Theory]
    [InlineData("")]
    [InlineData("$JS.ACK")]
    [InlineData("$JS.ACK.S.C.1.2.3.4")]
    [InlineData("$JS.ACK.S.C.1.2.3.4.5.6")]
    [InlineData("$JS.NAK.S.C.1.2.3.4.5")]
    [InlineData("JS.ACK.S.C.1.2.3.4.5.6")]
    public void Anything_else_is_refused(string subject) => AckSubject.TryParse(Encoding.UTF8.GetBytes(subject), out _).ShouldBeFalse();

    [Fact]
    public void What_is_no_number_reads_as_the_largest()
    {
        AckSubject.TryParse("$JS.ACK.S.C.x.-2..1e5.5"u8, out AckSubject ack).ShouldBeTrue();
        (ack.Deliveries, ack.StreamSequence, ack.ConsumerSequence, ack.Time, ack.Pending).ShouldBe((ulong.MaxValue, ulong.MaxValue, ulong.MaxValue, -1L, 5UL));
    }
}
