using System.Text;
using DotNats.Protocol.Mqtt;
using Fuzz.Harness;
using Shouldly;
using Xunit;

namespace Fuzz.Mqtt;

/// <summary>The packet reader and everything that reads a packet's body, on damaged packets.</summary>
public sealed class MqttPacketFuzz
{
    private static readonly string[] Topics = ["a", "a/b", "/", "a//b", "a.b", "a/+", "#", "a b", "", "$SYS/x", "spBv1.0/g/NBIRTH/n", "ü"];

    [Fact]
    public void Every_answer_makes_sense_however_the_bytes_arrive() => FuzzRun.Repeat(random =>
    {
        byte[] bytes = Mutations.Damage(random, Conversation(random), most: 6);
        int maxLength = random.Next(3) == 0 ? random.Next(100) : -1;
        List<string> whole = ReadAll([bytes], maxLength);
        List<string> pieces = ReadAll(Mutations.Cut(random, bytes), maxLength);
        if (!pieces.SequenceEqual(whole)) pieces.ShouldBe(whole);
    });

    [Fact]
    public void Every_topic_that_is_taken_becomes_a_subject_without_empty_tokens() => FuzzRun.Repeat(random =>
    {
        byte[] topic = Mutations.Damage(random, Encoding.UTF8.GetBytes(string.Join('/', Enumerable.Range(0, random.Next(1, 5)).Select(_ => Topics[random.Next(Topics.Length)]))), most: 3);
        byte[]? subject = MqttTopics.ToSubject(topic, random.Next(2) == 0, out string? error);
        (subject is null).ShouldBe(error is not null);
        if (subject is not { Length: > 0 }) return;
        subject.AsSpan().IndexOf(".."u8).ShouldBe(-1);
        (subject[0] == '.' || subject[^1] == '.').ShouldBeFalse();
        MqttTopics.ToTopic(subject).Length.ShouldBeLessThanOrEqualTo(subject.Length);
    });

    private static byte[] Conversation(Random random)
    {
        var bytes = new List<byte>();
        for (int left = random.Next(1, 20); left > 0; left--) bytes.AddRange(Packet(random));
        return [.. bytes];
    }

    private static byte[] Packet(Random random) => random.Next(6) switch
    {
        0 => Packet(0x10, [.. Text("MQTT"), 4, (byte)random.Next(256), 0, 10, .. Text("me"), .. Text("a/b"), .. Text("bye"), .. Text("u"), .. Text("p")]),
        1 => Packet((byte)(0x30 | random.Next(16)), [.. Text(Topics[random.Next(Topics.Length)]), 0, (byte)random.Next(3), .. new byte[random.Next(300)]]),
        2 => Packet(0x82, [0, 1, .. Text(Topics[random.Next(Topics.Length)]), (byte)random.Next(4), .. Text("b"), 1]),
        3 => Packet(0xA2, [0, 1, .. Text("a"), .. Text(Topics[random.Next(Topics.Length)])]),
        4 => Packet((byte)(random.Next(4, 8) * 16 + (random.Next(3) == 0 ? 2 : 0)), [0, (byte)random.Next(3)]),
        _ => Packet((byte)(random.Next(16) * 16), []),
    };

    private static byte[] Packet(byte first, byte[] body)
    {
        var packet = new List<byte> { first };
        int length = body.Length;
        for (; length > 0x7F; length >>= 7) packet.Add((byte)(length | 0x80));
        packet.Add((byte)length);
        return [.. packet, .. body];
    }

    private static byte[] Text(string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        return [(byte)(bytes.Length >> 8), (byte)bytes.Length, .. bytes];
    }

    private static List<string> ReadAll(IEnumerable<byte[]> pieces, int maxLength)
    {
        var seen = new List<string>();
        byte[] waiting = [];
        MqttReadStatus status = MqttReadStatus.NeedMore;
        string? error = null;
        foreach (byte[] piece in pieces)
        {
            waiting = [.. waiting, .. piece];
            while ((status = MqttPacketReader.Read(waiting, isConnected: true, maxLength, out MqttPacket packet, out error)) == MqttReadStatus.Done)
            {
                packet.Length.ShouldBeGreaterThan(0);
                seen.Add(Describe(in packet));
                waiting = waiting[packet.Length..];
            }

            if (status == MqttReadStatus.NeedMore) continue;
            (status == MqttReadStatus.Malformed).ShouldBe(error is not null);
            break;
        }

        seen.Add(status.ToString());
        return seen;
    }

    private static string Describe(in MqttPacket packet)
    {
        switch (packet.Type)
        {
            case MqttPacketType.Connect:
                return MqttConnectReader.Read(packet.Body, rejectQos2Will: true, static () => "new").ToString();
            case MqttPacketType.Publish:
                string? error = MqttPublish.Read(in packet, rejectQos2: false, out MqttPublish publish);
                return $"{error} {Convert.ToHexString(publish.Topic)} {publish.PacketId} {publish.Payload.Length}";
            case MqttPacketType.Subscribe or MqttPacketType.Unsubscribe:
                string? wrong = MqttFilters.Read(in packet, out ushort packetId, out MqttFilter[] filters);
                return $"{wrong} {packetId} {string.Join(',', filters.Select(filter => $"{filter.Subject} {filter.Qos} {filter.Error}"))}";
            default:
                return $"{packet.Type} {MqttFilters.ReadPacketId(in packet, out ushort id)} {id}";
        }
    }
}
