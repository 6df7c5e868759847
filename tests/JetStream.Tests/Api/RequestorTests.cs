using System.Text;
using DotNats.JetStream.Api;
using Shouldly;
using Xunit;

namespace JetStream.Tests.Api;

public sealed class RequestorTests
{
    [Theory]
    [InlineData("""{"acc":"A"}""", "A")]
    [InlineData("""{"acc":"A","svc":"B","x":[1,{}]}""", "B")]
    [InlineData("""{"acc":"\ud800"}""", null)]
    [InlineData("""{"\ud800":1}""", null)]
    [InlineData("""{"acc":1}""", null)]
    [InlineData("""{""", null)]
    public void Who_asks_is_read_out_of_a_header_whatever_is_in_it(string json, string? account) =>
        Requestor.Read(Encoding.UTF8.GetBytes($"NATS/1.0\r\nNats-Request-Info: {json}\r\n\r\n"))?.StreamAccount.ShouldBe(account);
}
