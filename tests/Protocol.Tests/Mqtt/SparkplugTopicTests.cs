using DotNats.Protocol.Mqtt;
using Shouldly;
using Xunit;

namespace Protocol.Tests.Mqtt;

public class SparkplugTopicTests
{
    [Theory]
    [InlineData("spBv1.0/g/NBIRTH/n", SparkplugKind.Birth, false)]
    [InlineData("spBv1.0/g/DBIRTH/n/d", SparkplugKind.Birth, false)]
    [InlineData("spBv1.0/g/NDEATH/n", SparkplugKind.Death, false)]
    [InlineData("spBv1.0/g/DDEATH/n/d", SparkplugKind.Death, false)]
    [InlineData("$sparkplug/certificates/spBv1.0/g/NBIRTH/n", SparkplugKind.Birth, true)]
    [InlineData("spBv1.0/g/NDATA/n", SparkplugKind.None, false)]
    [InlineData("spBv1.0/g/NBIRTH", SparkplugKind.None, false)]
    [InlineData("spBv1.0/g/NBIRTH/n/d/x", SparkplugKind.None, false)]
    [InlineData("$sparkplug/certificates/x", SparkplugKind.None, false)]
    [InlineData("spAv1.0/g/NBIRTH/n", SparkplugKind.None, false)]
    public void Births_and_deaths_are_known_by_their_topics(string topic, SparkplugKind kind, bool isCertificate)
    {
        SparkplugTopic.Read(System.Text.Encoding.UTF8.GetBytes(topic), out bool certificate).ShouldBe(kind);
        certificate.ShouldBe(isCertificate);
    }

    [Theory]
    [InlineData("", "08AC02")]
    [InlineData("0805", "08AC02")]
    [InlineData("1203616263080519AABBCCDDEEFF0011", "120361626308AC0219AABBCCDDEEFF0011")]
    [InlineData("2D01020304", "2D0102030408AC02")]
    [InlineData("120361", "120361")]
    [InlineData("0B", "0B")]
    [InlineData("FFFFFFFFFFFFFFFFFFFFFF", "FFFFFFFFFFFFFFFFFFFFFF")]
    [InlineData("0005", "0005")]
    public void The_timestamp_of_a_death_is_that_of_its_delivery(string payload, string expected) =>
        Convert.ToHexString(SparkplugTopic.WithTimestamp(Convert.FromHexString(payload), 300)).ShouldBe(expected);
}
