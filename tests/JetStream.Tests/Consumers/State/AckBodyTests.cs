using System.Text;
using DotNats.JetStream.Consumers.State;
using Shouldly;
using Xunit;

namespace JetStream.Tests.Consumers.State;

public class AckBodyTests
{
    [Theory]
    [InlineData("", nameof(AckKind.Ack))]
    [InlineData("+ACK", nameof(AckKind.Ack))]
    [InlineData("+OK", nameof(AckKind.Ack))]
    [InlineData("+ACK ", nameof(AckKind.Unknown))]
    [InlineData("+WPI", nameof(AckKind.Progress))]
    [InlineData("+WPI ", nameof(AckKind.Unknown))]
    [InlineData("-NAK", nameof(AckKind.Nak))]
    [InlineData("-NAKED", nameof(AckKind.Nak))]
    [InlineData("+NXT", nameof(AckKind.Next))]
    [InlineData("+TERM", nameof(AckKind.Term))]
    [InlineData("+TERMINATE", nameof(AckKind.Term))]
    [InlineData("nonsense", nameof(AckKind.Unknown))]
    public void Kinds_are_told_apart(string body, string kind) => AckBody.Parse(Encoding.UTF8.GetBytes(body)).Kind.ToString().ShouldBe(kind);

    [Theory]
    [InlineData("""-NAK {"\ud800":1}""")]
    [InlineData("""-NAK {"delay":"\ud800"}""")]
    [InlineData("-NAK {\"\u0001")]
    [InlineData("-NAK {\"delay\":1e999}")]
    public void No_text_that_a_client_may_send_throws(string body) => AckBody.Parse(Encoding.UTF8.GetBytes(body)).Kind.ShouldBe(AckKind.Nak);

    [Theory]
    [InlineData("-NAK {\"delay\":5000000000}", 5_000_000_000)]
    [InlineData("-NAK{\"delay\": 1}", 1)]
    [InlineData("-NAK {\"Delay\":7,\"more\":{}}", 7)]
    [InlineData("-NAK {}", 0)]
    [InlineData("-NAK 1.5s", 1_500_000_000)]
    [InlineData("-NAK   ", 0)]
    [InlineData("-NAK -5s", -5_000_000_000)]
    public void A_refusal_may_have_a_delay(string body, long delay)
    {
        AckBody parsed = AckBody.Parse(Encoding.UTF8.GetBytes(body));
        parsed.Delay.ShouldBe(delay);
        parsed.BadDelay.IsEmpty.ShouldBeTrue();
    }

    [Theory]
    [InlineData("-NAK soon", "soon")]
    [InlineData("-NAK {\"delay\":\"5s\"}", "{\"delay\":\"5s\"}")]
    [InlineData("-NAK {\"delay\":1", "{\"delay\":1")]
    [InlineData("-NAK 5", "5")]
    public void What_is_no_delay_is_named(string body, string bad)
    {
        AckBody parsed = AckBody.Parse(Encoding.UTF8.GetBytes(body));
        (parsed.Kind, parsed.Delay).ShouldBe((AckKind.Nak, 0));
        Encoding.UTF8.GetString(parsed.BadDelay).ShouldBe(bad);
    }

    [Fact]
    public void Reasons_and_requests_are_what_stands_behind()
    {
        Encoding.UTF8.GetString(AckBody.Parse("+TERM  no use \n"u8).Reason).ShouldBe("no use");
        Encoding.UTF8.GetString(AckBody.Parse("+NXT {\"batch\":2}"u8).Request).ShouldBe(" {\"batch\":2}");
    }
}
