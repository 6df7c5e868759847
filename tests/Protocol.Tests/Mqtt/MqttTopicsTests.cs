using System.Text;
using CsCheck;
using DotNats.Protocol.Mqtt;
using Shouldly;
using Xunit;

namespace Protocol.Tests.Mqtt;

public class MqttTopicsTests
{
    [Theory]
    [InlineData("a", "a")]
    [InlineData("a/b/c", "a.b.c")]
    [InlineData("/", "/./")]
    [InlineData("//", "/././")]
    [InlineData("/a", "/.a")]
    [InlineData("a/", "a./")]
    [InlineData("a//b", "a./.b")]
    [InlineData("a///b", "a././.b")]
    [InlineData("//a//", "/./.a././")]
    [InlineData("a.b", "a//b")]
    [InlineData(".a/b.", "//a.b//")]
    [InlineData("$SYS/x", "$SYS.x")]
    [InlineData("ü/é", "ü.é")]
    public void A_level_is_a_token(string topic, string subject)
    {
        ToSubject(topic, isFilter: false).ShouldBe(subject);
        Encoding.UTF8.GetString(MqttTopics.ToTopic(Encoding.UTF8.GetBytes(subject))).ShouldBe(topic);
    }

    [Theory]
    [InlineData("+", "*")]
    [InlineData("#", ">")]
    [InlineData("a/+/#", "a.*.>")]
    [InlineData("/+", "/.*")]
    [InlineData("+/", "*./")]
    [InlineData("a+", "a*")]
    public void Filters_have_wildcards(string filter, string subject) => ToSubject(filter, isFilter: true).ShouldBe(subject);

    [Theory]
    [InlineData("a b", "character not supported for MQTT topics")]
    [InlineData("a\tb", "character not supported for MQTT topics")]
    [InlineData("a\r", "character not supported for MQTT topics")]
    [InlineData("\n", "character not supported for MQTT topics")]
    [InlineData("a\f", "character not supported for MQTT topics")]
    [InlineData("a\u007f", "character not supported for MQTT topics")]
    [InlineData("a/+", "wildcards not allowed in publish's topic: \"a/+\"")]
    [InlineData("#", "wildcards not allowed in publish's topic: \"#\"")]
    [InlineData("# x", "wildcards not allowed in publish's topic: \"# x\"")]
    [InlineData("x y#", "character not supported for MQTT topics")]
    public void What_cannot_be_a_subject_is_refused(string topic, string error)
    {
        MqttTopics.ToSubject(Encoding.UTF8.GetBytes(topic), isFilter: false, out string? said).ShouldBeNull();
        said.ShouldBe(error);
    }

    [Fact]
    public void Every_topic_that_is_converted_comes_back() => Gen.Char["ab/.$"].Array[1, 12].Sample(letters =>
    {
        string topic = new(letters);
        string subject = ToSubject(topic, isFilter: false);
        subject.Split('.').ShouldAllBe(token => token.Length > 0, topic);
        // Compat: dots beside separators are told apart from empty levels no more.
        if (topic.Contains('.', StringComparison.Ordinal)) return;
        Encoding.UTF8.GetString(MqttTopics.ToTopic(Encoding.UTF8.GetBytes(subject))).ShouldBe(topic);
    });

    [Theory]
    [InlineData("a.>", true)]
    [InlineData("a.b.>", true)]
    [InlineData(">", false)]
    [InlineData(".>", false)]
    [InlineData("a.*", false)]
    public void A_filter_of_everything_below_has_a_parent(string filter, bool has) => MqttTopics.HasParent(filter).ShouldBe(has);

    [Theory]
    [InlineData(">", true)]
    [InlineData("*", true)]
    [InlineData("*.a", true)]
    [InlineData("a.*", false)]
    [InlineData("*a", false)]
    public void A_filter_may_begin_with_a_wildcard(string filter, bool begins) => MqttTopics.BeginsWithWildcard(filter).ShouldBe(begins);

    private static string ToSubject(string topic, bool isFilter) =>
        Encoding.UTF8.GetString(MqttTopics.ToSubject(Encoding.UTF8.GetBytes(topic), isFilter, out _).ShouldNotBeNull());
}
