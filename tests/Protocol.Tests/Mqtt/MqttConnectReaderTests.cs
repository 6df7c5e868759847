using System.Buffers.Binary;
using System.Text;
using DotNats.Protocol.Mqtt;
using Shouldly;
using Xunit;

namespace Protocol.Tests.Mqtt;

public class MqttConnectReaderTests
{
    [Fact]
    public void Everything_a_client_says_is_read()
    {
        MqttConnectResult result = Read(Connect(0xEE, 10, "me", "w/t", "bye", "u", "p"));

        result.Error.ShouldBeNull();
        result.Code.ShouldBe(MqttConnectCode.Accepted);
        (result.Connect.ClientId, result.Connect.CleanSession, result.Connect.KeepAliveSeconds).ShouldBe(("me", true, 10));
        (result.Connect.Username, result.Connect.Password).ShouldBe(("u", "p"));
        MqttWill will = result.Connect.Will.ShouldNotBeNull();
        (Text(will.Topic), Text(will.Subject), Text(will.Payload), will.Qos, will.Retain).ShouldBe(("w/t", "w.t", "bye", 1, true));
    }

    [Fact]
    public void What_is_behind_the_fields_is_not_read()
    {
        byte[] body = Connect(0x02, 0, "me");
        Read([.. body, 1, 2, 3]).Length.ShouldBe(body.Length);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 3)]
    [InlineData(3, 4)]
    [InlineData(65535, 98302)]
    public void The_server_waits_half_as_long_again(int seconds, int expected) =>
        Read(Connect(0x02, seconds, "me")).Connect.ReadTimeout.ShouldBe(TimeSpan.FromSeconds(expected));

    [Fact]
    public void No_keep_alive_is_no_timeout() => Read(Connect(0x02, 0, "me")).Connect.ReadTimeout.ShouldBeNull();

    [Fact]
    public void A_client_without_a_name_gets_one_with_a_clean_session_only()
    {
        Read(Connect(0x02, 0, "")).Connect.ClientId.ShouldBe("new");
        MqttConnectResult result = Read(Connect(0x00, 0, ""));
        (result.Code, result.Error).ShouldBe((MqttConnectCode.IdentifierRejected, "when client ID is empty, clean session flag must be set to 1"));
    }

    [Theory]
    [InlineData("MQTX", 4, 2, "expected connect packet with protocol name \"MQTT\", got \"MQTX\"", MqttConnectCode.Accepted)]
    [InlineData("MQIsdp", 3, 2, "older protocol \"MQIsdp\" not supported", MqttConnectCode.Accepted)]
    [InlineData("MQTT", 5, 2, "unacceptable protocol version of 5", MqttConnectCode.UnacceptableProtocolVersion)]
    [InlineData("MQTT", 4, 3, "connect flags reserved bit not set to 0", MqttConnectCode.Accepted)]
    [InlineData("MQTT", 4, 0x0A, "if Will flag is set to 0, Will QoS must be 0 too, got 1", MqttConnectCode.Accepted)]
    [InlineData("MQTT", 4, 0x22, "if Will flag is set to 0, Will Retain flag must be 0 too", MqttConnectCode.Accepted)]
    [InlineData("MQTT", 4, 0x1E, "if Will flag is set to 1, Will QoS can be 0, 1 or 2, got 3", MqttConnectCode.Accepted)]
    [InlineData("MQTT", 4, 0x16, "server does not accept QoS2 for Will messages", MqttConnectCode.Qos2WillRejected)]
    [InlineData("MQTT", 4, 0x42, "password flag set but username flag is not", MqttConnectCode.Accepted)]
    [InlineData("MQTT", 4, 0x82, "error reading user name: unexpected EOF", MqttConnectCode.Accepted)]
    [InlineData("MQTT", 4, 0x06, "error reading Will topic: unexpected EOF", MqttConnectCode.Accepted)]
    public void A_bad_header_is_named(string name, int level, int flags, string expected, MqttConnectCode code)
    {
        byte[] body = [.. Field(name), (byte)level, (byte)flags, 0, 0, .. Field("me")];
        MqttConnectResult result = MqttConnectReader.Read(body, rejectQos2Will: true, static () => "new");
        (result.Error, result.Code).ShouldBe((expected, code));
    }

    [Theory]
    [InlineData("a b", "invalid character in client ID \"a b\"")]
    [InlineData("a.b", "invalid character in client ID \"a.b\"")]
    [InlineData("a>", "invalid character in client ID \"a>\"")]
    [InlineData("a\0", "invalid null character in client ID \"a\\x00\"")]
    public void A_bad_name_is_rejected(string clientId, string expected)
    {
        MqttConnectResult result = Read(Connect(0x02, 0, clientId));
        (result.Error, result.Code).ShouldBe((expected, MqttConnectCode.IdentifierRejected));
    }

    [Theory]
    [InlineData("", "empty Will topic not allowed")]
    [InlineData("a/#", "wildcards not allowed in publish's topic: \"a/#\"")]
    [InlineData("a b", "character not supported for MQTT topics")]
    public void A_bad_will_is_named_and_the_client_known(string topic, string expected)
    {
        MqttConnectResult result = Read(Connect(0x06, 0, "me", topic, "x"));
        (result.Error, result.Code, result.Connect.ClientId).ShouldBe((expected, MqttConnectCode.Accepted, "me"));
    }

    [Fact]
    public void A_user_has_a_name()
    {
        MqttConnectResult result = Read(Connect(0x82, 0, "me", ""));
        (result.Error, result.Code).ShouldBe(("empty user name not allowed", MqttConnectCode.BadUserOrPassword));
    }

    [Fact]
    public void Every_cut_is_an_error_and_never_more()
    {
        byte[] body = Connect(0xEE, 10, "me", "w/t", "bye", "u", "p");
        for (int length = 0; length < body.Length; length++) Read(body[..length]).Error.ShouldNotBeNull().ShouldContain("EOF");
    }

    private static MqttConnectResult Read(byte[] body) => MqttConnectReader.Read(body, rejectQos2Will: false, static () => "new");

    private static byte[] Connect(byte flags, int keepAlive, params string[] fields) =>
        [.. Field("MQTT"), 4, flags, (byte)(keepAlive >> 8), (byte)keepAlive, .. fields.SelectMany(Field)];

    private static byte[] Field(string text)
    {
        byte[] bytes = new byte[2 + Encoding.UTF8.GetByteCount(text)];
        BinaryPrimitives.WriteUInt16BigEndian(bytes, (ushort)(bytes.Length - 2));
        Encoding.UTF8.GetBytes(text, bytes.AsSpan(2));
        return bytes;
    }

    private static string Text(byte[] bytes) => Encoding.UTF8.GetString(bytes);
}
