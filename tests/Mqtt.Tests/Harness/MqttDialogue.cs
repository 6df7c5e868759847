using System.Buffers.Binary;
using System.Text;
using Shouldly;

namespace Mqtt.Tests.Harness;

/// <summary>One MQTT client, spoken to packet by packet: <c>c.Publish("a", "x", 1)</c>, <c>await c.ExpectAsync("PUBACK 1")</c>.</summary>
internal sealed class MqttDialogue(Stream stream) : IAsyncDisposable
{
    // Long enough for a busy machine; only a failing test waits for it.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly byte[] _buffer = new byte[256 * 1024];
    private readonly List<byte> _received = [];
    private ushort _lastId;

    /// <summary>What is published when the client is lost.</summary>
    internal sealed record WillMessage(string Topic, string Payload, int Qos = 0, bool Retain = false);

    public void SendBytes(params byte[] bytes) => stream.Write(bytes, 0, bytes.Length);

    public void Connect(string id, string? user = null, string? password = null, bool clean = true, int keepAlive = 0, WillMessage? will = null, byte level = 4)
    {
        int flags = (clean ? 2 : 0) | (will is null ? 0 : 4 | (will.Qos << 3) | (will.Retain ? 0x20 : 0)) | (user is null ? 0 : 0x80) | (password is null ? 0 : 0x40);
        List<byte> body = [.. Text("MQTT"), level, (byte)flags, (byte)(keepAlive >> 8), (byte)keepAlive, .. Text(id)];
        if (will is not null) body.AddRange([.. Text(will.Topic), .. Text(will.Payload)]);
        if (user is not null) body.AddRange(Text(user));
        if (password is not null) body.AddRange(Text(password));
        SendBytes(Packet(0x10, [.. body]));
    }

    public void Publish(string topic, string payload, int qos = 0, ushort id = 0, bool retain = false) => SendBytes(PublishPacket(topic, payload, qos, id, retain));

    public static byte[] PublishPacket(string topic, string payload, int qos = 0, ushort id = 0, bool retain = false) =>
        Packet((byte)(0x30 | (qos << 1) | (retain ? 1 : 0)), [.. Text(topic), .. qos > 0 ? Number(id) : [], .. Encoding.UTF8.GetBytes(payload)]);

    /// <summary>Subscribes and reads the codes.</summary>
    public async Task SubscribeAsync(string codes, params (string Filter, int Qos)[] filters)
    {
        ushort id = ++_lastId;
        SendBytes(Packet(0x82, [.. Number(id), .. filters.SelectMany(static filter => (byte[])[.. Text(filter.Filter), (byte)filter.Qos])]));
        await ExpectAsync($"SUBACK {id} {codes}");
    }

    public async Task UnsubscribeAsync(params string[] filters)
    {
        ushort id = ++_lastId;
        SendBytes(Packet(0xA2, [.. Number(id), .. filters.SelectMany(Text)]));
        await ExpectAsync($"UNSUBACK {id}");
    }

    /// <summary>PUBACK, PUBREC, PUBREL or PUBCOMP.</summary>
    public void Answer(int type, ushort id) => SendBytes([(byte)((type << 4) | (type == 6 ? 2 : 0)), 2, .. Number(id)]);

    public void Ping() => SendBytes(0xC0, 0);

    /// <summary>Nothing is on its way: the next packet is the answer to a PINGREQ sent now.</summary>
    public async Task FenceAsync()
    {
        Ping();
        await ExpectAsync("PINGRESP");
    }

    /// <summary>The next packets are these.</summary>
    public async Task ExpectAsync(params string[] packets)
    {
        foreach (string packet in packets) (await ReadAsync()).ShouldBe(packet);
    }

    /// <summary>The next packets are these, in any order.</summary>
    public async Task ExpectInAnyOrderAsync(params string[] packets)
    {
        var read = new List<string>();
        foreach (string _ in packets) read.Add(await ReadAsync());
        read.Order().ShouldBe(packets.Order());
    }

    /// <summary>The next packet as text, or <c>closed</c>.</summary>
    public async Task<string> ReadAsync()
    {
        while (true)
        {
            if (TryTake(out string? packet)) return packet!;
            using var cancel = new CancellationTokenSource(Patience);
            int read;
            try
            {
                read = await stream.ReadAsync(_buffer, cancel.Token);
            }
            catch (IOException)
            {
                read = 0;
            }

            if (read == 0) return "closed";
            _received.AddRange(_buffer.AsSpan(0, read));
        }
    }

    private bool TryTake(out string? packet)
    {
        packet = null;
        int length = 0, at = 1;
        for (int shift = 0; ; shift += 7)
        {
            if (at >= _received.Count) return false;
            length |= (_received[at] & 0x7F) << shift;
            if (_received[at++] < 0x80) break;
        }

        if (_received.Count < at + length) return false;
        byte[] body = [.. _received[at..(at + length)]];
        packet = Describe(_received[0], body);
        _received.RemoveRange(0, at + length);
        return true;
    }

    private static string Describe(byte first, byte[] body) => (first >> 4) switch
    {
        2 => $"CONNACK {body[0]} {body[1]}",
        3 => DescribePublish(first & 15, body),
        4 => $"PUBACK {Id(body)}",
        5 => $"PUBREC {Id(body)}",
        6 => $"PUBREL {Id(body)}",
        7 => $"PUBCOMP {Id(body)}",
        9 => $"SUBACK {Id(body)} {Convert.ToHexString(body[2..])}",
        11 => $"UNSUBACK {Id(body)}",
        13 => "PINGRESP",
        _ => $"packet {first:x2}",
    };

    private static string DescribePublish(int flags, byte[] body)
    {
        int at = 2 + Id(body), qos = (flags >> 1) & 3;
        string topic = Encoding.UTF8.GetString(body[2..at]);
        string id = qos > 0 ? $" id={Id(body.AsSpan(at))}" : "";
        string payload = Encoding.UTF8.GetString(body[(qos > 0 ? at + 2 : at)..]);
        return $"{topic} {payload} qos={qos}{id}{((flags & 1) != 0 ? " retain" : "")}{((flags & 8) != 0 ? " dup" : "")}";
    }

    private static int Id(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadUInt16BigEndian(bytes);

    private static byte[] Number(ushort value) => [(byte)(value >> 8), (byte)value];

    public static byte[] Text(string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        return [.. Number((ushort)bytes.Length), .. bytes];
    }

    public static byte[] Packet(byte first, params byte[] body)
    {
        List<byte> packet = [first];
        int length = body.Length;
        for (; length > 0x7F; length >>= 7) packet.Add((byte)(length | 0x80));
        packet.Add((byte)length);
        return [.. packet, .. body];
    }

    public ValueTask DisposeAsync() => stream.DisposeAsync();
}
