using System.Text;
using DotNats.Mqtt.Store;
using Shouldly;
using Xunit;

namespace Mqtt.Tests.Store;

public class MqttHeaderBlockTests
{
    [Fact]
    public void A_published_message_tells_its_QoS()
    {
        byte[] block = new byte[MqttHeaderBlock.PublishLength];
        MqttHeaderBlock.WritePublish(block, 2).ShouldBe(block.Length);
        Encoding.ASCII.GetString(block).ShouldBe("NATS/1.0\r\nNmqtt-Pub:2\r\n\r\n");
        MqttHeaderBlock.ReadQos(block).ShouldBe(2);
        MqttHeaderBlock.ReadQos("NATS/1.0\r\nX: y\r\n\r\n"u8).ShouldBeNull();
        MqttHeaderBlock.ReadQos(default).ShouldBeNull();
    }

    [Theory]
    [InlineData("a.b", "", true, false, "NATS/1.0\r\nNmqtt-Pub:25\r\nNmqtt-Subject:a.b\r\n\r\n")]
    [InlineData("a.b", "c", false, true, "NATS/1.0\r\nNmqtt-Pub:2c\r\nNmqtt-Subject:a.b\r\nNmqtt-Mapped:c\r\n\r\n")]
    public void A_staged_message_tells_where_it_goes(string subject, string mapped, bool retain, bool duplicate, string text)
    {
        byte[] block = new byte[MqttHeaderBlock.MaxStagedLength(subject.Length, mapped.Length)];
        int length = MqttHeaderBlock.WriteStaged(block, Encoding.ASCII.GetBytes(subject), Encoding.ASCII.GetBytes(mapped), retain, duplicate);

        Encoding.ASCII.GetString(block, 0, length).ShouldBe(text);
        MqttHeaderBlock.TryReadStaged(block.AsSpan(0, length), out ReadOnlySpan<byte> readSubject, out ReadOnlySpan<byte> readMapped, out bool readRetain).ShouldBeTrue();
        (Encoding.ASCII.GetString(readSubject), Encoding.ASCII.GetString(readMapped), readRetain).ShouldBe((subject, mapped, retain));
    }

    [Theory]
    [InlineData("NATS/1.0\r\nNmqtt-Pub:2\r\nNmqtt-Subject:a\r\n\r\n", true)]
    [InlineData("NATS/1.0\r\nNmqtt-Pub:1\r\nNmqtt-Subject:a\r\n\r\n", false)]
    [InlineData("NATS/1.0\r\nNmqtt-Pub:25\r\n\r\n", false)]
    [InlineData("NATS/1.0\r\nNmqtt-Pub:25", false)]
    [InlineData("", false)]
    public void What_was_staged_by_others_is_read_or_refused(string block, bool isStaged) =>
        MqttHeaderBlock.TryReadStaged(Encoding.ASCII.GetBytes(block), out _, out _, out _).ShouldBe(isStaged);

    [Fact]
    public void A_release_tells_its_packet_identifier()
    {
        Encoding.ASCII.GetString(MqttHeaderBlock.Release(65535)).ShouldBe("NATS/1.0\r\nNmqtt-PubRel:65535\r\n\r\n");
        MqttHeaderBlock.ReadRelease(MqttHeaderBlock.Release(7)).ShouldBe((ushort)7);
        MqttHeaderBlock.ReadRelease("NATS/1.0\r\nNmqtt-PubRel:65536\r\n\r\n"u8).ShouldBe((ushort)0);
        MqttHeaderBlock.ReadRelease("NATS/1.0\r\nNmqtt-PubRel:x\r\n\r\n"u8).ShouldBe((ushort)0);
    }
}
