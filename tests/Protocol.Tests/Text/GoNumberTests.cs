using DotNats.Protocol.Text;
using Shouldly;
using Xunit;

namespace Protocol.Tests.Text;

// Texts were taken from nats-server 2.15.1, as answers to consumer requests.
public sealed class GoNumberTests
{
    [Theory]
    [InlineData("0", null)]
    [InlineData("+5", null)]
    [InlineData("-9223372036854775808", null)]
    [InlineData("", "strconv.Atoi: parsing \"\": invalid syntax")]
    [InlineData("-", "strconv.Atoi: parsing \"-\": invalid syntax")]
    [InlineData(" 5", "strconv.Atoi: parsing \" 5\": invalid syntax")]
    [InlineData("1_0", "strconv.Atoi: parsing \"1_0\": invalid syntax")]
    [InlineData("9223372036854775808", "strconv.Atoi: parsing \"9223372036854775808\": value out of range")]
    public void A_number_is_read_or_told_in_Gos_words(string text, string? expected) => GoNumber.FindError(text).ShouldBe(expected);
}
