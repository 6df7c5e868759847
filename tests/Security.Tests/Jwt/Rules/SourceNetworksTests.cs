using System.Net;
using CsCheck;
using DotNats.Security;
using Shouldly;
using Xunit;

namespace Security.Tests.Jwt.Rules;

public sealed class SourceNetworksTests
{
    [Theory]
    [InlineData("10.0.0.0/8", "10.255.1.2", true)]
    [InlineData("10.0.0.0/8", "11.0.0.1", false)]
    [InlineData("10.1.2.3/8", "10.9.9.9", true)]
    [InlineData("192.168.1.128/25", "192.168.1.200", true)]
    [InlineData("192.168.1.128/25", "192.168.1.100", false)]
    [InlineData("127.0.0.1/32", "127.0.0.1", true)]
    [InlineData("0.0.0.0/0", "1.2.3.4", true)]
    [InlineData("0.0.0.0/0", "::1", false)]
    [InlineData("::/0", "1.2.3.4", false)]
    [InlineData("::/0", "fe80::1", true)]
    [InlineData("2001:db8::/33", "2001:db8:7fff::1", true)]
    [InlineData("2001:db8::/33", "2001:db8:8000::1", false)]
    [InlineData("10.0.0.0/8", "::ffff:10.1.1.1", true)]
    [InlineData("::ffff:10.0.0.0/104", "10.1.1.1", true)]
    [InlineData("::ffff:0:0/95", "10.1.1.1", false)]
    [InlineData("10.0.0.0/08", "10.1.1.1", true)]
    public void A_network_has_the_addresses_of_its_prefix(string network, string address, bool inside)
    {
        SourceNetworks.IsNetwork(network).ShouldBeTrue();
        SourceNetworks.Allows([network], IPAddress.Parse(address)).ShouldBe(inside);
        SourceNetworks.Allows(["203.0.113.0/24", network], IPAddress.Parse(address)).ShouldBe(inside);
    }

    [Theory]
    [InlineData("")]
    [InlineData("10.0.0.1")]
    [InlineData("10.0.0.0/33")]
    [InlineData("::/129")]
    [InlineData("10.0.0.0/")]
    [InlineData("10.0.0.0/-1")]
    [InlineData("10.0.0.0/+8")]
    [InlineData("10.0.0.0/8 ")]
    [InlineData(" 10.0.0.0/8")]
    [InlineData("10.0.0/8")]
    [InlineData("10/8")]
    [InlineData("010.0.0.0/8")]
    [InlineData("0x0a.0.0.0/8")]
    [InlineData("256.0.0.0/8")]
    [InlineData("[::1]/128")]
    [InlineData("fe80::1%1/64")]
    [InlineData("10.0.0.0/8/8")]
    [InlineData("name/8")]
    public void What_is_no_network_refuses(string network)
    {
        SourceNetworks.IsNetwork(network).ShouldBeFalse();
        SourceNetworks.Allows([network, "0.0.0.0/0"], IPAddress.Loopback).ShouldBeFalse();
        SourceNetworks.Allows(["0.0.0.0/0", network], IPAddress.Loopback).ShouldBeTrue();
    }

    [Fact]
    public void Without_networks_everybody_may_come()
    {
        SourceNetworks.Allows(null, null).ShouldBeTrue();
        SourceNetworks.Allows([], IPAddress.Loopback).ShouldBeTrue();
    }

    [Fact]
    public void Who_has_no_address_or_one_with_a_zone_is_in_no_network()
    {
        SourceNetworks.Allows(["0.0.0.0/0", "::/0"], null).ShouldBeFalse();
        SourceNetworks.Allows(["::/0"], IPAddress.Parse("fe80::1%3")).ShouldBeFalse();
    }

    [Fact]
    public void Agrees_with_the_framework() => Gen.Select(Gen.UInt, Gen.UInt, Gen.Int[0, 32]).Sample((network, address, bits) =>
    {
        uint mask = bits == 0 ? 0 : uint.MaxValue << (32 - bits);
        IPAddress near = new(ReverseIfLittle((network & mask) | (address & ~mask)));
        IPAddress far = new(ReverseIfLittle(address));
        IPAddress start = new(ReverseIfLittle(network & mask));
        IPNetwork expected = new(start, bits);
        SourceNetworks.Allows([$"{new IPAddress(ReverseIfLittle(network))}/{bits}"], near).ShouldBeTrue();
        SourceNetworks.Allows([expected.ToString()], far).ShouldBe(expected.Contains(far));
    }, iter: 2_000);

    [Fact]
    public void Junk_is_no_network() => Gen.String.Sample(text => SourceNetworks.IsNetwork(text).ShouldBeFalse(), iter: 2_000);

    private static long ReverseIfLittle(uint value) => (uint)IPAddress.HostToNetworkOrder((int)value);
}
