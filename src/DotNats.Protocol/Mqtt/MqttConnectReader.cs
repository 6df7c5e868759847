using System.Buffers;
using System.Text;
using DotNats.Primitives;

namespace DotNats.Protocol.Mqtt;

/// <summary>What became of a CONNECT packet.</summary>
/// <param name="Connect">What it said as far as it was read; its client identifier is known as soon as that was read, also when the rest is wrong.</param>
/// <param name="Code">Other than <see cref="MqttConnectCode.Accepted"/>: the CONNACK to answer with before closing.</param>
/// <param name="Error">What is wrong; null for nothing.</param>
/// <param name="Length">Bytes of the body that its fields take.</param>
public readonly record struct MqttConnectResult(MqttConnect Connect, MqttConnectCode Code, string? Error, int Length);

/// <summary>Reads CONNECT packets.</summary>
/// <remarks>The order of the checks, the codes and the texts are nats-server 2.15's.</remarks>
public static class MqttConnectReader
{
    private const byte ProtocolLevel = 4;
    private const byte Reserved = 0x01;
    private const byte Clean = 0x02;
    private const byte WillFlag = 0x04;
    private const byte WillRetain = 0x20;
    private const byte PasswordFlag = 0x40;
    private const byte UserFlag = 0x80;

    // Compat: what nats-server has in a name that becomes a token of subjects.
    private static readonly SearchValues<char> NotInNames = SearchValues.Create(" \t\r\n\f.*>");

    /// <param name="body">The packet's body.</param>
    /// <param name="rejectQos2Will">The server takes no QoS 2.</param>
    /// <param name="newClientId">An identifier for a client that leaves the choice to the server.</param>
    public static MqttConnectResult Read(ReadOnlySpan<byte> body, bool rejectQos2Will, Func<string> newClientId)
    {
        var fields = new MqttFieldReader(body);
        var connect = new MqttConnect();
        MqttConnectCode code = ReadHeader(ref fields, rejectQos2Will, ref connect, out byte flags);
        if (code == MqttConnectCode.Accepted && fields.Error is null) code = ReadClientId(ref fields, newClientId, ref connect);
        if (code == MqttConnectCode.Accepted && fields.Error is null && (flags & WillFlag) != 0) ReadWill(ref fields, flags, ref connect);
        if (code == MqttConnectCode.Accepted && fields.Error is null && (flags & UserFlag) != 0) code = ReadUser(ref fields, ref connect);
        if (code == MqttConnectCode.Accepted && fields.Error is null && (flags & PasswordFlag) != 0)
        {
            ReadOnlySpan<byte> password = fields.ReadBytes("password");
            if (fields.Error is null) connect = connect with { Password = Encoding.UTF8.GetString(password) };
        }

        return new MqttConnectResult(connect, code, fields.Error, fields.Position);
    }

    private static MqttConnectCode ReadHeader(ref MqttFieldReader fields, bool rejectQos2Will, ref MqttConnect connect, out byte flags)
    {
        flags = 0;
        CheckName(ref fields);
        byte level = fields.ReadByte("protocol level");
        if (fields.Error is not null) return MqttConnectCode.Accepted;
        if (level != ProtocolLevel)
        {
            fields.Fail($"unacceptable protocol version of {level}");
            return MqttConnectCode.UnacceptableProtocolVersion;
        }

        flags = fields.ReadByte("flags");
        if (fields.Error is null) CheckFlags(ref fields, flags);
        if (fields.Error is not null) return MqttConnectCode.Accepted;
        if (rejectQos2Will && (flags & WillFlag) != 0 && WillQos(flags) == 2)
        {
            fields.Fail("server does not accept QoS2 for Will messages");
            return MqttConnectCode.Qos2WillRejected;
        }

        if ((flags & UserFlag) == 0 && (flags & PasswordFlag) != 0) fields.Fail("password flag set but username flag is not");
        connect = connect with { CleanSession = (flags & Clean) != 0, KeepAliveSeconds = fields.ReadUInt16("keep alive") };
        return MqttConnectCode.Accepted;
    }

    private static void CheckName(ref MqttFieldReader fields)
    {
        ReadOnlySpan<byte> name = fields.ReadBytes("protocol name");
        if (fields.Error is not null || name.SequenceEqual("MQTT"u8)) return;
        // Compat: nats-server misspells the old name "MQIsdp", and so knows it only so.
        fields.Fail(name.SequenceEqual("MQIsdp"u8)
            ? $"older protocol {GoQuote.Quote(name)} not supported"
            : $"expected connect packet with protocol name {GoQuote.Quote("MQTT"u8)}, got {GoQuote.Quote(name)}");
    }

    private static void CheckFlags(ref MqttFieldReader fields, byte flags)
    {
        int qos = WillQos(flags);
        if ((flags & Reserved) != 0) fields.Fail("connect flags reserved bit not set to 0");
        else if ((flags & WillFlag) != 0 && qos == 3) fields.Fail($"if Will flag is set to 1, Will QoS can be 0, 1 or 2, got {qos}");
        else if ((flags & WillFlag) == 0 && qos != 0) fields.Fail($"if Will flag is set to 0, Will QoS must be 0 too, got {qos}");
        else if ((flags & WillFlag) == 0 && (flags & WillRetain) != 0) fields.Fail("if Will flag is set to 0, Will Retain flag must be 0 too");
    }

    private static MqttConnectCode ReadClientId(ref MqttFieldReader fields, Func<string> newClientId, ref MqttConnect connect)
    {
        const string Field = "client ID";
        ReadOnlySpan<byte> bytes = fields.ReadBytes(Field);
        if (fields.Error is not null) return MqttConnectCode.Accepted;
        if (bytes.IsEmpty && !connect.CleanSession)
        {
            fields.Fail("when client ID is empty, clean session flag must be set to 1");
            return MqttConnectCode.IdentifierRejected;
        }

        connect = connect with { ClientId = bytes.IsEmpty ? newClientId() : Encoding.UTF8.GetString(bytes) };
        if (MqttFieldReader.CheckText(bytes, Field) is { } error) fields.Fail(error);
        else if (connect.ClientId.AsSpan().ContainsAny(NotInNames)) fields.Fail($"invalid character in {Field} {GoQuote.Quote(bytes)}");
        return fields.Error is null ? MqttConnectCode.Accepted : MqttConnectCode.IdentifierRejected;
    }

    private static void ReadWill(ref MqttFieldReader fields, byte flags, ref MqttConnect connect)
    {
        const string Field = "Will topic";
        ReadOnlySpan<byte> topic = fields.ReadBytes(Field);
        if (fields.Error is not null) return;
        if (topic.IsEmpty) fields.Fail("empty Will topic not allowed");
        else if (MqttFieldReader.CheckText(topic, Field) is { } error) fields.Fail(error);
        if (fields.Error is not null) return;
        byte[]? subject = MqttTopics.ToSubject(topic, isFilter: false, out string? wrong);
        if (wrong is not null) fields.Fail(wrong);
        ReadOnlySpan<byte> payload = fields.ReadBytes("Will message");
        if (fields.Error is not null) return;
        connect = connect with { Will = new MqttWill(topic.ToArray(), subject!, payload.ToArray(), WillQos(flags), (flags & WillRetain) != 0) };
    }

    private static MqttConnectCode ReadUser(ref MqttFieldReader fields, ref MqttConnect connect)
    {
        const string Field = "user name";
        ReadOnlySpan<byte> name = fields.ReadBytes(Field);
        if (fields.Error is not null) return MqttConnectCode.Accepted;
        if (name.IsEmpty) fields.Fail("empty user name not allowed");
        else if (MqttFieldReader.CheckText(name, Field) is { } error) fields.Fail(error);
        if (fields.Error is not null) return MqttConnectCode.BadUserOrPassword;
        connect = connect with { Username = Encoding.UTF8.GetString(name) };
        return MqttConnectCode.Accepted;
    }

    private static int WillQos(byte flags) => (flags >> 3) & 3;
}
