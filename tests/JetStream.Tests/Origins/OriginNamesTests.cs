using System.Text;
using System.Text.Json;
using DotNats.JetStream;
using DotNats.JetStream.Origins;
using DotNats.Protocol.Text;
using Shouldly;
using Xunit;

namespace JetStream.Tests.Origins;

public sealed class OriginNamesTests
{
    private static readonly StreamIdentification Owner = new("S", "$G", null);

    [Fact]
    public void A_source_is_named_by_stream_filters_and_destinations()
    {
        OriginSpec.IndexNameOf(new StreamSource { Name = "A" }).ShouldBe("A > >");
        OriginSpec.IndexNameOf(new StreamSource { Name = "A", FilterSubject = "a.b" }).ShouldBe("A a.b >");
        OriginSpec.IndexNameOf(new StreamSource
        {
            Name = "A",
            SubjectTransforms = [new SubjectTransformConfig { Source = "a.1" }, new SubjectTransformConfig { Source = "", Destination = "four" }],
        }).ShouldBe("A a.1\f> >\ffour");
        OriginSpec.IndexNameOf(new StreamSource { Name = "A", External = new ExternalStream { ApiPrefix = "$JS.hub.API" } }).ShouldMatch("^A:[0-9A-Za-z]{8} > >$");
        OriginSpec.IndexNameOf(new StreamSource { Name = "A", Consumer = new SourceConsumer { Name = "c" } }).ShouldMatch("^A:C=[0-9A-Za-z]{8} > >$");
    }

    [Fact]
    public void The_header_of_a_copied_message_is_read_as_it_was_written()
    {
        var source = new StreamSource { Name = "A", FilterSubject = "a.*" };
        var spec = new OriginSpec(source, isMirror: false, Owner, [source]);
        byte[] value = new byte[SourceHeader.LengthFor(spec, "a.b"u8, "identity"u8)];
        int length = SourceHeader.Write(value, spec, 42, "a.b"u8, "identity"u8);
        Encoding.ASCII.GetString(value, 0, length).ShouldBe("A 42 a.* > a.b identity");
        SourceHeader.TryRead(value.AsSpan(0, length), out SourceHeader header).ShouldBeTrue();
        header.ShouldBe(new SourceHeader("A", "A a.* >", 42, "identity"));
        spec.IsMeant(header).ShouldBeTrue();
        length = SourceHeader.Write(value, spec, ulong.MaxValue, "a.b"u8, default);
        Encoding.ASCII.GetString(value, 0, length).ShouldBe("A 18446744073709551615 a.* > a.b");
    }

    [Theory]
    [InlineData("$JS.ACK.A.c.1.42.7.100.0", "A", "", 42)]
    [InlineData("$JS.ACK.hub.hash.A.c.1.42.7.100.0.rand", "A", "", 42)]
    [InlineData("A 42", "A", "", 42)]
    [InlineData("A 42 > >", "A", "A > >", 42)]
    [InlineData("A:12345678 42 a.> b.> a.x", "A:12345678", "A:12345678 a.> b.>", 42)]
    public void Headers_of_older_servers_are_read_too(string value, string stream, string index, int sequence)
    {
        SourceHeader.TryRead(Encoding.ASCII.GetBytes(value), out SourceHeader header).ShouldBeTrue();
        header.ShouldBe(new SourceHeader(stream, index, (ulong)sequence, ""));
    }

    [Theory]
    [InlineData("")]
    [InlineData("A")]
    [InlineData("A 1 >")]
    [InlineData("$JS.ACK.A")]
    public void What_says_nothing_is_no_header(string value) => SourceHeader.TryRead(Encoding.ASCII.GetBytes(value), out _).ShouldBeFalse();

    [Fact]
    public void Streams_that_are_copied_twice_get_consumers_of_different_names()
    {
        StreamSource one = new() { Name = "A", FilterSubject = "a.1" }, other = new() { Name = "A", FilterSubject = "a.2" }, third = new() { Name = "B" };
        StreamSource?[] all = [one, other, third];
        string[] names = [.. all.Select(source => new OriginSpec(source!, isMirror: false, Owner, all).ConsumerName)];
        names.Distinct().Count().ShouldBe(3);
        names.ShouldAllBe(static name => name.Length == "JS_SRC_".Length + 8);
        new OriginSpec(third, isMirror: false, Owner, [third]).ConsumerName.ShouldBe(names[2]);
        new OriginSpec(third, isMirror: true, Owner, []).ConsumerName.ShouldStartWith("JS_MIRROR_");
    }

    [Fact]
    public void A_consumer_is_asked_for_as_nats_server_asks()
    {
        var source = new StreamSource { Name = "A", SubjectTransforms = [new SubjectTransformConfig { Source = "a.*" }], External = new ExternalStream { ApiPrefix = "$JS.hub.API", DeliverPrefix = "d." } };
        var spec = new OriginSpec(source, isMirror: false, new StreamIdentification("S", "ACC", "leaf"), [source]);
        string deliver = OriginRequest.DeliverSubjectOf(spec, "id");
        deliver.ShouldMatch(@"^d\.S\.[0-9A-Za-z]{8}$");
        ConsumerConfig consumer = OriginRequest.ConsumerOf(spec, new OriginStart(7, null), deliver, "");
        OriginRequest.SubjectOf(spec, consumer).ShouldBe($"$JS.hub.API.CONSUMER.CREATE.A.{spec.ConsumerName}.a.*");
        Encoding.UTF8.GetString(OriginRequest.HeadersOf(OriginRequest.IdentityLevel, "x")).ShouldBe("NATS/1.0\r\nNats-Required-Api-Level: 5\r\nNats-Stream-Identity: x\r\n\r\n");
        Encoding.UTF8.GetString(OriginRequest.HeadersOf(OriginRequest.SourcingLevel, "x")).ShouldBe("NATS/1.0\r\nNats-Required-Api-Level: 4\r\n\r\n");
        JsonElement config = JsonDocument.Parse(OriginRequest.BodyOf(spec, consumer)).RootElement.GetProperty("config");
        config.GetProperty("deliver_policy").GetString().ShouldBe("by_start_sequence");
        config.GetProperty("opt_start_seq").GetInt32().ShouldBe(7);
        config.GetProperty("idle_heartbeat").GetInt64().ShouldBe(1_000_000_000);
        config.GetProperty("inactive_threshold").GetInt64().ShouldBe(10_000_000_000);
        config.GetProperty("flow_control").GetBoolean().ShouldBeTrue();
        config.GetProperty("direct").GetBoolean().ShouldBeTrue();
        config.GetProperty("sourcing").GetBoolean().ShouldBeTrue();
        config.GetProperty("metadata").GetProperty("_nats.src.domain").GetString().ShouldBe("leaf");
        OriginRequest.ConsumerOf(spec, default, deliver, "unique").Name.ShouldBe($"{spec.ConsumerName}_unique");
        OriginRequest.ConsumerOf(spec, new OriginStart(0, GoTime.FromUnixNanoseconds(5)), deliver, "").DeliverPolicy.ShouldBe(DeliverPolicy.ByStartTime);
        OriginRequest.ConsumerOf(spec, default, deliver, "").DeliverPolicy.ShouldBe(DeliverPolicy.All);
    }

    [Theory]
    [InlineData("")]
    [InlineData("nonsense")]
    [InlineData("[]")]
    [InlineData("""{"config":{},"name":7}""")]
    [InlineData("""{"config":{},"name":"c","delivered":{"stream_seq":-1}}""")]
    public void Answers_that_are_none_say_nothing(string answer) => OriginAnswer.Read(default, Encoding.UTF8.GetBytes(answer), isMirror: true).ShouldBeNull();

    [Fact]
    public void Answers_tell_of_a_consumer_or_why_there_is_none()
    {
        OriginAnswer.Read(default, """{"error":{"code":404,"err_code":10059,"description":"stream not found"}}"""u8, isMirror: false)!.Error!.ErrCode.ShouldBe(10059);
        OriginAnswer.Read(default, "{}"u8, isMirror: true)!.Error!.Is(ApiErrors.MirrorConsumerSetupFailed).ShouldBeTrue();
        OriginAnswer.Read("NATS/1.0\r\nNats-Stream-Identity: abc\r\n\r\n"u8, """{"name":"c","config":{"deliver_subject":"d","ack_policy":"flow_control"},"delivered":{"stream_seq":9}}"""u8, isMirror: false)
            .ShouldBe(new OriginAnswer(null, "c", "d", true, 9, "abc"));
    }

    [Fact]
    public void Retries_become_rarer_up_to_two_minutes()
    {
        OriginRetry.WaitFor(null, 0, 0).ShouldBe(TimeSpan.FromMilliseconds(100));
        OriginRetry.WaitFor(TimeSpan.FromSeconds(1), 0, 0).ShouldBe(TimeSpan.FromMilliseconds(1100));
        OriginRetry.WaitFor(TimeSpan.FromSeconds(3), 1, 0).ShouldBe(TimeSpan.FromMilliseconds(10_100));
        OriginRetry.WaitFor(TimeSpan.FromSeconds(3), int.MaxValue / 4, 1).ShouldBe(TimeSpan.FromMilliseconds(120_200));
    }
}
