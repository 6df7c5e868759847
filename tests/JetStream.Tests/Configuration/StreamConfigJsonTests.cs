using System.Text;
using DotNats.JetStream;
using Shouldly;
using Xunit;

namespace JetStream.Tests.Configuration;

// Texts of JSON and of errors were taken from nats-server 2.15.1.
public sealed class StreamConfigJsonTests
{
    private const string Minimal = """
        {"name":"A","subjects":["A"],"retention":"limits","max_consumers":-1,"max_msgs":-1,"max_bytes":-1,"max_age":0,"max_msgs_per_subject":-1,"max_msg_size":-1,"discard":"old","storage":"file","num_replicas":1,"duplicate_window":120000000000,"compression":"none","allow_direct":false,"mirror_direct":false,"sealed":false,"deny_delete":false,"deny_purge":false,"allow_rollup_hdrs":false,"consumer_limits":{},"allow_msg_ttl":false,"metadata":{"_nats.level":"5","_nats.req.level":"0","_nats.ver":"2.15.1"}}
        """;

    private const string Full = """
        {"name":"A","description":"d \u003c\u0026\u003e é","subjects":["a.\u003e","b"],"retention":"workqueue","max_consumers":1,"max_msgs":2,"max_bytes":3,"max_age":4,"max_msgs_per_subject":5,"max_msg_size":6,"discard":"new","storage":"memory","num_replicas":3,"no_ack":true,"duplicate_window":7,"placement":{"cluster":"c","tags":["t","!u"],"preferred":"p"},"mirror":{"name":"m","opt_start_seq":8,"opt_start_time":"2020-01-01T00:00:00.123456789+01:00","filter_subject":"f","subject_transforms":[{"src":"s","dest":"d"}],"external":{"api":"x","deliver":"y"},"consumer":{"name":"n","deliver_subject":"ds"}},"sources":[{"name":"s1"},{"name":"s2","opt_start_time":"2020-01-01T00:00:00Z"}],"compression":"s2","first_seq":9,"subject_transform":{"src":"","dest":"d"},"republish":{"src":"r","dest":"q","headers_only":true},"allow_direct":true,"mirror_direct":true,"discard_new_per_subject":true,"sealed":true,"deny_delete":true,"deny_purge":true,"allow_rollup_hdrs":true,"consumer_limits":{"inactive_threshold":10,"max_ack_pending":11},"allow_msg_ttl":true,"subject_delete_marker_ttl":12,"allow_msg_counter":true,"allow_atomic":true,"allow_msg_schedules":true,"persist_mode":"async","allow_batched":true,"metadata":{"a":"1","b":""}}
        """;

    [Theory]
    [InlineData(Minimal)]
    [InlineData(Full)]
    public void What_is_read_is_written_again_member_by_member(string json)
    {
        StreamConfig config = StreamConfigJson.Read(Encoding.UTF8.GetBytes(json), out string? error);
        error.ShouldBeNull();
        Encoding.UTF8.GetString(StreamConfigJson.Write(config)).ShouldBe(json);
    }

    [Fact]
    public void A_stored_configuration_begins_with_its_creation()
    {
        string json = """{"Created":"2026-11-26T01:02:03.000000004Z",""" + Minimal[1..];
        StreamMeta meta = StreamConfigJson.ReadMeta(Encoding.UTF8.GetBytes(json), out string? error);
        error.ShouldBeNull();
        meta.Config.Name.ShouldBe("A");
        Encoding.UTF8.GetString(StreamConfigJson.WriteMeta(meta)).ShouldBe(json);
    }

    [Fact]
    public void Configurations_with_the_same_json_are_equal()
    {
        StreamConfig one = StreamConfigJson.Read(Encoding.UTF8.GetBytes(Full), out _);
        StreamConfig other = StreamConfigJson.Read(Encoding.UTF8.GetBytes(Full), out _);
        one.ShouldBe(other);
        one.GetHashCode().ShouldBe(other.GetHashCode());
        (one with { Metadata = StreamConfig.NoMetadata }).ShouldNotBe(other);
    }

    [Theory]
    [InlineData("""{"name":1}""", "json: cannot unmarshal number into Go struct field StreamConfigRequest.name of type string")]
    [InlineData("""{"NAME":1}""", "json: cannot unmarshal number into Go struct field StreamConfigRequest.NAME of type string")]
    [InlineData("""{"max_msgs":"x"}""", "json: cannot unmarshal string into Go struct field StreamConfigRequest.max_msgs of type int64")]
    [InlineData("""{"max_msgs":1.5}""", "json: cannot unmarshal number 1.5 into Go struct field StreamConfigRequest.max_msgs of type int64")]
    [InlineData("""{"max_msgs":1e3}""", "json: cannot unmarshal number 1e3 into Go struct field StreamConfigRequest.max_msgs of type int64")]
    [InlineData("""{"max_msg_size":99999999999}""", "json: cannot unmarshal number 99999999999 into Go struct field StreamConfigRequest.max_msg_size of type int32")]
    [InlineData("""{"max_consumers":"x"}""", "json: cannot unmarshal string into Go struct field StreamConfigRequest.max_consumers of type int")]
    [InlineData("""{"max_age":"1s"}""", "json: cannot unmarshal string into Go struct field StreamConfigRequest.max_age of type time.Duration")]
    [InlineData("""{"first_seq":-1}""", "json: cannot unmarshal number -1 into Go struct field StreamConfigRequest.first_seq of type uint64")]
    [InlineData("""{"first_seq":-0}""", "json: cannot unmarshal number -0 into Go struct field StreamConfigRequest.first_seq of type uint64")]
    [InlineData("""{"no_ack":1}""", "json: cannot unmarshal number into Go struct field StreamConfigRequest.no_ack of type bool")]
    [InlineData("""{"pedantic":1}""", "json: cannot unmarshal number into Go struct field StreamConfigRequest.pedantic of type bool")]
    [InlineData("""{"subjects":"a"}""", "json: cannot unmarshal string into Go struct field StreamConfigRequest.subjects of type []string")]
    [InlineData("""{"subjects":[1,{}]}""", "json: cannot unmarshal number into StreamConfigRequest.subjects.0 of type string")]
    [InlineData("""{"sources":"x"}""", "json: cannot unmarshal string into Go struct field StreamConfigRequest.sources of type []*server.StreamSource")]
    [InlineData("""{"sources":[1]}""", "json: cannot unmarshal number into StreamConfigRequest.sources.0 of type server.StreamSource")]
    [InlineData("""{"sources":[{"name":1}]}""", "json: cannot unmarshal number into Go struct field StreamConfigRequest.sources.0.name of type string")]
    [InlineData("""{"mirror":"x"}""", "json: cannot unmarshal string into Go struct field StreamConfigRequest.mirror of type server.StreamSource")]
    [InlineData("""{"mirror":{"external":{"api":1}}}""", "json: cannot unmarshal number into Go struct field StreamConfigRequest.mirror.external.api of type string")]
    [InlineData("""{"mirror":{"subject_transforms":1}}""", "json: cannot unmarshal number into Go struct field StreamConfigRequest.mirror.subject_transforms of type []server.SubjectTransformConfig")]
    [InlineData("""{"mirror":{"opt_start_time":1}}""", "json: cannot unmarshal number into Go struct field StreamConfigRequest.mirror.opt_start_time of type time.Time")]
    [InlineData("""{"mirror":{"opt_start_time":"x"}}""", "parsing time \"x\" as \"2006-01-02T15:04:05Z07:00\": cannot parse \"x\" as \"2006\"")]
    [InlineData("""{"metadata":{"a":1}}""", "json: cannot unmarshal number into Go struct field StreamConfigRequest.metadata.a of type string")]
    [InlineData("""{"metadata":[]}""", "json: cannot unmarshal array into Go struct field StreamConfigRequest.metadata of type map[string]string")]
    [InlineData("""{"consumer_limits":1}""", "json: cannot unmarshal number into Go struct field StreamConfigRequest.consumer_limits of type server.StreamConsumerLimits")]
    [InlineData("""{"retention":"bogus","max_msgs":"x"}""", "can not unmarshal \"\\\"bogus\\\"\"")]
    [InlineData("""{"max_msgs":"x","retention":"bogus"}""", "json: cannot unmarshal string into Go struct field StreamConfigRequest.max_msgs of type int64")]
    [InlineData("""{"retention":null}""", "can not unmarshal \"null\"")]
    [InlineData("""{"retention":{"a":[1, 2]}}""", "can not unmarshal \"{\\\"a\\\":[1, 2]}\"")]
    [InlineData("""{"storage":"FILE"}""", "can not unmarshal \"\\\"FILE\\\"\"")]
    [InlineData("""{"compression":"x"}""", "unknown compression algorithm")]
    [InlineData("""{"compression":null}""", "unknown compression algorithm")]
    [InlineData("""{"compression":1}""", "json: cannot unmarshal number into Go value of type string")]
    [InlineData("[]", "json: cannot unmarshal array into Go value of type server.StreamConfigRequest")]
    [InlineData("""{"bogus":1,"max_msgs":"x"}""", "json: unknown field \"bogus\"")]
    [InlineData("""{"placement":{"bo\"gus":1}}""", "json: unknown field \"bo\\\"gus\"")]
    [InlineData("""{"name":"A"} x""", "invalid character 'x' looking for beginning of value at offset 14")]
    [InlineData("""{"name":"A"}{""", "unexpected EOF")]
    [InlineData("{", "unexpected EOF")]
    [InlineData("""{"name":"\q"}""", "invalid escape sequence `\\q` in string at offset 11")]
    [InlineData("""{"name":"\u12g"}""", "invalid escape sequence `\\u12g\"` in string at offset 15")]
    [InlineData("{\"name\":\"A\",\u00e9}", "invalid character 'é' looking for beginning of object key string at offset 14")]
    public void What_cannot_be_read_is_told_in_Gos_words(string json, string expected)
    {
        StreamConfigReader.Request.ReadStream(Encoding.UTF8.GetBytes(json), new StreamConfigRequest(), out string? error);
        error.ShouldBe(expected);
    }

    [Fact]
    public void Null_leaves_a_member_as_it_is_and_removes_an_object()
    {
        StreamConfigRequest request = Read("""{"name":"A","name":null,"mirror":{"name":"M"},"mirror":null,"sources":[null],"subjects":[null],"metadata":{"a":null}}""");
        request.Config.Name.ShouldBe("A");
        request.Config.Mirror.ShouldBeNull();
        request.Config.Sources.ShouldBe([null]);
        request.Config.Subjects.ShouldBe([""]);
        request.Config.Metadata["a"].ShouldBe("");
    }

    [Fact]
    public void Names_match_whatever_their_case_and_later_values_are_read_into_earlier_ones()
    {
        StreamConfigRequest request = Read("""{"Name":"A","Max_Msgs":1,"discard":"NEW"} {"max_msgs":5,"PEDANTIC":true} null""");
        (request.Config.Name, request.Config.MaxMessages, request.Config.Discard, request.Pedantic).ShouldBe(("A", 5, DiscardPolicy.New, true));
    }

    private static StreamConfigRequest Read(string json)
    {
        StreamConfigRequest request = StreamConfigReader.Request.ReadStream(Encoding.UTF8.GetBytes(json), new StreamConfigRequest(), out string? error);
        error.ShouldBeNull();
        return request;
    }
}
