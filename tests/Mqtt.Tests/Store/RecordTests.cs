using System.Text;
using DotNats.JetStream;
using DotNats.Mqtt.Store;
using Shouldly;
using Xunit;

namespace Mqtt.Tests.Store;

public sealed class RecordTests
{
    // Written by nats-server 2.15.1.
    private const string Golden =
        """{"origin":"sQnRv29R","id":"goldclient","subs":{"gold.*":1},"cons":{"gold.*":{"durable_name":"Lj8gsy5T_JgVqJ7thn2eAlmxI7Pyve7","deliver_policy":"new","ack_policy":"explicit","ack_wait":30000000000,"filter_subject":"$MQTT.msgs.gold.*","replay_policy":"instant","max_ack_pending":1024,"deliver_subject":"$MQTT.sub.JgVqJ7thn2eAlmxI7PyvaA","num_replicas":0}}}""";

    [Fact]
    public void A_session_of_nats_server_is_read_and_written_again()
    {
        SessionRecord record = SessionRecord.Read(Encoding.UTF8.GetBytes(Golden), out _).ShouldNotBeNull();
        record.Consumers["gold.*"].Durable.ShouldBe("Lj8gsy5T_JgVqJ7thn2eAlmxI7Pyve7");
        Encoding.UTF8.GetString(record.Write()).ShouldBe(Golden);
    }

    [Fact]
    public void Filters_stand_in_order_and_as_Go_writes_them()
    {
        SessionRecord record = SessionRecord.New with { ClientId = "a", IsClean = true, Releases = new ConsumerConfig { Durable = "$MQTT_PUBREL_x" } };
        record.Subscriptions["b.>"] = 2;
        record.Subscriptions["a"] = 0;
        Encoding.UTF8.GetString(record.Write()).ShouldBe(
            """{"id":"a","clean":true,"subs":{"a":0,"b.\u003e":2},"pubrel":{"durable_name":"$MQTT_PUBREL_x","deliver_policy":"all","ack_policy":"none","replay_policy":"instant","num_replicas":0}}""");
        SessionRecord.Read(record.Write(), out _)!.Releases!.Durable.ShouldBe("$MQTT_PUBREL_x");
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("""{"subs":{"a":256}}""")]
    [InlineData("""{"subs":{"a":"1"}}""")]
    [InlineData("""{"clean":1}""")]
    [InlineData("""{"cons":{"a":3}}""")]
    [InlineData("""{"id":7}""")]
    public void What_is_no_session_is_refused(string json)
    {
        SessionRecord.Read(Encoding.UTF8.GetBytes(json), out string? error).ShouldBeNull();
        error.ShouldNotBeNull();
    }

    [Fact]
    public void A_consumer_that_is_null_is_none() =>
        SessionRecord.Read("""{"id":"a","subs":null,"cons":{"a":null},"pubrel":null}"""u8, out _).ShouldNotBeNull().Consumers.ShouldBeEmpty();

    [Theory]
    [InlineData(3, "u", "hi", "NATS/1.0\r\nNmqtt-RTopic:a/b\r\nNmqtt-RFlags:3\r\nNmqtt-ROrigin:S\r\nNmqtt-RSource:u\r\n\r\n")]
    [InlineData(13, "", "", "NATS/1.0\r\nNmqtt-RTopic:a/b\r\nNmqtt-RFlags:-d\r\nNmqtt-ROrigin:S\r\n\r\n")]
    public void A_retained_message_is_as_nats_server_stores_it(byte flags, string source, string payload, string expected)
    {
        byte[] headers = RetainedRecord.Headers("a/b"u8, flags, "S", source, payload.Length == 0);
        Encoding.UTF8.GetString(headers).ShouldBe(expected);
        RetainedRecord record = RetainedRecord.Read("$MQTT.rmsgs.a.b", headers, Encoding.UTF8.GetBytes(payload)).ShouldNotBeNull();
        (record.Subject, record.Flags, record.Origin, record.Source, Encoding.UTF8.GetString(record.Topic)).ShouldBe(("a.b", flags, "S", source, "a/b"));
    }

    [Fact]
    public void A_retained_message_of_an_older_server_is_read()
    {
        RetainedRecord record = RetainedRecord.Read("$MQTT.rmsgs.a.b", "NATS/1.0\r\n\r\n\r\n"u8, """{"origin":"S","subject":"a.b","topic":"a/b","msg":"aGk=","flags":3,"source":"u"}"""u8.ToArray()).ShouldNotBeNull();
        (record.Qos, record.Origin, record.Source, Encoding.UTF8.GetString(record.Payload.Span)).ShouldBe((1, "S", "u", "hi"));
    }

    [Theory]
    [InlineData("$MQTT.rmsgs.a", "NATS/1.0\r\nNmqtt-RFlags:f\r\n\r\n", "x")]
    [InlineData("$MQTT.rmsgs.a", "NATS/1.0\r\nNmqtt-RFlags:6\r\n\r\n", "x")]
    [InlineData("$MQTT.rmsgs.a", "NATS/1.0\r\nNmqtt-RFlags:-\r\n\r\n", "x")]
    [InlineData("$MQTT.rmsgs.a", "NATS/1.0\r\nNmqtt-RFlags:100\r\n\r\n", "x")]
    [InlineData("$MQTT.rmsgs.a", "", "x")]
    [InlineData("$MQTT.rmsgs.a", "", "[]")]
    [InlineData("$MQTT.rmsgs.a", "", """{"flags":300}""")]
    [InlineData("$MQTT.rmsgs.a", "", """{"msg":"?"}""")]
    [InlineData("other.a", "NATS/1.0\r\nNmqtt-RFlags:1\r\n\r\n", "x")]
    public void What_is_no_retained_message_is_refused(string subject, string headers, string payload) =>
        RetainedRecord.Read(subject, Encoding.UTF8.GetBytes(headers), Encoding.UTF8.GetBytes(payload)).ShouldBeNull();

    [Theory]
    [InlineData("""{"error":{"code":404,"err_code":10059,"description":"stream not found"}}""", "stream not found (10059)", 10059)]
    [InlineData("""{"stream":"x","seq":7}""", null, 0)]
    [InlineData("""{"message":{"subject":"a","seq":9,"hdrs":"aGk=","data":"aG8="}}""", null, 0)]
    public void An_answer_says_what_became_of_a_request(string json, string? error, int code)
    {
        MqttAnswer answer = MqttAnswer.Read(Encoding.UTF8.GetBytes(json));
        (answer.Error, answer.ErrorCode).ShouldBe((error, code));
        if (error is null) answer.Sequence.ShouldBeGreaterThan(6UL);
    }

    [Theory]
    [InlineData("")]
    [InlineData("x")]
    [InlineData("""{"message":{"data":"?"}}""")]
    public void An_answer_that_is_none_is_an_error(string json) => MqttAnswer.Read(Encoding.UTF8.GetBytes(json)).Error.ShouldNotBeNull().ShouldStartWith("invalid JSON: ");

    [Theory]
    [InlineData("[]")]
    [InlineData("7")]
    public void An_answer_of_another_shape_is_read_as_empty(string json) => MqttAnswer.Read(Encoding.UTF8.GetBytes(json)).Sequence.ShouldBe(0UL);
}
