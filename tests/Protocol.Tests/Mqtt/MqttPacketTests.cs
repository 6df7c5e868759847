using System.Text;
using DotNats.Protocol.Mqtt;
using Shouldly;
using Xunit;

namespace Protocol.Tests.Mqtt;

public class MqttPacketTests
{
    [Theory]
    [InlineData("C000", MqttPacketType.PingRequest, 2)]
    [InlineData("4002 0001 FF", MqttPacketType.PubAck, 4)]
    [InlineData("30 8001" + "00", MqttPacketType.Publish, 0)]
    public void A_packet_is_found_when_it_is_whole(string hex, MqttPacketType type, int length)
    {
        MqttReadStatus status = Read(hex, isConnected: true, -1, out MqttPacket packet, out string? error);

        error.ShouldBeNull();
        status.ShouldBe(length == 0 ? MqttReadStatus.NeedMore : MqttReadStatus.Done);
        packet.Type.ShouldBe(type);
        if (length > 0) packet.Length.ShouldBe(length);
    }

    [Fact]
    public void An_unfinished_packet_tells_its_length()
    {
        Read("30 8001 00", isConnected: true, -1, out MqttPacket packet, out _).ShouldBe(MqttReadStatus.NeedMore);
        packet.Length.ShouldBe(131);
        Read("30 80", isConnected: true, -1, out packet, out _).ShouldBe(MqttReadStatus.NeedMore);
        packet.Length.ShouldBe(0);
    }

    [Theory]
    [InlineData("C000", false, "the first packet should be a CONNECT (16), got 192")]
    [InlineData("474554202F", false, "MQTT clients over websocket must connect to the Websocket port, not the MQTT port")]
    [InlineData("C100", true, "invalid fixed header flags 1 for packet type c0")]
    [InlineData("6000", true, "invalid fixed header flags 0 for packet type 60")]
    [InlineData("11", false, "invalid fixed header flags 1 for packet type 10")]
    [InlineData("30FFFFFFFF", true, "malformed variable int")]
    [InlineData("40030001FF", true, "invalid remaining length 3 for packet type 40")]
    [InlineData("E00100", true, "invalid remaining length 1 for packet type e0")]
    public void Nonsense_is_named(string hex, bool isConnected, string expected)
    {
        Read(hex, isConnected, -1, out _, out string? error).ShouldBe(MqttReadStatus.Malformed);
        error.ShouldBe(expected);
    }

    [Fact]
    public void A_packet_over_the_limit_is_refused_before_it_has_come()
    {
        Read("10 FFFFFF7F", isConnected: false, 1024, out MqttPacket packet, out _).ShouldBe(MqttReadStatus.TooLong);
        packet.Length.ShouldBe(5 + MqttPacketReader.MaxRemainingLength);
    }

    [Fact]
    public void A_publish_is_read()
    {
        Read("3D 09 0003 612F62 0102 6869", isConnected: true, -1, out MqttPacket packet, out _);
        MqttPublish.Read(in packet, rejectQos2: false, out MqttPublish publish).ShouldBeNull();

        Encoding.UTF8.GetString(publish.Topic).ShouldBe("a/b");
        Encoding.UTF8.GetString(publish.Payload).ShouldBe("hi");
        (publish.Qos, publish.PacketId, publish.Retain, publish.Duplicate).ShouldBe((2, (ushort)0x102, true, true));
    }

    [Theory]
    [InlineData("36 05 000161 0001", "QoS=3 is invalid in MQTT")]
    [InlineData("34 05 000161 0001", "QoS=2 is disabled for PUBLISH messages")]
    [InlineData("30 01 00", "error reading topic: unexpected EOF")]
    [InlineData("30 03 000261", "error reading topic: unexpected EOF")]
    [InlineData("30 02 0000", "topic cannot be empty")]
    [InlineData("30 03 0001FF", "invalid utf8 for topic \"\\xff\"")]
    [InlineData("30 03 000100", "invalid null character in topic \"\\x00\"")]
    [InlineData("32 05 000161 0000", "with QoS=1, packet identifier cannot be 0")]
    [InlineData("32 04 000161 00", "error reading packet identifier: unexpected EOF")]
    public void A_bad_publish_is_named(string hex, string expected)
    {
        Read(hex, isConnected: true, -1, out MqttPacket packet, out _).ShouldBe(MqttReadStatus.Done);
        MqttPublish.Read(in packet, rejectQos2: true, out _).ShouldBe(expected);
    }

    [Fact]
    public void Filters_are_read_and_a_bad_one_fails_alone()
    {
        Read("82 0E 0007 0003 612F23 01 0003 612062 02", isConnected: true, -1, out MqttPacket packet, out _).ShouldBe(MqttReadStatus.Done);
        MqttFilters.Read(in packet, out ushort packetId, out MqttFilter[] filters).ShouldBeNull();

        packetId.ShouldBe((ushort)7);
        filters.Select(filter => (filter.Subject, filter.Qos, filter.Error)).ShouldBe([("a.>", 1, null), ("", 2, "character not supported for MQTT topics")]);
    }

    [Theory]
    [InlineData("82 02 0001", "subscribe protocol must contain at least 1 topic filter")]
    [InlineData("A2 02 0001", "unsubscribe protocol must contain at least 1 topic filter")]
    [InlineData("A2 02 0000", "packet identifier cannot be 0")]
    [InlineData("A2 00", "error reading packet identifier: unexpected EOF")]
    [InlineData("82 04 0001 0000", "topic filter cannot be empty")]
    [InlineData("82 05 0001 000161", "error reading QoS: EOF")]
    [InlineData("82 06 0001 000161 03", "subscribe QoS value must be 0, 1 or 2, got 3")]
    [InlineData("A2 05 0001 0001FE", "invalid utf8 for topic filter \"\\xfe\"")]
    public void A_bad_subscribe_is_named(string hex, string expected)
    {
        Read(hex, isConnected: true, -1, out MqttPacket packet, out _).ShouldBe(MqttReadStatus.Done);
        MqttFilters.Read(in packet, out _, out _).ShouldBe(expected);
    }

    [Fact]
    public void A_packet_identifier_is_not_zero()
    {
        Read("4002 0000", isConnected: true, -1, out MqttPacket packet, out _);
        MqttFilters.ReadPacketId(in packet, out _).ShouldBe("packet identifier cannot be 0");
        Read("4002 FFFF", isConnected: true, -1, out packet, out _);
        MqttFilters.ReadPacketId(in packet, out ushort packetId).ShouldBeNull();
        packetId.ShouldBe(ushort.MaxValue);
    }

    [Fact]
    public void Packets_are_written()
    {
        byte[] target = new byte[64];
        Hex(target, MqttPacketWriter.WriteConnAck(target, sessionPresent: true, MqttConnectCode.Accepted)).ShouldBe("20020100");
        Hex(target, MqttPacketWriter.WriteConnAck(target, sessionPresent: true, MqttConnectCode.NotAuthorized)).ShouldBe("20020005");
        Hex(target, MqttPacketWriter.WritePacketId(target, MqttPacketType.PubRel, 258)).ShouldBe("62020102");
        Hex(target, MqttPacketWriter.WritePacketId(target, MqttPacketType.PubAck, 1)).ShouldBe("40020001");
        Hex(target, MqttPacketWriter.WriteSubAck(target, 7, [0, 0x80])).ShouldBe("900400070080");
        Hex(target, MqttPacketWriter.WritePublishHeader(target, "a/b"u8, 300, qos: 2, retain: true, duplicate: true, 9)).ShouldBe("3DB3020003612F620009");
        Hex(target, MqttPacketWriter.WritePublishHeader(target, "a"u8, 0, qos: 0, retain: false, duplicate: false, 9)).ShouldBe("3003000161");
        Convert.ToHexString(MqttPacketWriter.PingResponse).ShouldBe("D000");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(123)]
    [InlineData(124)]
    [InlineData(16_379)]
    [InlineData(16_380)]
    [InlineData(2_097_147)]
    [InlineData(2_097_148)]
    public void A_written_header_is_read_again(int payload)
    {
        byte[] target = new byte[MqttPacketWriter.MaxPublishHeaderLength(2) + payload];
        int header = MqttPacketWriter.WritePublishHeader(target, "ab"u8, payload, qos: 1, retain: false, duplicate: false, 3);

        MqttPacketReader.Read(target.AsSpan(0, header + payload), isConnected: true, -1, out MqttPacket packet, out _).ShouldBe(MqttReadStatus.Done);
        MqttPublish.Read(in packet, rejectQos2: false, out MqttPublish publish).ShouldBeNull();
        publish.Payload.Length.ShouldBe(payload);
        packet.Length.ShouldBe(header + payload);
    }

    private static MqttReadStatus Read(string hex, bool isConnected, int maxLength, out MqttPacket packet, out string? error) =>
        MqttPacketReader.Read(Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal)), isConnected, maxLength, out packet, out error);

    private static string Hex(byte[] bytes, int length) => Convert.ToHexString(bytes, 0, length);
}
